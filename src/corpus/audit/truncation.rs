//! Texts that a model does not read completely.

use serde::Serialize;

/// Texts longer than the maximum length of a recipe, of which the model reads only the last tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Truncation {
    /// The maximum length in tokens.
    pub max_length: usize,
    /// The number of longer texts.
    pub texts: usize,
    /// The fraction of texts that are longer.
    pub text_share: f64,
    /// The number of tokens that are not read.
    pub tokens: usize,
    /// The fraction of tokens that are not read.
    pub token_share: f64,
}

impl Truncation {
    /// Measures texts by their lengths in tokens.
    pub(super) fn of(lengths: impl Iterator<Item = usize>, max_length: usize) -> Self {
        let (mut all_texts, mut all_tokens, mut texts, mut tokens) = (0, 0, 0, 0);
        for length in lengths {
            all_texts += 1;
            all_tokens += length;
            texts += usize::from(length > max_length);
            tokens += length.saturating_sub(max_length);
        }
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        Self {
            max_length,
            texts,
            text_share: share(texts, all_texts),
            tokens,
            token_share: share(tokens, all_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_maximum_length_is_read_completely() {
        let truncation = Truncation::of([4, 5, 7, 0].into_iter(), 4);
        assert_eq!((truncation.texts, truncation.tokens), (2, 4));
        assert_eq!(truncation.text_share, 0.5);
        assert_eq!(truncation.token_share, 0.25);
        assert_eq!(Truncation::of(std::iter::empty(), 1).token_share, 0.0);
    }
}
