//! The languages that stopword lists and stemmers exist for.

use std::collections::BTreeSet;

use super::{TextError, stemming, stopwords};

/// Checks that a stopword list or a stemmer exists for a language, given by its ISO 639-1 code.
///
/// A known language may still lack one of the two: [`Preprocessor::new`](super::Preprocessor::new)
/// returns an error where the configuration needs what is missing.
pub fn check_language(language: &str) -> Result<(), TextError> {
    let known: BTreeSet<&str> = stopwords::nltk_languages()
        .chain(stemming::languages())
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
