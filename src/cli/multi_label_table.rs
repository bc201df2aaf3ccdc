//! The tables of a multi-label evaluation.

use std::io::{self, Write};

use sentiment::evaluation::{
    ClassMetrics, MultiLabelAverage, MultiLabelEvaluation, MultiLabelIntervals, MultiLabelMetric,
};
use sentiment::model::Thresholds;

use super::columns::left;
use super::evaluation_table::{label_width, printable_labels};
use super::styled_text::{ASIDE, HEAD, range, styled};

/// Writes the metrics of each label and their averages, and the scalar metrics with 95% confidence intervals.
pub fn write_multi_label(
    out: &mut impl Write,
    evaluation: &MultiLabelEvaluation,
    intervals: &MultiLabelIntervals,
) -> io::Result<()> {
    let labels = printable_labels(&evaluation.labels);
    let width = label_width(&labels);
    let heading = format!("{:width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let mut row = |name: &str, metrics: ClassMetrics| {
        let name = left(name, width);
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = metrics;
        writeln!(
            out,
            "{name}  {precision:>9.4}  {recall:>6.4}  {f1_score:>6.4}  {support:>7}"
        )
    };
    for (index, label) in labels.iter().enumerate() {
        row(label, evaluation.class(index))?;
    }
    for average in MultiLabelAverage::ALL {
        row(average.name(), evaluation.average(average))?;
    }
    let heading = format!("\n{:20}          95% interval", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let metrics = MultiLabelMetric::ALL.iter().zip(evaluation.metrics());
    for ((metric, value), interval) in metrics.zip(intervals) {
        let interval = styled(ASIDE, range(*interval));
        writeln!(out, "{:20}  {value:.4}  {interval}", metric.name())?;
    }
    Ok(())
}

/// Writes the thresholds with the metrics of the predictions with them. `before` is the micro F1 without thresholds.
pub fn write_thresholds(
    out: &mut impl Write,
    thresholds: &Thresholds,
    before: f64,
    evaluation: &MultiLabelEvaluation,
) -> io::Result<()> {
    let printable = printable_labels(&evaluation.labels);
    let width = label_width(&printable);
    let heading = format!("{:width$}  threshold  precision  recall      f1", "label");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let labels = evaluation.labels.iter().zip(&printable).enumerate();
    for (index, (label, name)) in labels {
        let threshold = thresholds.get(label);
        let threshold = threshold.map_or("-".into(), |threshold| format!("{threshold:.4}"));
        let class = evaluation.class(index);
        writeln!(
            out,
            "{}  {threshold:>9}  {:>9.4}  {:>6.4}  {:>6.4}",
            left(name, width),
            class.precision,
            class.recall,
            class.f1_score
        )?;
    }
    let after = evaluation.average(MultiLabelAverage::Micro).f1_score;
    writeln!(
        out,
        "micro F1 {before:.4} without thresholds, {after:.4} with them"
    )
}
