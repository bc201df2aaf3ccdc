//! Measuring a classifier on labelled texts.

mod calibration;
mod comparison;
mod confidence_interval;
mod confusion_matrix;
mod disagreements;
mod error;
mod evaluate;
mod groups;
mod mcnemar;
mod metric;
mod mistakes;
mod ranking;
mod scoring_rules;
mod summary;
mod temperature;
mod threshold;

pub use calibration::{ReliabilityBin, expected_calibration_error, reliability_diagram};
pub use comparison::Comparison;
pub use confidence_interval::{Interval, bootstrap, wilson};
pub use confusion_matrix::{Average, ClassMetrics, ConfusedPair, ConfusionMatrix};
pub use disagreements::Disagreements;
pub use error::EvaluationError;
pub use evaluate::{Evaluation, ScoredText};
pub use groups::Group;
pub use mcnemar::{McNemar, mcnemar};
pub use metric::{Intervals, Metric};
pub use mistakes::{Mistake, Mistakes};
pub use ranking::{
    PrecisionRecallPoint, RocPoint, average_precision, precision_recall_curve, roc_auc, roc_curve,
};
pub use scoring_rules::{brier_score, log_loss};
pub use summary::Summary;
pub use temperature::fit_temperature;
pub use threshold::{OperatingPoint, ThresholdGoal};
