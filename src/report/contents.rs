//! The contents of a report, as plain numbers and texts.

use crate::explain::Weight;

/// The contents of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The page title, such as "Evaluation of imdb on test.csv".
    pub title: String,
    /// The finding in one sentence, such as "87.2% of 1,000 texts right, 95% interval 85.0 to 89.1"; empty if there is none.
    pub finding: String,
    /// When and by which program the report was written; empty if unknown.
    pub made: String,
    /// Facts about the model and the data: (name, value) pairs.
    pub facts: Vec<(String, String)>,
    /// The metrics at the top of the page, of which the first four have large figures.
    pub headlines: Vec<Headline>,
    /// The labels, in the order of the confusion matrix.
    pub labels: Vec<String>,
    /// The metrics of each label, and their averages.
    pub classes: Vec<ClassRow>,
    /// The confusion matrix: number of texts in `confusion[actual][predicted]`.
    pub confusion: Vec<Vec<u64>>,
    /// The ROC curve of each label: true positive rate (y) against false positive rate (x).
    pub roc: Vec<Curve>,
    /// The precision-recall curve of each label: precision (y) against recall (x).
    pub precision_recall: Vec<Curve>,
    /// The bins of the reliability diagram.
    pub reliability: Vec<ReliabilityBar>,
    /// Accuracy by text length.
    pub lengths: Vec<GroupRow>,
    /// Accuracy by the share of a text's tokens in the model's vocabulary.
    pub coverage: Vec<GroupRow>,
    /// The bins of the confidence histogram.
    pub confidences: Vec<ConfidenceBar>,
    /// The training epochs; empty if unknown.
    pub history: Vec<EpochPoint>,
    /// The most confident mistakes, by descending confidence.
    pub mistakes: Vec<MistakeRow>,
    /// The most confused pairs of labels.
    pub confused: Vec<ConfusedRow>,
}

/// A metric of the whole evaluation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Headline {
    /// The metric's name, such as "Accuracy" or "Log loss".
    pub name: String,
    /// The value.
    pub value: f64,
    /// The confidence interval: (lower bound, upper bound).
    pub interval: Option<(f64, f64)>,
}

/// The metrics of one label, or an average over the labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassRow {
    /// The label, or "macro avg".
    pub label: String,
    /// The precision: the share of the label's predictions that are right.
    pub precision: f64,
    /// The recall: the share of the label's texts that are predicted as the label.
    pub recall: f64,
    /// The F1 score: the harmonic mean of precision and recall.
    pub f1: f64,
    /// The support: the number of texts with the label.
    pub support: u64,
}

/// The curve of one label over all thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// The label.
    pub name: String,
    /// The area under the curve.
    pub area: Option<f64>,
    /// The (x, y) points in drawing order, with coordinates from 0 to 1.
    pub points: Vec<(f64, f64)>,
    /// The point of the predictions.
    pub operating_point: Option<(f64, f64)>,
    /// The share of texts with the label, which is the precision of a random classifier.
    pub prevalence: Option<f64>,
}

/// A confidence bin of the reliability diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReliabilityBar {
    /// The lower bound of the confidence.
    pub lower: f64,
    /// The upper bound of the confidence.
    pub upper: f64,
    /// The mean confidence.
    pub confidence: f64,
    /// The accuracy.
    pub accuracy: f64,
    /// The confidence interval of the accuracy.
    pub interval: Option<(f64, f64)>,
    /// The number of predictions.
    pub count: u64,
}

/// A group of texts with a common property, such as their length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupRow {
    /// The group's name, such as "1–9 tokens".
    pub name: String,
    /// The number of texts.
    pub count: u64,
    /// The accuracy.
    pub accuracy: f64,
    /// The confidence interval of the accuracy.
    pub interval: Option<(f64, f64)>,
}

/// A bin of the confidence histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfidenceBar {
    /// The lower bound of the probability.
    pub lower: f64,
    /// The upper bound of the probability.
    pub upper: f64,
    /// The number of right predictions.
    pub right: u64,
    /// The number of wrong predictions.
    pub wrong: u64,
}

/// The losses and the accuracy after a training epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochPoint {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// The mean training loss.
    pub train_loss: f64,
    /// The mean validation loss.
    pub validation_loss: f64,
    /// The validation accuracy.
    pub validation_accuracy: f64,
}

/// A misclassified text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MistakeRow {
    /// The text in the corpus.
    pub text: String,
    /// The true label.
    pub label: String,
    /// The predicted label.
    pub predicted: String,
    /// The predicted label's probability.
    pub score: f64,
    /// The contributions of the words to that probability; empty if not explained.
    pub weights: Vec<Weight>,
}

/// A pair of true and predicted labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfusedRow {
    /// The true label.
    pub actual: String,
    /// The predicted label.
    pub predicted: String,
    /// The number of texts.
    pub count: u64,
}
