//! Misspelt words: `awfull` becomes `awful`.

use super::part::Rank;

/// The lengths of words that are corrected: shorter ones have too many neighbours.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=32;

/// The ranks of words that a misspelt word may stand for.
const MAX_RANK: u32 = 5_000;

/// How many times as rare as the best candidate the second must be.
const MIN_RATIO: u32 = 4;

/// The letters that are written for each other.
const VOWELS: &[u8; 6] = b"aeiouy";

/// Returns the frequent known word at edit distance one from a word of ASCII letters, if one is much more frequent than all
/// others at that distance.
///
/// An edit inserts or deletes a letter, swaps two neighbours or replaces a vowel by another. The first letter stays. Most
/// unknown words are no misspellings, and other edits make other words of them: `viable` would become `liable`, `poker`
/// `power`. Looks up at most 35 candidates a letter.
pub(super) fn correct(word: &str, rank: &Rank) -> Option<String> {
    if !LENGTHS.contains(&word.len()) || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let mut candidates = Candidates {
        rank,
        best: None,
        second: u32::MAX,
    };
    let letters = word.as_bytes();
    let mut buffer = letters.to_vec();
    for at in 1..letters.len() {
        if VOWELS.contains(&letters[at]) {
            for &vowel in VOWELS {
                buffer[at] = vowel;
                candidates.add(&buffer);
            }
            buffer[at] = letters[at];
        }
        if at + 1 < letters.len() {
            buffer.swap(at, at + 1);
            candidates.add(&buffer);
            buffer.swap(at, at + 1);
        }
        buffer.remove(at);
        candidates.add(&buffer);
        buffer.insert(at, letters[at]);
    }
    for at in 1..=letters.len() {
        buffer.insert(at, b'a');
        for letter in b'a'..=b'z' {
            buffer[at] = letter;
            candidates.add(&buffer);
        }
        buffer.remove(at);
    }
    let Candidates { best, second, .. } = candidates;
    let (best_rank, best) = best?;
    // Ranks count from 0.
    let is_unambiguous = second.saturating_add(1) / MIN_RATIO > best_rank;
    is_unambiguous.then_some(best)
}

/// The two most frequent candidates.
struct Candidates<'a> {
    rank: &'a Rank<'a>,
    best: Option<(u32, String)>,
    /// The rank of the second.
    second: u32,
}

impl Candidates<'_> {
    fn add(&mut self, letters: &[u8]) {
        // Never fails: the candidates are ASCII.
        let word = std::str::from_utf8(letters).unwrap_or_default();
        let Some(rank) = (self.rank)(word).filter(|&rank| rank <= MAX_RANK) else {
            return;
        };
        match &mut self.best {
            // Several edits lead to the same word.
            Some((_, best)) if best == word => {}
            Some((best_rank, best)) if rank < *best_rank => {
                self.second = *best_rank;
                *best_rank = rank;
                word.clone_into(best);
            }
            Some(_) => self.second = self.second.min(rank),
            None => self.best = Some((rank, word.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(word: &str) -> Option<String> {
        let rank = |word: &str| match word {
            "awful" => Some(10),
            "terrible" => Some(30),
            "phone" => Some(40),
            "batter" => Some(50),
            "butter" => Some(60),
            "phones" => Some(400),
            "rare" | "rarest" => Some(5_001),
            _ => None,
        };
        correct(word, &rank)
    }

    #[test]
    fn one_edit_is_corrected() {
        for (misspelt, word) in [
            ("awfull", "awful"),
            ("awfl", ""),
            ("awfil", "awful"),
            ("awflu", "awful"),
            ("terible", "terrible"),
            ("tarrible", "terrible"),
            ("tterrible", "terrible"),
            ("phonee", "phone"),
        ] {
            assert_eq!(corrected(misspelt).unwrap_or_default(), word, "{misspelt}");
        }
    }

    #[test]
    fn ambiguous_rare_and_other_words_stay() {
        for word in [
            "bitter",
            "xterrible",
            "errible",
            "terriblx",
            "rarests",
            "terrixxe",
            "Awfull",
            "äwful",
            "awful1",
            "",
        ] {
            assert_eq!(corrected(word), None, "{word}");
        }
        assert_eq!(corrected(&"a".repeat(33)), None);
        assert_eq!(correct(&"a".repeat(32), &|_| Some(0)), None);
    }
}
