//! The tables of `sentiment eval`. The output has styles, which a stream other than a terminal removes.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use sentiment::evaluation::{
    Average, ClassMetrics, ConfusedPair, Evaluation, Group, Intervals, Metric, Mistake,
};

use super::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, excerpt, range, styled};

/// The maximum number of labels in a confusion matrix. With more, the most confused pairs take its place.
const MATRIX_LABELS: usize = 12;

/// The number of confused label pairs shown in place of the confusion matrix, and beside it.
const SHOWN_PAIRS: usize = 10;
const SHOWN_PAIRS_BESIDE_MATRIX: usize = 5;

/// The maximum number of labels with a row of metrics each. With more, only the lowest and the highest F1 are shown.
const SHOWN_LABELS: usize = 40;

/// The number of labels with the lowest and with the highest F1 shown.
const EXTREME_LABELS: usize = 10;

const CORRECT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();

/// Writes the metrics of each class and their means, the scalar metrics with 95% confidence intervals, and the confusion
/// matrix, or for many labels the most confused pairs.
pub fn write_evaluation(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
) -> io::Result<()> {
    write_classes(out, evaluation)?;
    writeln!(out)?;
    write_metrics(out, evaluation, intervals)?;
    writeln!(out)?;
    match evaluation.labels.len() <= MATRIX_LABELS {
        true => write_matrix(out, evaluation),
        false => write_confused_pairs(out, evaluation),
    }
}

/// Returns the labels, escaped and shortened.
pub(super) fn printable_labels(labels: &[String]) -> Vec<String> {
    let labels = labels.iter();
    labels.map(|label| cut(label, LABEL_CHARACTERS)).collect()
}

/// Returns the width of the label column.
pub(super) fn label_width(labels: &[String]) -> usize {
    let widths = labels.iter().map(|label| label.chars().count());
    widths.max().unwrap_or(0).max(12)
}

fn write_classes(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(&evaluation.labels);
    let width = label_width(&labels);
    let heading = format!("{:width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let row = |name: &str, metrics: ClassMetrics| {
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = metrics;
        format!("{name:width$}  {precision:>9.4}  {recall:>6.4}  {f1_score:>6.4}  {support:>7}")
    };
    let classes = matrix.classes();
    let mut shown = matrix.present_labels();
    let (present, absent) = (shown.len(), labels.len() - shown.len());
    if present > SHOWN_LABELS {
        shown.sort_by(|&a, &b| classes[a].f1_score.total_cmp(&classes[b].f1_score));
        shown.drain(EXTREME_LABELS..present - EXTREME_LABELS);
    }
    for (position, &label) in shown.iter().enumerate() {
        if present > SHOWN_LABELS && position == EXTREME_LABELS {
            let between = present - shown.len();
            let note = format!(
                "… {between} labels with F1 between these; `sentiment eval --json -` prints all"
            );
            writeln!(out, "{}", styled(ASIDE, note))?;
        }
        writeln!(out, "{}", row(&labels[label], classes[label]))?;
    }
    writeln!(out, "{}", row("macro avg", matrix.average(Average::Macro)))?;
    let weighted = matrix.average(Average::Weighted);
    writeln!(out, "{}", row("weighted avg", weighted))?;
    if absent > 0 {
        let note = format!(
            "labels without texts or predictions, not in the averages: {absent} of {}",
            labels.len()
        );
        writeln!(out, "{}", styled(ASIDE, note))?;
    }
    Ok(())
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
    let labels = printable_labels(&evaluation.labels);
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

/// Writes the most confused pairs of labels: their number of texts, and its share of the texts with the actual label.
fn write_confused_pairs(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(&evaluation.labels);
    let pairs = matrix.confused_pairs();
    if pairs.is_empty() {
        return writeln!(out, "{}", styled(ASIDE, "no confused labels"));
    }
    let shown = &pairs[..pairs.len().min(SHOWN_PAIRS)];
    let width = |of: fn(&ConfusedPair) -> usize, heading: &str| {
        let widths = shown.iter().map(|pair| labels[of(pair)].chars().count());
        widths.max().unwrap_or(0).max(heading.len())
    };
    let actual_width = width(|pair| pair.actual, "actual");
    let predicted_width = width(|pair| pair.predicted, "predicted");
    let heading = format!(
        "{:actual_width$}  {:predicted_width$}  texts  share of actual",
        "actual", "predicted"
    );
    writeln!(out, "{}", styled(HEAD, heading))?;
    for pair in shown {
        let share = pair.count as f64 / matrix.class(pair.actual).support as f64;
        writeln!(
            out,
            "{:actual_width$}  {}  {:>5}  {share:>15.4}",
            labels[pair.actual],
            styled(
                WRONG,
                format!("{:predicted_width$}", labels[pair.predicted])
            ),
            pair.count
        )?;
    }
    let more = pairs.len() - shown.len();
    if more > 0 {
        let note = format!("… {more} more pairs; `sentiment eval --json -` prints all");
        writeln!(out, "{}", styled(ASIDE, note))?;
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
    let labels = printable_labels(&evaluation.labels);
    let pairs = evaluation.confusion_matrix().confused_pairs();
    if (3..=MATRIX_LABELS).contains(&labels.len()) && !pairs.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "most confused labels"))?;
        for pair in pairs.iter().take(SHOWN_PAIRS_BESIDE_MATRIX) {
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
