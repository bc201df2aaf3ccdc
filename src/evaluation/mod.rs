//! Evaluating a classifier on labelled texts.
//!
//! A new metric is a variant of [`Metric`] in `metric.rs`, with its function in the file of its kind:
//!
//! | file | computes |
//! | --- | --- |
//! | `label_counts.rs` | accuracy, precision, recall, F1, Matthews correlation, Cohen's kappa |
//! | `confusion_matrix.rs` | the same from all pairs of labels, and the confused pairs |
//! | `multi_label.rs` | micro, macro and samples F1, subset accuracy, Hamming loss of several labels a text |
//! | `ordinal.rs` | mean absolute error, quadratic weighted kappa, within-one accuracy |
//! | `ranking.rs` | ROC and precision-recall curves and their areas |
//! | `scoring_rules.rs` | log loss, Brier score |
//! | `calibration.rs` | reliability diagram, expected calibration error |
//! | `confidence_interval.rs` | Wilson and bootstrap intervals |
//! | `mcnemar.rs` | McNemar's test |
//!
//! The metrics are written by hand. `linfa` swaps rows and columns of its confusion matrix, and neither it nor
//! `smartcore` has multi-class ROC curves, calibration error or confidence intervals. Tests compare all of
//! them with scikit-learn and SciPy.

mod any;
mod calibration;
mod comparison;
mod confidence_interval;
mod confusion_matrix;
mod disagreements;
mod doubt;
mod error;
mod groups;
mod label_counts;
mod mcnemar;
mod metric;
mod mistakes;
mod multi_label;
mod ordinal;
mod ranking;
mod scored_text;
mod scoring_rules;
mod summary;
mod temperature;
mod threshold;

pub use any::{AnyEvaluation, AnySummary};
pub use calibration::{ReliabilityBin, expected_calibration_error, reliability_diagram};
pub use comparison::Comparison;
pub use confidence_interval::{Interval, bootstrap, wilson};
pub use confusion_matrix::{ConfusedPair, ConfusionMatrix};
pub use disagreements::Disagreements;
pub use doubt::Doubt;
pub use error::EvaluationError;
pub use groups::Group;
pub use label_counts::{Average, ClassMetrics};
pub use mcnemar::{McNemar, mcnemar};
pub use metric::{Intervals, Metric};
pub use mistakes::{Mistake, Mistakes};
pub use multi_label::{
    LabelledText, MultiLabelAverage, MultiLabelEvaluation, MultiLabelIntervals, MultiLabelMetric,
    MultiLabelSummary,
};
pub use ordinal::ordinal_values;
pub use ranking::{
    PrecisionRecallPoint, RocPoint, average_precision, precision_recall_curve, roc_auc, roc_curve,
};
pub use scored_text::{Evaluation, ScoredText};
pub use scoring_rules::{brier_score, log_loss};
pub use summary::Summary;
pub use temperature::{fit_multi_label_temperature, fit_soft_temperature, fit_temperature};
pub use threshold::{OperatingPoint, ThresholdGoal, highest_precision};
