//! The words of hashtags: `#WorstPhoneEver` becomes `worst`, `phone` and `ever`.

use std::ops::Range;

use super::contractions;
use super::part::{Part, Rank};

/// The maximum length in bytes of a hashtag that is split.
const MAX_TAG_BYTES: usize = 64;

/// The maximum length in bytes of a word within a hashtag in lower case.
const MAX_WORD_BYTES: usize = 24;

/// The cost of a word in addition to the logarithm of its rank: ln ln of a large vocabulary's size, by Zipf's law.
const WORD_COST: f32 = 2.3;

/// Returns the hashtag itself if it is known, and its words if all are known. Numbers that are not known are left out.
///
/// `written` is the token in the case of the text. Capitals, digits and underscores separate words; else the most probable
/// known words are used (Viterbi's algorithm over the ranks of words).
pub(super) fn split(
    token: &str,
    written: &str,
    is_english: bool,
    rank: &Rank,
) -> Option<Vec<Part>> {
    let name = token.strip_prefix('#')?;
    if name.is_empty() || token.len() > MAX_TAG_BYTES {
        return None;
    }
    let cased = if has_same_offsets(written, token) {
        written
    } else {
        token
    };
    let contraction = |word: &str| match is_english {
        true => contractions::split(word, rank),
        false => None,
    };
    // A contraction without its apostrophe is as frequent as the rarer of its parts.
    let known = |word: &str| {
        rank(word).or_else(|| {
            contraction(word)?
                .iter()
                .filter_map(|part| rank(&part.word))
                .max()
        })
    };
    let words = words_of(token, &pieces(cased, starts_word), &known)
        .or_else(|| words_of(token, &pieces(cased, changes_kind), &known))?;
    let mut parts = Vec::new();
    if rank(token).is_some() {
        parts.push(Part::whole(token.to_owned(), token));
    }
    for range in words {
        let word = &token[range.clone()];
        match contraction(word).filter(|_| rank(word).is_none()) {
            Some(words) => parts.extend(words.map(|part| part.shifted(range.start))),
            None => parts.push(Part {
                word: word.to_owned().into(),
                range,
            }),
        }
    }
    Some(parts)
}

/// Returns whether `token` is `written` in lower case with each character at the same byte offset: `İ` grows in lower
/// case, and `ẞ` shrinks.
fn has_same_offsets(written: &str, token: &str) -> bool {
    let lengths = |text: &str| -> Vec<usize> { text.chars().map(char::len_utf8).collect() };
    written.to_lowercase() == token && lengths(written) == lengths(token)
}

/// Splits a hashtag before each character that begins a word after the two characters before it, and at underscores.
/// Returns byte ranges.
fn pieces(tag: &str, begins: impl Fn(char, char, Option<char>) -> bool) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 1;
    let mut before = '_';
    let mut characters = tag.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|&(_, next)| next);
        if before != '_' && begins(before, character, next) {
            pieces.push(start..at);
            start = at;
        }
        if character == '_' {
            if start < at {
                pieces.push(start..at);
            }
            start = at + 1;
        }
        before = character;
    }
    if start < tag.len() {
        pieces.push(start..tag.len());
    }
    pieces
}

/// Returns whether a word starts at `character`: a capital after a small letter or before one, or a number.
fn starts_word(before: char, character: char, next: Option<char>) -> bool {
    let is_capital = character.is_uppercase()
        && (!before.is_uppercase() || next.is_some_and(char::is_lowercase));
    is_capital || changes_kind(before, character, next)
}

/// Returns whether letters end and a number starts, or the reverse.
fn changes_kind(before: char, character: char, _next: Option<char>) -> bool {
    before.is_numeric() != character.is_numeric() && character != '_'
}

/// Returns the known words of pieces; `None` if one has none.
fn words_of(token: &str, pieces: &[Range<usize>], rank: &Rank) -> Option<Vec<Range<usize>>> {
    let mut words = Vec::new();
    for piece in pieces {
        let text = &token[piece.clone()];
        if rank(text).is_some() {
            words.push(piece.clone());
        } else if !text.starts_with(char::is_numeric) {
            words.extend(most_probable(text, piece.start, rank)?);
        }
    }
    (!words.is_empty()).then_some(words)
}

