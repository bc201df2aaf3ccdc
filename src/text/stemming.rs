//! Stemming with the Snowball algorithms.

use rust_stemmers::{Algorithm, Stemmer};

use super::TextError;

/// The stemming algorithm of each language, by ISO 639-1 code.
const ALGORITHMS: [(&str, Algorithm); 18] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// Returns the codes of the languages with a stemmer.
pub(super) fn languages() -> impl Iterator<Item = &'static str> {
    ALGORITHMS.iter().map(|&(code, _)| code)
}

/// Returns the stemmer of a language.
pub(super) fn stemmer(language: &str) -> Result<Stemmer, TextError> {
    match ALGORITHMS.iter().find(|(code, _)| *code == language) {
        Some(&(_, algorithm)) => Ok(Stemmer::create(algorithm)),
        None => Err(TextError::NoStemmer {
            language: language.into(),
            known: ALGORITHMS.map(|(code, _)| code).join(", "),
        }),
    }
}
