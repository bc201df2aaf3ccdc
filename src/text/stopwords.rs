//! Stopwords: tokens that are left out because they say little.
//!
//! The lists are NLTK's, whose English one holds `no`, `not`, `don't` and `very`: leaving those out
//! destroys negation. The default list keeps them.

use std::path::Path;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::TextError;
use super::tokenizer::tokenize;
use crate::files::{FileError, open};

/// The longest stopword file that is read.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Words that turn, weaken, strengthen or oppose what is said, by language: kept by
/// [`StopwordList::NegationSafe`].
const KEPT: [(&str, &str); 13] = [
    (
        "en",
        "no not nor never n't don ain aren couldn didn doesn hadn hasn haven isn mightn mustn needn \
         shan shouldn wasn weren won wouldn against but too very more most few only just than \
         should could would so same own until off down up again",
    ),
    ("da", "ikke ingen intet aldrig men meget mere kun uden mod"),
    ("de", "nicht nichts nie kein keine keinem keinen keiner keines aber sehr mehr nur ohne gegen zu doch"),
    ("es", "no ni nada nunca pero sin muy más poco contra mucho muchos también"),
    ("fi", "ei en et emme ette eivät älä mutta"),
    ("fr", "ne pas ni mais n aucun sans trop très"),
    ("hu", "nem ne sem se nincs de csak túl nagyon ellen"),
    ("it", "non né ma più senza contro molto poco troppo"),
    ("nl", "niet geen niets nooit maar te zonder tegen meer veel"),
    ("no", "ikke ikkje ingen aldri men mer meget bare uten mot inkje"),
    ("pt", "não nem nunca mas sem muito mais só"),
    ("ru", "не ни нет никогда но без очень более больше лучше нельзя только"),
    ("sv", "inte ej ingen inga inget aldrig men mycket mer bara utan mot"),
];

/// Which tokens are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopwordList {
    /// NLTK's list for the language, less the words that negate, oppose or grade.
    #[default]
    NegationSafe,
    /// NLTK's whole list for the language.
    Nltk,
    /// None.
    None,
    /// These words, whatever the language.
    Words(Vec<String>),
}

impl StopwordList {
    /// What a person wrote: `negation-safe`, `nltk`, `none`, or a file with words between spaces or
    /// on lines.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text {
            "negation-safe" => Ok(Self::NegationSafe),
            "nltk" => Ok(Self::Nltk),
            "none" => Ok(Self::None),
            path => Self::read(Path::new(path)),
        }
    }

    fn read(path: &Path) -> Result<Self, TextError> {
        use std::io::Read;
        let mut content = String::new();
        open(path)?
            .take(MAX_FILE_BYTES + 1)
            .read_to_string(&mut content)
            .map_err(FileError::context("read", path))?;
        if content.len() as u64 > MAX_FILE_BYTES {
            return Err(TextError::TooLong {
                path: path.into(),
                most: MAX_FILE_BYTES,
            });
        }
        Ok(Self::Words(content.split_whitespace().map(str::to_lowercase).collect()))
    }

    /// The tokens that are left out. The lists hold `don't`, and our tokens are `do` and `n't`: so
    /// an entry's tokens are.
    pub(super) fn words(&self, language: &str) -> Result<FxHashSet<String>, TextError> {
        match self {
            Self::None => Ok(FxHashSet::default()),
            Self::Words(words) => Ok(tokens_of(words.iter().map(String::as_str))),
            Self::Nltk => Ok(tokens_of(nltk(language)?.iter().copied())),
            Self::NegationSafe => {
                let mut words = tokens_of(nltk(language)?.iter().copied());
                let kept = KEPT.iter().filter(|(code, _)| *code == language);
                for word in kept.flat_map(|(_, words)| words.split_whitespace()) {
                    words.remove(word);
                }
                Ok(words)
            }
        }
    }
}

fn nltk(language: &str) -> Result<&'static [&'static str], TextError> {
    stop_words::lookup(language).ok_or_else(|| TextError::NoStopwords {
        language: language.into(),
        known: stop_words::available_languages().join(", "),
    })
}

fn tokens_of<'a>(words: impl Iterator<Item = &'a str>) -> FxHashSet<String> {
    let mut tokens = FxHashSet::default();
    for word in words {
        tokenize(word, |span, token| {
            tokens.insert(token.unwrap_or(&word[span]).to_lowercase());
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(list: StopwordList) -> FxHashSet<String> {
        list.words("en").unwrap()
    }

    #[test]
    fn the_default_keeps_what_negates_opposes_and_grades() {
        let words = english(StopwordList::NegationSafe);
        for kept in ["no", "not", "nor", "never", "n't", "but", "too", "very"] {
            assert!(!words.contains(kept), "{kept}");
        }
        for left_out in ["the", "a", "it", "'s", "is", "do", "of"] {
            assert!(words.contains(left_out), "{left_out}");
        }
    }

    #[test]
    fn the_full_list_holds_the_tokens_of_its_entries() {
        let words = english(StopwordList::Nltk);
        for word in ["not", "n't", "do", "'ll", "very"] {
            assert!(words.contains(word), "{word}");
        }
    }

    #[test]
    fn a_language_without_a_list_is_an_error() {
        let error = StopwordList::Nltk.words("xx").unwrap_err().to_string();
        assert!(error.starts_with("there is no stopword list for the language \"xx\""), "{error}");
        assert!(StopwordList::None.words("xx").is_ok());
    }
}
