//! The metrics and averages of a multi-label evaluation.

use crate::evaluation::Interval;

/// The number of metrics.
pub(super) const COUNT: usize = MultiLabelMetric::ALL.len();

/// The 95% confidence interval of each metric, in the order of [`MultiLabelMetric::ALL`].
pub type MultiLabelIntervals = [Interval; COUNT];

/// A scalar metric of a multi-label classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiLabelMetric {
    /// The fraction of texts whose predicted labels are exactly their labels.
    SubsetAccuracy,
    /// The F1 score of all pairs of a text and a label together.
    MicroF1,
    /// The unweighted mean of the F1 scores of all labels.
    MacroF1,
    /// The mean of the F1 scores of all texts; 0 for a text without labels and predicted labels.
    SamplesF1,
    /// The fraction of pairs of a text and a label that are wrong.
    HammingLoss,
    /// The mean negative log-probability of the presence or absence of each label.
    BinaryLogLoss,
}

impl MultiLabelMetric {
    /// All metrics, in display order.
    pub const ALL: [Self; 6] = [
        Self::SubsetAccuracy,
        Self::MicroF1,
        Self::MacroF1,
        Self::SamplesF1,
        Self::HammingLoss,
        Self::BinaryLogLoss,
    ];

    /// Returns the display name.
    pub fn name(self) -> &'static str {
        match self {
            Self::SubsetAccuracy => "subset accuracy",
            Self::MicroF1 => "micro F1",
            Self::MacroF1 => "macro F1",
            Self::SamplesF1 => "samples F1",
            Self::HammingLoss => "Hamming loss",
            Self::BinaryLogLoss => "binary log loss",
        }
    }

    /// Returns the JSON key: the name of scikit-learn's function if it has one.
    pub fn key(self) -> &'static str {
        match self {
            Self::SubsetAccuracy => "accuracy",
            Self::MicroF1 => "f1_micro",
            Self::MacroF1 => "f1_macro",
            Self::SamplesF1 => "f1_samples",
            Self::HammingLoss => "hamming_loss",
            Self::BinaryLogLoss => "binary_log_loss",
        }
    }
}

/// How to average metrics over labels or texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultiLabelAverage {
    /// Of all pairs of a text and a label together.
    Micro,
    /// The unweighted mean over the labels.
    Macro,
    /// The mean over the labels, weighted by support.
    Weighted,
    /// The mean over the texts.
    Samples,
}

impl MultiLabelAverage {
    /// All averages, in display order.
    pub const ALL: [Self; 4] = [Self::Micro, Self::Macro, Self::Weighted, Self::Samples];

    /// Returns the display name, which is the JSON key and that of scikit-learn's `classification_report`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Micro => "micro avg",
            Self::Macro => "macro avg",
            Self::Weighted => "weighted avg",
            Self::Samples => "samples avg",
        }
    }
}
