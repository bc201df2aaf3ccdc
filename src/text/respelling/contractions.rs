//! English contractions written without their apostrophe: `dont` becomes `do` and `n't`.

use super::part::{Part, Rank};

/// Contractions and their tokens, without those that are words of their own: `wont`, `well`, `were`, `ill`, `its`, `id`,
/// `hell`, `shell`, `wed`, `shed`, `lets`.
const CONTRACTIONS: [(&str, &str, &str); 53] = [
    ("aint", "ai", "n't"),
    ("arent", "are", "n't"),
    ("cant", "ca", "n't"),
    ("couldnt", "could", "n't"),
    ("didnt", "did", "n't"),
    ("doesnt", "does", "n't"),
    ("dont", "do", "n't"),
    ("hadnt", "had", "n't"),
    ("hasnt", "has", "n't"),
    ("havent", "have", "n't"),
    ("isnt", "is", "n't"),
    ("mightnt", "might", "n't"),
    ("mustnt", "must", "n't"),
    ("neednt", "need", "n't"),
    ("shouldnt", "should", "n't"),
    ("wasnt", "was", "n't"),
    ("werent", "were", "n't"),
    ("wouldnt", "would", "n't"),
    ("couldve", "could", "'ve"),
    ("ive", "i", "'ve"),
    ("mightve", "might", "'ve"),
    ("mustve", "must", "'ve"),
    ("shouldve", "should", "'ve"),
    ("theyve", "they", "'ve"),
    ("weve", "we", "'ve"),
    ("wouldve", "would", "'ve"),
    ("youve", "you", "'ve"),
    ("theyre", "they", "'re"),
    ("youre", "you", "'re"),
    ("im", "i", "'m"),
    ("hed", "he", "'d"),
    ("theyd", "they", "'d"),
    ("whod", "who", "'d"),
    ("youd", "you", "'d"),
    ("itd", "it", "'d"),
    ("itll", "it", "'ll"),
    ("thatll", "that", "'ll"),
    ("therell", "there", "'ll"),
    ("theyll", "they", "'ll"),
    ("wholl", "who", "'ll"),
    ("youll", "you", "'ll"),
    ("everyones", "everyone", "'s"),
    ("heres", "here", "'s"),
    ("hes", "he", "'s"),
    ("hows", "how", "'s"),
    ("shes", "she", "'s"),
    ("thats", "that", "'s"),
    ("theres", "there", "'s"),
    ("todays", "today", "'s"),
    ("whats", "what", "'s"),
    ("whens", "when", "'s"),
    ("wheres", "where", "'s"),
    ("whos", "who", "'s"),
];

/// The lengths of contractions: other words are not looked up.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=10;

/// Returns the two tokens of a contraction without an apostrophe if both are known.
pub(super) fn split(token: &str, rank: &Rank) -> Option<[Part; 2]> {
    if !LENGTHS.contains(&token.len()) {
        return None;
    }
    let (_, first, second) = CONTRACTIONS.iter().find(|(whole, ..)| *whole == token)?;
    let (first, second) = (*first, *second);
    (rank(first).is_some() && rank(second).is_some()).then(|| {
        [
            Part {
                word: first.into(),
                range: 0..first.len(),
            },
            Part {
                word: second.into(),
                range: first.len()..token.len(),
            },
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Preprocessor, PreprocessorConfig, StopwordList, Tokens};

    /// The contractions have the tokens of their forms with an apostrophe.
    #[test]
    fn contractions_have_the_tokens_of_their_full_form() {
        let preprocessor = Preprocessor::new(PreprocessorConfig {
            stopwords: StopwordList::None,
            ..PreprocessorConfig::default()
        })
        .unwrap();
        let mut tokens = Tokens::default();
        for (whole, first, second) in CONTRACTIONS {
            let full = format!("{first}{second}");
            assert_eq!(full.replace('\'', ""), whole);
            preprocessor.tokenize(&full, &mut tokens);
            let found: Vec<&str> = tokens.iter().map(|token| token.word).collect();
            assert_eq!(found, [first, second]);
            assert!(LENGTHS.contains(&whole.len()), "{whole}");
        }
    }

    #[test]
    fn unknown_parts_and_words_stay() {
        let known = |word: &str| (word != "ca").then_some(1);
        let parts = split("wouldnt", &known).unwrap();
        assert_eq!((&*parts[0].word, parts[0].range.clone()), ("would", 0..5));
        assert_eq!((&*parts[1].word, parts[1].range.clone()), ("n't", 5..7));
        for word in [
            "cant", "wont", "well", "were", "ill", "its", "id", "hell", "shell", "lets", "wouldnot",
        ] {
            assert_eq!(split(word, &known), None, "{word}");
        }
    }
}