/// Returns the most probable known words that `text` consists of, at their byte ranges from `offset` on.
fn most_probable(text: &str, offset: usize, rank: &Rank) -> Option<Vec<Range<usize>>> {
    // The lowest cost of the words up to each byte, and the start of the last of them.
    let mut best: Vec<Option<(f32, usize)>> = vec![None; text.len() + 1];
    best[0] = Some((0.0, 0));
    for (start, _) in text.char_indices() {
        let Some((cost, _)) = best[start] else {
            continue;
        };
        let rest = &text[start..];
        let ends = rest.char_indices().map(|(at, last)| at + last.len_utf8());
        for length in ends.take_while(|&length| length <= MAX_WORD_BYTES) {
            let word = &rest[..length];
            let Some(rank) = Some(word).filter(|word| is_word(word)).and_then(rank) else {
                continue;
            };
            let total = cost + WORD_COST + (rank as f32 + 2.0).ln();
            let end = &mut best[start + length];
            if end.is_none_or(|(lowest, _)| total < lowest) {
                *end = Some((total, start));
            }
        }
    }
    let mut words = Vec::new();
    let mut end = text.len();
    while end > 0 {
        let (_, start) = best[end]?;
        words.push(offset + start..offset + end);
        end = start;
    }
    words.reverse();
    Some(words)
}

/// The shorter words within a hashtag in lower case. Vocabularies have many other tokens of two letters, of which any text
/// could consist.
const SHORT_WORDS: [&str; 28] = [
    "a", "i", "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me",
    "my", "no", "of", "oh", "on", "or", "so", "to", "tv", "up", "us", "we",
];

/// Returns whether a text can be a word within another.
fn is_word(text: &str) -> bool {
    text.chars().nth(2).is_some() || SHORT_WORDS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(tag: &str) -> String {
        let known = [
            "i", "a", "the", "is", "this", "so", "love", "worst", "phone", "ever", "b", "plan",
            "10", "top", "awful", "nyc", "party", "#awful", "now", "here", "nowhere", "x", "été",
            "ti", "st", "ic", "do", "n't",
        ];
        let rank = |word: &str| {
            let found = known.iter().position(|known| *known == word);
            found.map(|rank| rank as u32)
        };
        let token = tag.to_lowercase();
        let parts = split(&token, tag, true, &rank).unwrap_or_default();
        for part in &parts {
            assert_eq!(part.word.replace('\'', ""), token[part.range.clone()]);
        }
        let words: Vec<&str> = parts.iter().map(|part| &*part.word).collect();
        words.join(" ")
    }

    #[test]
    fn tags_become_their_words() {
        for (tag, expected) in [
            ("#WorstPhoneEver", "worst phone ever"),
            ("#worstphoneever", "worst phone ever"),
            ("#WORSTPHONEEVER", "worst phone ever"),
            ("#worst_phone__ever", "worst phone ever"),
            ("#NYCParty", "nyc party"),
            ("#PlanB", "plan b"),
            ("#Top10", "top 10"),
            ("#top99", "top"),
            ("#thisissolove", "this is so love"),
            ("#Nowhere", "nowhere"),
            ("#nowhere", "nowhere"),
            ("#NowHere", "now here"),
            ("#ILoveThis", "i love this"),
            ("#Été", "été"),
            ("#IDontLoveThis", "i do n't love this"),
            ("#idontlovethis", "i do n't love this"),
        ] {
            assert_eq!(words(tag), expected, "{tag}");
        }
    }

    #[test]
    fn a_known_tag_comes_before_its_words() {
        assert_eq!(words("#awful"), "#awful awful");
        assert_eq!(words("#Awful"), "#awful awful");
    }

    #[test]
    fn unknown_words_leave_the_tag() {
        for tag in [
            "#", "#planb", "#lovezz", "#tistic", "#99", "#_", "love", "", "#xx",
        ] {
            assert_eq!(words(tag), "", "{tag}");
        }
        assert_eq!(words(&format!("#{}", "love".repeat(100))), "");
    }
}
