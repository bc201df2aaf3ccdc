//! Elongated words: `soooo` becomes `so` and [`ELONGATED`].

use super::contractions;
use super::part::{Part, Rank};

/// The token that follows a word that was written with repeated letters.
pub(in crate::text) const ELONGATED: &str = "<elongated>";

/// The shortest run of a letter that elongates a word.
const MIN_RUN: usize = 3;

/// The maximum number of runs that are shortened independently, for at most 2⁴ forms of a word.
const MAX_RUNS: usize = 4;

/// How many times as frequent the form with one letter must be than that with two: words with a double letter, such as `too`,
/// are written as `tooo` more readily than the others, such as `to`.
const SINGLE_LETTER_RATIO: u64 = 32;

/// The maximum length in bytes of an elongated word.
const MAX_BYTES: usize = 256;

/// Returns the known word that was elongated, and [`ELONGATED`] if that is known.
///
/// Each run of three or more letters becomes two or one, whichever form is known and more frequent. Numerals such as `viii`,
/// and repetitions of one letter, such as `www`, are not elongated.
pub(super) fn shorten(token: &str, is_english: bool, rank: &Rank) -> Option<Vec<Part>> {
    let letters = runs(token)?;
    let long: Vec<usize> = (0..letters.len())
        .filter(|&run| letters[run].1 >= MIN_RUN)
        .collect();
    if long.is_empty() || letters.len() == 1 || is_numeral(&letters) {
        return None;
    }
    let independent = long.len().min(MAX_RUNS);
    let forms = (0..1_usize << independent).filter_map(|single| {
        let mut form = String::with_capacity(token.len());
        for (run, &(letter, length)) in letters.iter().enumerate() {
            let length = match long.iter().position(|&other| other == run) {
                None => length,
                // Further runs are shortened as the last independent one.
                Some(order) if single >> order.min(independent - 1) & 1 == 1 => 1,
                Some(_) => 2,
            };
            form.extend(std::iter::repeat_n(letter, length));
        }
        let (rank, parts) = known_form(form, token, is_english, rank)?;
        let rarity = (u64::from(rank) + 1) * SINGLE_LETTER_RATIO.pow(single.count_ones());
        Some((rarity, parts))
    });
    let (_, mut parts) = forms.min_by_key(|(rarity, _)| *rarity)?;
    if rank(ELONGATED).is_some() {
        parts.push(Part::whole(ELONGATED, token));
    }
    Some(parts)
}

/// Returns the rank and the words of a form of `token`, if they are known.
fn known_form(
    form: String,
    token: &str,
    is_english: bool,
    rank: &Rank,
) -> Option<(u32, Vec<Part>)> {
    let contraction = match is_english {
        true => contractions::split(&form, rank),
        false => None,
    };
    match contraction {
        Some(parts) => {
            let words = parts.map(|part| Part::whole(part.word, token));
            let rarest = words.iter().filter_map(|part| rank(&part.word)).max();
            Some((rarest?, words.into()))
        }
        None => Some((rank(&form)?, vec![Part::whole(form, token)])),
    }
}

/// Returns the letters of a word in lower case and how often each repeats; `None` for other tokens.
fn runs(token: &str) -> Option<Vec<(char, usize)>> {
    let has_run = || {
        let letters = token.chars();
        let next = token.chars().skip(1).zip(token.chars().skip(2));
        letters.zip(next).any(|(a, (b, c))| a == b && b == c)
    };
    if token.len() > MAX_BYTES || !has_run() {
        return None;
    }
    let mut runs: Vec<(char, usize)> = Vec::new();
    for letter in token.chars() {
        match runs.last_mut() {
            _ if !letter.is_lowercase() => return None,
            Some((last, length)) if *last == letter => *length += 1,
            _ => runs.push((letter, 1)),
        }
    }
    Some(runs)
}

/// Returns whether the letters are those of a Roman numeral below 40, with three of the last: `viii`, `xxxi`.
fn is_numeral(runs: &[(char, usize)]) -> bool {
    let is_digit =
        |&(letter, length): &(char, usize)| matches!(letter, 'i' | 'v' | 'x') && length <= MIN_RUN;
    runs.iter().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortened(token: &str) -> String {
        let rank = |word: &str| match word {
            "to" => Some(4),
            "so" | "no" | "do" | "n't" => Some(20),
            "too" | "good" | "bad" | "love" => Some(100),
            "god" | "see" | "vi" | "été" => Some(200),
            "soo" | "dont" | "boo" | "bo" => Some(2000),
            ELONGATED => Some(5000),
            _ => None,
        };
        let parts = shorten(token, true, &rank).unwrap_or_default();
        parts
            .iter()
            .all(|part| part.range == (0..token.len()))
            .then_some(())
            .unwrap();
        let words: Vec<&str> = parts.iter().map(|part| &*part.word).collect();
        words.join(" ")
    }

    #[test]
    fn the_most_frequent_form_and_the_marker_remain() {
        for (elongated, expected) in [
            ("soooo", "so <elongated>"),
            ("goooood", "good <elongated>"),
            ("baaaaddd", "bad <elongated>"),
            ("loveeee", "love <elongated>"),
            ("dontttt", "do n't <elongated>"),
            ("nooo", "no <elongated>"),
            ("tooo", "too <elongated>"),
            ("booooo", "boo <elongated>"),
            ("étééé", "été <elongated>"),
        ] {
            assert_eq!(shortened(elongated), expected, "{elongated}");
        }
    }

    #[test]
    fn other_words_stay() {
        for word in [
            "",
            "soo",
            "good",
            "www",
            "sss",
            "viii",
            "xyzzz",
            "see",
            "1000",
            "哈哈哈哈",
            "so-ooo",
        ] {
            assert_eq!(shortened(word), "", "{word}");
        }
        assert_eq!(shortened(&"ab".repeat(1000)), "");
        assert_eq!(shortened(&"aaabbb".repeat(30)), "");
    }

    #[test]
    fn an_unknown_marker_is_left_out() {
        let rank = |word: &str| (word == "so").then_some(0);
        let parts = shorten("sooo", true, &rank).unwrap();
        assert_eq!(parts, [Part::whole("so", "sooo")]);
    }
}
