//! The explanation type that all methods share: the words of a text and their weights for each label.

use std::ops::Range;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct, Serializer};

use crate::printable::grouped;

/// The weights of a text's words for each label.
///
/// As JSON: `{"text", "label", "score", "method", "classes": {"positive": {"intercept", "local_prediction", "r2",
/// "weights": [{"token", "start", "end", "weight"}]}}}`, with `start` and `end` in bytes. `read_from` and `unknown` are left
/// out if the model reads the whole text and knows its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The text.
    pub text: String,
    /// The predicted label.
    pub label: String,
    /// The predicted label's probability.
    pub score: f64,
    /// The reason for abstaining, as in [`PredictionRecord`](crate::classifier::PredictionRecord).
    pub reason: Option<String>,
    /// The number of leading tokens that the model ignores.
    pub unread_tokens: usize,
    /// The byte of the text at which the model begins to read; 0 if it reads the whole text.
    pub read_from: usize,
    /// The byte ranges of the words that are not in the vocabulary, in the order of the text.
    pub unknown: Vec<Range<usize>>,
    /// The method and its parameters.
    pub basis: Basis,
    /// The requested labels. By default, the ten most probable ones in the classifier's order; for attention, which is
    /// the same for every label, the predicted label. Never empty.
    pub classes: Vec<ClassExplanation>,
}

/// The method behind the weights, with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "method", rename_all = "lowercase")]
pub enum Basis {
    /// LIME's linear model.
    Lime {
        /// The number of samples.
        samples: usize,
        /// Stability: Spearman's rank correlation between two halves of the samples, drawn with different seeds. It
        /// covers the words among the ten strongest of either half, and is the minimum over labels. None if the text
        /// has too few words.
        stability: Option<f64>,
    },
    /// Integrated gradients.
    Gradient {
        /// The number of integration points.
        steps: usize,
    },
    /// Attention.
    Attention,
}

impl Basis {
    /// The stability from which more samples would hardly change the explanation.
    pub const STABLE: f64 = 0.9;

    /// Returns the method's name.
    pub fn method(self) -> &'static str {
        match self {
            Self::Lime { .. } => "lime",
            Self::Gradient { .. } => "gradient",
            Self::Attention => "attention",
        }
    }

    /// Returns a short description of the method and its parameters.
    pub fn in_words(self) -> String {
        match self {
            Self::Lime { samples, stability } => {
                let stability = stability.map_or(String::new(), |s| format!(", stability {s:.2}"));
                format!("lime, {} samples{stability}", grouped(samples))
            }
            Self::Gradient { steps } => format!("integrated gradients, {steps} steps"),
            Self::Attention => "attention, the same for every label".into(),
        }
    }
}

/// The explanation of one label.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassExplanation {
    /// The label.
    pub label: String,
    /// The label's probability.
    pub probability: f64,
    /// The fit of the weights to the probability; None for attention, whose weights do not sum to it.
    pub fit: Option<Fit>,
    /// The weights, strongest first.
    pub weights: Vec<Weight>,
}

/// A word and its contribution to a label's probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// The token, as the model reads it.
    pub token: String,
    /// The byte ranges in the text: every occurrence, or one if occurrences are weighted separately.
    pub spans: Vec<Range<usize>>,
    /// The contribution to the probability.
    pub weight: f64,
}

/// The largest rounding error of a probability, which a network computes in 32 bits.
pub(super) const LARGEST_ROUNDING_ERROR: f64 = 1e-6;

/// The fit of the weights to a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The intercept of the linear model, or the baseline's probability: that of as many unknown words.
    pub intercept: f64,
    /// The intercept plus the weights of all words (for LIME, of the selected words).
    pub local_prediction: f64,
    /// For LIME, R²: the share of the predictions' weighted variance that the weights explain.
    pub r2: Option<f64>,
}

impl Explanation {
    /// Returns the explanation of the predicted label or, if it was not requested, of the first requested label.
    pub fn answer(&self) -> &ClassExplanation {
        let answer = self.classes.iter().find(|class| class.label == self.label);
        answer.unwrap_or(&self.classes[0])
    }

