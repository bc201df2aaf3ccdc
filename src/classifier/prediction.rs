//! The prediction for one text.

use std::sync::Arc;

use crate::model::{Decision, OutputKind, most_probable};
use crate::text::{is_pictograph, is_word};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// The model abstains if fewer than one in this number of words is in the vocabulary.
const LEAST_KNOWN_PARTS: usize = 3;

/// The prediction of a model for one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    pub(crate) labels: Arc<[String]>,
    /// The index of the predicted label in [`Prediction::labels`]; of a multi-label model, the most probable label's.
    pub class: usize,
    /// The indices of the predicted labels of a multi-label model, which may be none; `None` for other models.
    pub classes: Option<Vec<usize>>,
    /// The probability of each label, in the order of [`Prediction::labels`]. They sum to 1, except those of a multi-label
    /// model.
    pub probabilities: Vec<f64>,
    /// The number of tokens that the model reads.
    pub tokens: usize,
    /// The number of these tokens that are in the vocabulary.
    pub known_tokens: usize,
    /// The number of words among the tokens that the model reads: tokens with a letter, except URLs and @mentions, and the
    /// emoticons and emoji in the vocabulary.
    pub words: usize,
    /// The number of these words that are in the vocabulary.
    pub known_words: usize,
    /// The number of tokens that the model does not read because the text is longer than its maximum length.
    pub unread_tokens: usize,
    /// The reason to abstain if the text is in a language that the model did not learn from, such as `looks like French; this
    /// model knows English`.
    pub foreign: Option<Arc<str>>,
}

/// Why a model abstains: the reason to give no label to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abstention {
    /// The model reads no token of the text.
    EmptyText,
    /// No token is a word: the text has only punctuation, numbers, URLs or @mentions.
    NoWords,
    /// The text is in a language that the model did not learn from.
    ForeignLanguage,
    /// Every token is out of the vocabulary.
    NoKnownToken,
    /// Fewer than a third of the words are in the vocabulary, as in a text of another script.
    UnknownWords,
    /// No label reaches the minimum confidence.
    LowConfidence,
}

impl Prediction {
    /// Returns the prediction for a text with these ids, from its logits `[labels]`. Each token counts as a word; see
    /// [`Prediction::with_words`].
    pub(crate) fn new(
        labels: &Arc<[String]>,
        decision: &Decision,
        logits: &[f32],
        ids: &[u32],
        unread_tokens: usize,
    ) -> Self {
        let probabilities = decision.probabilities(logits);
        let is_multi_label = decision.output == OutputKind::MultiLabel;
        let known_tokens = ids.iter().filter(|&&id| id != UNKNOWN_ID).count();
        Self {
            labels: Arc::clone(labels),
            class: match is_multi_label {
                true => most_probable(&probabilities),
                false => decision.label(labels, &probabilities),
            },
            classes: is_multi_label.then(|| decision.labels(labels, &probabilities)),
            probabilities,
            tokens: ids.len(),
            known_tokens,
            words: ids.len(),
            known_words: known_tokens,
            unread_tokens,
            foreign: None,
        }
    }

    /// Notes that the text is in a language that the model did not learn from, if it is.
    pub(crate) fn with_foreign(mut self, foreign: Option<Arc<str>>) -> Self {
        self.foreign = foreign;
        self
    }

    /// Counts the words of the text. `unknown_symbols` of its out-of-vocabulary tokens are not words.
    pub(crate) fn with_words(
        mut self,
        ids: &[u32],
        vocabulary: &Vocabulary,
        unknown_symbols: usize,
    ) -> Self {
        let known = ids.iter().filter(|&&id| id != UNKNOWN_ID);
        let known = known.filter_map(|&id| vocabulary.token(id));
        self.known_words = known
            .filter(|token| is_word(token) || is_pictograph(token))
            .count();
        let unknown_tokens = self.tokens - self.known_tokens;
        self.words = self.known_words + unknown_tokens.saturating_sub(unknown_symbols);
        self
    }

    /// Returns the fraction of the tokens that are in the vocabulary; `None` for a text without tokens.
    pub fn known_share(&self) -> Option<f64> {
        (self.tokens > 0).then(|| self.known_tokens as f64 / self.tokens as f64)
    }

    /// Returns the predicted label; of a multi-label model, the most probable one.
    pub fn label(&self) -> &str {
        &self.labels[self.class]
    }

    /// Returns the predicted labels of a multi-label model, most probable first; `None` for other models.
    pub fn label_set(&self) -> Option<Vec<&str>> {
        let mut classes = self.classes.clone()?;
        classes.sort_by(|&a, &b| self.probabilities[b].total_cmp(&self.probabilities[a]));
        Some(
            classes
                .into_iter()
                .map(|class| &*self.labels[class])
                .collect(),
        )
    }

    /// Returns all labels of the model, in the order of the probabilities.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns why the model abstains, if it does: the text has no words, it is in a language of which the model knows nothing, it knows fewer than a third of them, or
    /// its confidence is below `min_confidence`.
    ///
    /// Below a third, more than two words are unread for each one that is read, and any of them could change the label.
    pub fn abstention(&self, min_confidence: f64) -> Option<Abstention> {
        if self.tokens == 0 {
            Some(Abstention::EmptyText)
        } else if self.words == 0 {
            Some(Abstention::NoWords)
        } else if self.foreign.is_some() {
            Some(Abstention::ForeignLanguage)
        } else if self.known_tokens == 0 {
            Some(Abstention::NoKnownToken)
        } else if LEAST_KNOWN_PARTS * self.known_words < self.words {
            Some(Abstention::UnknownWords)
        } else if self.confidence() < min_confidence {
            Some(Abstention::LowConfidence)
        } else {
            None
        }
    }

    /// Returns why the model abstains, in words: see [`Prediction::abstention`].
    pub fn reason(&self, min_confidence: f64) -> Option<&str> {
        let abstention = self.abstention(min_confidence)?;
        Some(match (abstention, &self.foreign) {
            (Abstention::ForeignLanguage, Some(foreign)) => foreign,
            _ => abstention.message(),
        })
    }

    /// Returns the probability of the predicted label.
    pub fn score(&self) -> f64 {
        self.probabilities[self.class]
    }

    /// Returns the `count` most probable labels with their probabilities, by descending probability. Decision thresholds
    /// do not change the order, so the predicted label may not be the first.
    pub fn most_probable(&self, count: usize) -> impl Iterator<Item = (&str, f64)> {
        let mut order: Vec<usize> = (0..self.probabilities.len()).collect();
        // Stable: equally probable labels keep their order.
        order.sort_by(|&a, &b| self.probabilities[b].total_cmp(&self.probabilities[a]));
        let labels = order.into_iter().take(count);
        labels.map(|label| (&*self.labels[label], self.probabilities[label]))
    }

    /// Returns the highest probability. With a decision threshold, this may be another label's than the predicted one's.
    pub fn confidence(&self) -> f64 {
        self.probabilities.iter().copied().fold(0.0, f64::max)
    }
}
