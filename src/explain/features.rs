//! What an explanation weighs: the words of a text that the model reads.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::error::ExplainError;
use super::explanation::Fit;
use crate::classifier::Classifier;
use crate::text::Tokens;

/// A word of a text, at all places where it stands or at one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The token, as the model has it.
    pub token: String,
    /// Where in the text it stands, in bytes.
    pub spans: Vec<Range<usize>>,
}

/// The features of a text, and which of them each token is.
#[derive(Clone, Debug)]
pub struct Features {
    features: Vec<Feature>,
    ids: Vec<u32>,
    /// `[tokens]`
    feature_of_token: Vec<usize>,
    unread_tokens: usize,
}

/// The weights of features for one label, and how well they fit.
#[derive(Clone, Debug)]
pub struct LabelWeights {
    pub fit: Option<Fit>,
    pub weights: Vec<(usize, f64)>,
}

impl Features {
    /// The features of a text: its distinct tokens, or where it is asked for `by_position` every token for itself.
    pub fn of(
        classifier: &Classifier,
        text: &str,
        by_position: bool,
    ) -> Result<Self, ExplainError> {
        let mut features: Vec<Feature> = Vec::new();
        let mut feature_of_word: FxHashMap<String, usize> = FxHashMap::default();
        let (mut ids, mut feature_of_token) = (Vec::new(), Vec::new());
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
            features[feature].spans.push(token.span);
            ids.push(id);
            feature_of_token.push(feature);
        }
        match features.is_empty() {
            true => Err(ExplainError::Empty),
            false => Ok(Self {
                unread_tokens: tokens.len() - ids.len(),
                features,
                ids,
                feature_of_token,
            }),
        }
    }

    /// How many there are: at least one.
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.features.len()
    }

    /// One of them.
    ///
    /// # Panics
    /// If `index` is not below [`Features::len`].
    pub fn get(&self, index: usize) -> &Feature {
        &self.features[index]
    }

    /// The ids of the text's tokens.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// How many tokens the text has before those that the model reads.
    pub fn unread_tokens(&self) -> usize {
        self.unread_tokens
    }

    /// The ids of the tokens whose feature is kept: `is_kept` tells of each feature.
    pub fn kept_ids(&self, is_kept: &[bool]) -> impl Iterator<Item = u32> {
        let tokens = self.ids.iter().zip(&self.feature_of_token);
        let kept = tokens.filter(|(_, feature)| is_kept[**feature]);
        kept.map(|(&id, _)| id)
    }

    /// What each feature has together of what its tokens have.
    pub fn sum(&self, of_tokens: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.len()];
        for (value, &feature) in of_tokens.iter().zip(&self.feature_of_token) {
            sums[feature] += value;
        }
        sums
    }
}