    /// Returns the explanation with at most this many weights for each label, the strongest.
    pub fn with_strongest(mut self, most: usize) -> Self {
        let classes = self.classes.iter_mut();
        classes.for_each(|class| class.weights.truncate(most));
        self
    }
}

impl ClassExplanation {
    /// Returns the completeness error of integrated gradients: see [`Fit::completeness_error`].
    pub fn completeness_error(&self) -> Option<f64> {
        self.fit?.completeness_error(self.probability)
    }
}

impl Fit {
    /// Returns the completeness error of integrated gradients: the part of the difference between the text's and the
    /// baseline's probability that the weights miss, as a share of that difference. None if the difference is a rounding
    /// error, as in a text of unknown words.
    pub fn completeness_error(&self, probability: f64) -> Option<f64> {
        let difference = (probability - self.intercept).abs();
        let missed = (self.local_prediction - probability).abs();
        (self.r2.is_none() && difference > LARGEST_ROUNDING_ERROR).then(|| missed / difference)
    }

    /// Returns the fit of a class as a sentence without a period.
    pub fn in_words(&self, class: &ClassExplanation) -> String {
        let (start, quality) = match (self.r2, class.completeness_error()) {
            (Some(r2), _) => ("intercept", format!("; R² {r2:.3}")),
            (None, Some(error)) => {
                let percent = 100.0 * error;
                ("baseline", format!("; completeness error {percent:.2}%"))
            }
            (None, None) => ("baseline", String::new()),
        };
        format!(
            "{start} {:.4}, sum with all weights {:.4}, model probability {:.4}{quality}",
            self.intercept, self.local_prediction, class.probability
        )
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            text: &'a str,
            label: &'a str,
            score: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            reason: Option<&'a str>,
            unread_tokens: usize,
            #[serde(skip_serializing_if = "is_start")]
            read_from: usize,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            unknown: Vec<[usize; 2]>,
            #[serde(flatten)]
            basis: Basis,
            classes: Classes<'a>,
        }
        Fields {
            text: &self.text,
            label: &self.label,
            score: self.score,
            reason: self.reason.as_deref(),
            unread_tokens: self.unread_tokens,
            read_from: self.read_from,
            unknown: self
                .unknown
                .iter()
                .map(|span| [span.start, span.end])
                .collect(),
            basis: self.basis,
            classes: Classes(&self.classes),
        }
        .serialize(serializer)
    }
}

fn is_start(byte: &usize) -> bool {
    *byte == 0
}

/// Serialises classes by label, in order.
struct Classes<'a>(&'a [ClassExplanation]);

impl Serialize for Classes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for class in self.0 {
            map.serialize_entry(&class.label, class)?;
        }
        map.end()
    }
}

impl Serialize for ClassExplanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut class = serializer.serialize_struct("ClassExplanation", 6)?;
        class.serialize_field("probability", &self.probability)?;
        class.serialize_field("intercept", &self.fit.map(|fit| fit.intercept))?;
        class.serialize_field(
            "local_prediction",
            &self.fit.map(|fit| fit.local_prediction),
        )?;
        class.serialize_field("r2", &self.fit.and_then(|fit| fit.r2))?;
        if let Some(error) = self.completeness_error() {
            class.serialize_field("completeness_error", &error)?;
        }
        class.serialize_field("weights", &self.weights)?;
        class.end()
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut weight = serializer.serialize_struct("Weight", 5)?;
        weight.serialize_field("token", &self.token)?;
        weight.serialize_field("start", &self.spans.first().map(|span| span.start))?;
        weight.serialize_field("end", &self.spans.first().map(|span| span.end))?;
        weight.serialize_field("weight", &self.weight)?;
        if let [_, others @ ..] = self.spans.as_slice()
            && !others.is_empty()
        {
            let others: Vec<[usize; 2]> =
                others.iter().map(|span| [span.start, span.end]).collect();
            weight.serialize_field("also_at", &others)?;
        }
        weight.end()
    }
}
