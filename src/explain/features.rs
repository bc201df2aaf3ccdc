//! The features of an explanation: the words of a text that the model reads.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::error::ExplainError;
use super::explanation::Fit;
use crate::batch::{EncodedTexts, NgramText};
use crate::classifier::{Classifier, Prediction};
use crate::model::ModelError;
use crate::text::{Tokens, is_word};
use crate::vocabulary::UNKNOWN_ID;

/// A word of a text, at all of its occurrences or at one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The token, as the model reads it.
    pub token: String,
    /// The byte ranges in the text.
    pub spans: Vec<Range<usize>>,
}

/// The features of a text, and the feature of each token.
#[derive(Clone, Debug)]
pub struct Features {
    features: Vec<Feature>,
    /// The text, as the model reads it.
    encoded: EncodedTexts,
    /// `[tokens]`
    feature_of_token: Vec<usize>,
    unread_tokens: usize,
    /// The start of the first token that the model reads.
    read_from: usize,
    /// The byte ranges of the words that are not in the vocabulary, in the order of the text.
    unknown: Vec<Range<usize>>,
}

/// The weights of features for one label, and their fit.
#[derive(Clone, Debug)]
pub struct LabelWeights {
    pub fit: Option<Fit>,
    pub weights: Vec<(usize, f64)>,
}

impl Features {
    /// Returns the features of a text: its distinct tokens or, with `by_position`, each token separately.
    pub fn of(
        classifier: &Classifier,
        text: &str,
        by_position: bool,
    ) -> Result<Self, ExplainError> {
        let mut features: Vec<Feature> = Vec::new();
        let mut feature_of_word: FxHashMap<String, usize> = FxHashMap::default();
        let mut feature_of_token = Vec::new();
        let mut unknown: Vec<Range<usize>> = Vec::new();
        let mut first = None;
        let mut tokens = Tokens::default();
        for (id, token) in classifier.tokenize(text, &mut tokens) {
            let known = feature_of_word.get(token.text).filter(|_| !by_position);
            let feature = known.copied().unwrap_or(features.len());
            if feature == features.len() {
                feature_of_word.insert(token.text.into(), feature);
                features.push(Feature {
                    token: token.text.into(),
                    spans: Vec::new(),
                });
            }
            first.get_or_insert(token.span.start);
            // Several tokens may come from one word.
            let is_after = unknown
                .last()
                .is_none_or(|last| last.end <= token.span.start);
            if id == UNKNOWN_ID && is_word(token.text) && is_after {
                unknown.push(token.span.clone());
            }
            features[feature].spans.push(token.span);
            feature_of_token.push(feature);
        }
        match features.is_empty() {
            true => Err(ExplainError::Empty),
            false => {
                let unread_tokens = tokens.len() - feature_of_token.len();
                Ok(Self {
                    unread_tokens,
                    read_from: first.filter(|_| unread_tokens > 0).unwrap_or_default(),
                    unknown,
                    features,
                    encoded: classifier.encode(&[text]),
                    feature_of_token,
                })
            }
        }
    }

    /// Returns the number of features: at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// Returns a feature.
    ///
    /// # Panics
    /// If `index` is not below [`Features::len`].
    pub fn get(&self, index: usize) -> &Feature {
        &self.features[index]
    }

    /// Returns the ids of the text's tokens.
    pub fn ids(&self) -> &[u32] {
        self.encoded.get(0)
    }

    /// Returns the classifier's prediction for the text.
    pub(super) fn predict(&self, classifier: &Classifier) -> Result<Prediction, ModelError> {
        // One text in, one prediction out.
        Ok(classifier.predict_encoded(&self.encoded)?.remove(0))
    }

    /// Returns the text for the n-gram model.
    pub(super) fn ngram_text(&self) -> NgramText<'_> {
        self.encoded.ngram_text(0)
    }

    /// Returns the number of leading tokens that the model ignores.
    pub fn unread_tokens(&self) -> usize {
        self.unread_tokens
    }

    /// Returns the byte at which the model begins to read.
    pub fn read_from(&self) -> usize {
        self.read_from
    }

    /// Returns the byte ranges of the words that are not in the vocabulary, in the order of the text.
    pub fn unknown(&self) -> &[Range<usize>] {
        &self.unknown
    }

    /// Appends a text of the tokens whose feature is kept; `is_kept` has one entry per feature.
    pub fn push_kept(&self, texts: &mut EncodedTexts, is_kept: &[bool]) {
        texts.push_part(&self.encoded, 0, |token| {
            is_kept[self.feature_of_token[token]]
        });
    }

    /// Sums the tokens' values for each feature.
    pub fn sum(&self, of_tokens: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.len()];
        for (value, &feature) in of_tokens.iter().zip(&self.feature_of_token) {
            sums[feature] += value;
        }
        sums
    }
}
