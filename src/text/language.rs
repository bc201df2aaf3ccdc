//! The languages that stopword lists, stemmers and tokenizers exist for.

use std::collections::BTreeSet;

use super::{TextError, Tokenizer, stemming, stopwords};

/// Checks that a stopword list, a stemmer or a tokenizer exists for a language, given by its ISO 639-1 code.
///
/// A known language may still lack one of them: [`Preprocessor::new`](super::Preprocessor::new)
/// returns an error where the configuration needs what is missing.
pub fn check_language(language: &str) -> Result<(), TextError> {
    let known: BTreeSet<&str> = stopwords::nltk_languages()
        .chain(stemming::languages())
        .chain(Tokenizer::LANGUAGES)
        .collect();
    if known.contains(language) {
        return Ok(());
    }
    let known: Vec<&str> = known.into_iter().collect();
    Err(TextError::UnknownLanguage {
        language: language.into(),
        known: known.join(", "),
    })
}
