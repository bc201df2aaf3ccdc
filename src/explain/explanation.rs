//! What all methods say: the words of a text with what each adds to a label's probability.

use std::ops::Range;

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeStruct, Serializer};

use crate::printable::grouped;

/// Which words of a text push which way.
///
/// As JSON: `{"text", "label", "score", "method", "classes": {"positive": {"intercept", "local_prediction", "r2",
/// "weights": [{"token", "start", "end", "weight"}]}}}`, with `start` and `end` in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The text.
    pub text: String,
    /// The answer.
    pub label: String,
    /// The answer's probability.
    pub score: f64,
    /// Why the answer is none, though it is explained, as [`PredictionRecord`](crate::classifier::PredictionRecord) has it.
    pub reason: Option<&'static str>,
    /// How many tokens stand before those that the model reads: they have no part in the answer.
    pub unread_tokens: usize,
    /// What the weights rest on.
    pub basis: Basis,
    /// The labels that were asked for; else the ten most probable ones in the classifier's order, or of attention,
    /// which is the same for every label, the answer. There is at least one.
    pub classes: Vec<ClassExplanation>,
}

/// What weights rest on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "method", rename_all = "lowercase")]
pub enum Basis {
    /// A linear model.
    Lime {
        /// Of the answers to so many texts.
        samples: usize,
        /// How much two halves of them, drawn with seeds of their own, agree on the strongest words: Spearman's rank
        /// correlation of the weights of those that are among the ten strongest of either, for the label of which it
        /// is least. None of a text with too few words.
        stability: Option<f64>,
    },
    /// Integrated gradients.
    Gradient {
        /// Over so many points.
        steps: usize,
    },
    /// Attention.
    Attention,
}

impl Basis {
    /// From this stability on, more samples would hardly change what is shown.
    pub const STABLE: f64 = 0.9;

    /// What the method is called.
    pub fn method(self) -> &'static str {
        match self {
            Self::Lime { .. } => "lime",
            Self::Gradient { .. } => "gradient",
            Self::Attention => "attention",
        }
    }

    /// What the weights rest on, in a few words.
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

/// What speaks for and against a label.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassExplanation {
    /// The label.
    pub label: String,
    /// Its probability.
    pub probability: f64,
    /// How well the weights make up the probability; None of attention, which does not claim to.
    pub fit: Option<Fit>,
    /// The strongest first.
    pub weights: Vec<Weight>,
}

/// A word and what it adds to a label's probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// The token, as the model has it.
    pub token: String,
    /// Where in the text it stands, in bytes: every place, or one where they are weighed apart.
    pub spans: Vec<Range<usize>>,
    /// What it adds.
    pub weight: f64,
}

/// How weights make up a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// What the weights are added to: the linear model's intercept, or what the network says of as many unknown words.
    pub intercept: f64,
    /// The intercept and the weights of all words together (of LIME: of the words that were chosen).
    pub local_prediction: f64,
    /// LIME's share of the answers' weighted variance that the weights have.
    pub r2: Option<f64>,
}

impl Explanation {
    /// What is said of the answer; where that was not asked for, of the first label that was.
    pub fn answer(&self) -> &ClassExplanation {
        let answer = self.classes.iter().find(|class| class.label == self.label);
        answer.unwrap_or(&self.classes[0])
    }

    /// The explanation with no more than so many weights for each label, the strongest.
    pub fn with_strongest(mut self, most: usize) -> Self {
        let classes = self.classes.iter_mut();
        classes.for_each(|class| class.weights.truncate(most));
        self
    }
}

impl ClassExplanation {
    /// Of integrated gradients: see [`Fit::completeness_error`].
    pub fn completeness_error(&self) -> Option<f64> {
        self.fit?.completeness_error(self.probability)
    }
}

impl Fit {
    /// Of integrated gradients, how far the weights are from making up the whole difference between the text's
    /// probability and the baseline's, as a share of it; None where there is no difference.
    pub fn completeness_error(&self, probability: f64) -> Option<f64> {
        let difference = (probability - self.intercept).abs();
        let missed = (self.local_prediction - probability).abs();
        (self.r2.is_none() && difference > 0.0).then(|| missed / difference)
    }

    /// The fit of a class in a sentence without a period.
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
            "{start} {:.4}, with all weights {:.4}, where the model says {:.4}{quality}",
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
            reason: Option<&'static str>,
            unread_tokens: usize,
            #[serde(flatten)]
            basis: Basis,
            classes: Classes<'a>,
        }
        Fields {
            text: &self.text,
            label: &self.label,
            score: self.score,
            reason: self.reason,
            unread_tokens: self.unread_tokens,
            basis: self.basis,
            classes: Classes(&self.classes),
        }
        .serialize(serializer)
    }
}

/// Classes by their labels, in their order.
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
