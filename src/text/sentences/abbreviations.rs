//! English abbreviations and initials.

use super::list_items::is_label;

/// Words, in lower case and without the last period, that are followed by what they introduce: a name, a term.
const INTRODUCING: &[&str] = &[
    "approx", "ca", "capt", "cf", "col", "dr", "e.g", "gen", "gov", "hon", "i.e", "lt", "maj",
    "messrs", "mme", "mr", "mrs", "ms", "pres", "prof", "rep", "rev", "sen", "sgt", "viz", "vs",
];

/// Abbreviations in the middle of a sentence, unless the next word usually starts one.
const INNER: &[&str] = &[
    "al", "assn", "ave", "blvd", "bros", "co", "corp", "dept", "est", "inc", "jr", "ltd", "mt",
    "ph.d", "sr", "st", "univ",
];

/// Abbreviations only in front of a number.
const NUMBERED: &[&str] = &[
    "apr", "art", "aug", "ch", "dec", "eq", "feb", "fig", "figs", "jan", "jul", "jun", "mar", "no",
    "nos", "nov", "oct", "op", "p", "pp", "sec", "sect", "sep", "sept", "vol",
];

/// Times of day, which may end a sentence as any other word.
const TIMES: &[&str] = &["a.m", "p.m"];

/// Words that often start a sentence, and seldom follow an abbreviation within one.
const STARTERS: &[&str] = &[
    "after", "all", "and", "as", "at", "but", "for", "he", "her", "his", "how", "however", "i",
    "if", "in", "it", "its", "my", "on", "our", "she", "so", "some", "that", "the", "their",
    "then", "there", "these", "they", "this", "those", "we", "what", "when", "where", "while",
    "who", "why", "you", "your",
];

/// Longest abbreviation in characters, without its last period.
const MAX_ABBREVIATION: usize = 12;

/// Returns whether a single period belongs to the word before it: an abbreviation, an initial or a label. `before` is the
/// sentence up to the period, and `next` the text after white space and opening quotes.
pub fn is_abbreviation(before: &str, next: &str) -> bool {
    let length: usize = before
        .chars()
        .rev()
        .take(MAX_ABBREVIATION + 1)
        .take_while(|&letter| letter.is_alphanumeric() || letter == '.')
        .map(char::len_utf8)
        .sum();
    let word = &before[before.len() - length..];
    if word.is_empty() || word.chars().count() > MAX_ABBREVIATION {
        return false;
    }
    if word.len() == before.len() && is_label(word) {
        return true;
    }
    let lower = word.to_lowercase();
    let is_one_of = |list: &[&str]| list.contains(&lower.as_str());
    if is_one_of(INTRODUCING) {
        return true;
    }
    if is_one_of(NUMBERED) && next.starts_with(char::is_numeric) {
        return true;
    }
    let is_inner = is_one_of(INNER) || !is_one_of(TIMES) && (is_initial(word) || is_acronym(word));
    is_inner && !is_starter(next)
}

/// Returns whether a word is one capital letter, as in “J. K. Rowling”.
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none()
}

/// Returns whether a word has inner periods and parts of one or two letters, as “U.S” or “Ph.D”.
fn is_acronym(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            matches!(part.chars().count(), 1 | 2) && part.chars().all(char::is_alphabetic)
        })
}

/// Returns whether a text starts with a capitalised word that often starts a sentence. An initial is none.
fn is_starter(text: &str) -> bool {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    word.starts_with(|first: char| first.is_ascii_uppercase())
        && !rest.starts_with('.')
        && STARTERS
            .iter()
            .any(|starter| starter.eq_ignore_ascii_case(word))
}
