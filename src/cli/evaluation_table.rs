//! The tables of `sentiment eval`. The output has styles, which a stream other than a terminal removes.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use sentiment::evaluation::{Average, ClassMetrics, Evaluation, Group, Intervals, Metric, Mistake};

use super::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, excerpt, range, styled};

/// The number of confused label pairs shown.
const SHOWN_PAIRS: usize = 5;

const CORRECT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();

/// Writes the metrics of each class and their means, the scalar metrics with 95% confidence intervals, and the confusion
/// matrix.
pub fn write_evaluation(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
) -> io::Result<()> {
    write_classes(out, evaluation)?;
    writeln!(out)?;
    write_metrics(out, evaluation, intervals)?;
    writeln!(out)?;
    write_matrix(out, evaluation)
}

/// Returns the labels, escaped and shortened.
fn printable_labels(evaluation: &Evaluation) -> Vec<String> {
    let labels = evaluation.labels.iter();
    labels.map(|label| cut(label, LABEL_CHARACTERS)).collect()
}

/// Returns the width of the label column.
fn label_width(labels: &[String]) -> usize {
    let widths = labels.iter().map(|label| label.chars().count());
    widths.max().unwrap_or(0).max(12)
}

fn write_classes(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(evaluation);
    let width = label_width(&labels);
    let heading = format!("{:width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let mut row = |name: &str, metrics: ClassMetrics| {
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = metrics;
        writeln!(
            out,
            "{name:width$}  {precision:>9.4}  {recall:>6.4}  {f1_score:>6.4}  {support:>7}"
        )
    };
    for (index, label) in labels.iter().enumerate() {
        row(label, matrix.class(index))?;
    }
    row("macro avg", matrix.average(Average::Macro))?;
    row("weighted avg", matrix.average(Average::Weighted))
}

fn write_metrics(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        styled(HEAD, format!("{:20}          95% interval", ""))
    )?;
    let metrics = Metric::all_of(&evaluation.labels)
        .iter()
        .zip(evaluation.metrics());
    for ((metric, value), interval) in metrics.zip(intervals) {
        let name = metric.name();
        if value.is_finite() {
            let interval = styled(ASIDE, range(*interval));
            writeln!(out, "{name:20}  {value:.4}  {interval}")?;
        } else {
            writeln!(out, "{name:20}       -  undefined with a single class")?;
        }
    }
    Ok(())
}

fn write_matrix(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(evaluation);
    let label_width = label_width(&labels);
    let counts = matrix.counts.iter().flatten();
    let counts = counts.map(|count| count.to_string().len());
    let widths = labels.iter().map(|label| label.chars().count());
    let width = counts.chain(widths).max().unwrap_or(0);
    let mut heading = format!("{:label_width$}", "actual");
    for label in &labels {
        heading += &format!("  {label:>width$}");
    }
    writeln!(out, "{}", styled(HEAD, heading + "  <- predicted"))?;
    for (actual, (label, counts)) in labels.iter().zip(&matrix.counts).enumerate() {
        write!(out, "{label:label_width$}")?;
        for (predicted, &count) in counts.iter().enumerate() {
            let style = match (actual == predicted, count) {
                (true, _) => CORRECT,
                (false, 0) => ASIDE,
                (false, _) => WRONG,
            };
            write!(out, "  {}", styled(style, format!("{count:>width$}")))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes the accuracy by text length and by vocabulary coverage, the most frequently confused labels, and mistakes.
pub fn write_details(
    out: &mut impl Write,
    evaluation: &Evaluation,
    mistakes: &[Mistake],
) -> io::Result<()> {
    writeln!(out)?;
    write_groups(out, "length", &Group::by_length(evaluation))?;
    writeln!(out)?;
    write_groups(out, "coverage", &Group::by_coverage(evaluation))?;
    let labels = printable_labels(evaluation);
    let pairs = evaluation.confusion_matrix().confused_pairs();
    if labels.len() > 2 && !pairs.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "most confused labels"))?;
        for pair in pairs.iter().take(SHOWN_PAIRS) {
            let (actual, predicted) = (&labels[pair.actual], &labels[pair.predicted]);
            writeln!(out, "{:>7}  {actual} predicted as {predicted}", pair.count)?;
        }
    }
    if !mistakes.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "most confident mistakes"))?;
    }
    for mistake in mistakes {
        let predicted = styled(WRONG, &labels[mistake.predicted]);
        writeln!(
            out,
            "{predicted} {:.4}, not {}: {}",
            mistake.score,
            labels[mistake.actual],
            styled(ASIDE, excerpt(&mistake.text))
        )?;
    }
    Ok(())
}

fn write_groups(out: &mut impl Write, name: &str, groups: &[Group]) -> io::Result<()> {
    let width = groups.iter().map(|group| group.name.len()).max();
    let width = width.unwrap_or(0).max(name.len());
    let heading = format!("{name:width$}    texts  accuracy  95% interval");
    writeln!(out, "{}", styled(HEAD, heading))?;
    for group in groups {
        writeln!(
            out,
            "{:width$}  {:>7}    {:.4}  {}",
            group.name,
            group.texts,
            group.accuracy(),
            styled(ASIDE, range(group.interval))
        )?;
    }
    Ok(())
}
