//! Everything that a report shows, as plain numbers and texts.

use crate::explain::Weight;

/// Everything that a report shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The page's heading, such as "Evaluation of models/imdb on imdb/test.csv".
    pub title: String,
    /// What the model and the data are: each a name and a value.
    pub facts: Vec<(String, String)>,
    /// The figures to see first.
    pub headlines: Vec<Headline>,
    /// The labels, in the order of the confusion matrix.
    pub labels: Vec<String>,
    /// The figures of each label, and their means.
    pub classes: Vec<ClassRow>,
    /// How many texts had each label and prediction: `confusion[actual][predicted]`.
    pub confusion: Vec<Vec<u64>>,
    /// For each label the true positive rate (y) over the false positive rate (x).
    pub roc: Vec<Curve>,
    /// For each label the precision (y) over the recall (x).
    pub precision_recall: Vec<Curve>,
    /// How often predictions of a like confidence are right.
    pub reliability: Vec<ReliabilityBar>,
    /// Accuracy by how long a text is.
    pub lengths: Vec<Bucket>,
    /// Accuracy by the share of a text's tokens that the model knows.
    pub coverage: Vec<Bucket>,
    /// How probable the predicted labels were said to be.
    pub confidences: Vec<ConfidenceBar>,
    /// The epochs of training; empty where they are unknown.
    pub history: Vec<EpochPoint>,
    /// The most confident mistakes, the worst first.
    pub mistakes: Vec<Mistake>,
    /// The labels taken for one another most often.
    pub confused: Vec<ConfusedPair>,
}

/// A figure of the whole evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headline {
    /// What it is: "Accuracy", "Log loss".
    pub name: String,
    /// The figure.
    pub value: f64,
    /// The confidence interval's lower and upper end.
    pub interval: Option<(f64, f64)>,
}

/// The figures of one label, or a mean over the labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassRow {
    /// The label, or "macro avg".
    pub label: String,
    /// The share of predictions of the label that are right.
    pub precision: f64,
    /// The share of the label's texts that are found.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
    /// How many texts have the label.
    pub support: u64,
}

/// A curve of one label, over all thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The label.
    pub name: String,
    /// The area under the curve.
    pub area: Option<f64>,
    /// The points (x, y), each from 0 to 1, in the order in which a line joins them.
    pub points: Vec<(f64, f64)>,
}

/// The predictions whose confidence lies between two bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReliabilityBar {
    /// The lowest confidence.
    pub lower: f64,
    /// The highest confidence.
    pub upper: f64,
    /// The mean confidence.
    pub confidence: f64,
    /// The share that is right.
    pub accuracy: f64,
    /// How many there are.
    pub count: u64,
}

/// The texts that have something in common, such as their length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// What they have in common: "1–9 tokens".
    pub name: String,
    /// How many there are.
    pub count: u64,
    /// The share whose prediction is right.
    pub accuracy: f64,
    /// The confidence interval of the accuracy.
    pub interval: Option<(f64, f64)>,
}

/// The right and the wrong predictions whose probability lies between two bounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfidenceBar {
    /// The lowest probability.
    pub lower: f64,
    /// The highest probability.
    pub upper: f64,
    /// How many are right.
    pub right: u64,
    /// How many are wrong.
    pub wrong: u64,
}

/// How training stood after an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochPoint {
    /// Which epoch, from 1.
    pub epoch: usize,
    /// The mean loss over the training texts.
    pub train_loss: f64,
    /// The mean loss over the validation texts.
    pub validation_loss: f64,
    /// The share of validation texts whose prediction is right.
    pub validation_accuracy: f64,
}

/// A text that the model took for what it is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mistake {
    /// The text, as the corpus has it.
    pub text: String,
    /// Its label in the corpus.
    pub label: String,
    /// The predicted label.
    pub predicted: String,
    /// The predicted label's probability.
    pub score: f64,
    /// What its words add to that probability, where it was explained.
    pub weights: Vec<Weight>,
}

/// A label and another that it was taken for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfusedPair {
    /// The label in the corpus.
    pub actual: String,
    /// The predicted label.
    pub predicted: String,
    /// How many texts.
    pub count: u64,
}
