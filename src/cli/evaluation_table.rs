//! The tables of `sentiment eval`. The output has styles, which a stream other than a terminal removes.

use std::io::{self, Write};

use sentiment::evaluation::{
    Average, ClassMetrics, Evaluation, Group, Intervals, Metric, Mistake, ordinal_values,
};

use super::columns::{left, width};
use super::confusion_table::{has_matrix, write_confusion};
use super::console::Console;
use super::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, excerpt, range, styled};
use super::terminal_palette::TerminalPalette;

/// The number of confused label pairs shown beside the confusion matrix.
const SHOWN_PAIRS: usize = 5;

/// The maximum number of labels with a row of metrics each. With more, only the lowest and the highest F1 are shown.
const SHOWN_LABELS: usize = 40;

/// The number of labels with the lowest and with the highest F1 shown.
const EXTREME_LABELS: usize = 10;

/// How much of an evaluation to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The main metrics.
    Summary,
    /// All metrics.
    All,
}

impl Detail {
    /// Returns all metrics for a verbose console.
    pub fn of(console: &Console) -> Self {
        match console.verbose {
            true => Self::All,
            false => Self::Summary,
        }
    }
}

/// Writes scalar metrics with 95% confidence intervals, and the confusion matrix or for many labels the most confused
/// pairs. In detail, writes the metrics of each class and their means before them.
pub fn write_evaluation(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
    detail: Detail,
) -> io::Result<()> {
    if detail == Detail::All {
        write_classes(out, evaluation)?;
        writeln!(out)?;
    }
    write_metrics(out, evaluation, intervals, detail)?;
    writeln!(out)?;
    write_confusion(out, evaluation, TerminalPalette::of_output())
}

/// Returns the labels, escaped and shortened.
pub(super) fn printable_labels(labels: &[String]) -> Vec<String> {
    let labels = labels.iter();
    labels.map(|label| cut(label, LABEL_CHARACTERS)).collect()
}

/// Returns the width of the label column.
pub(super) fn label_width(labels: &[String]) -> usize {
    let widths = labels.iter().map(|label| width(label));
    widths.max().unwrap_or(0).max(12)
}

fn write_classes(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(&evaluation.labels);
    let name_width = label_width(&labels);
    let heading = format!("{:name_width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    let row = |name: &str, metrics: ClassMetrics| {
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = metrics;
        let name = left(name, name_width);
        format!("{name}  {precision:>9.4}  {recall:>6.4}  {f1_score:>6.4}  {support:>7}")
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
    detail: Detail,
) -> io::Result<()> {
    let metrics = Metric::all_of(&evaluation.labels)
        .iter()
        .zip(evaluation.metrics())
        .zip(intervals);
    let is_numbered = ordinal_values(&evaluation.labels).is_some();
    let is_shown = |metric: Metric| match metric {
        Metric::Accuracy | Metric::MacroF1 => true,
        Metric::MeanAbsoluteError => is_numbered,
        _ => detail == Detail::All,
    };
    let heading = format!("{:20}          95% interval", "");
    writeln!(out, "{}", styled(HEAD, heading))?;
    for ((metric, value), interval) in metrics.filter(|((metric, _), _)| is_shown(**metric)) {
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

/// Writes the accuracy by text length and by vocabulary coverage, and the most frequently confused labels.
pub fn write_groups_and_pairs(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    writeln!(out)?;
    write_groups(out, "length", &Group::by_length(evaluation))?;
    writeln!(out)?;
    write_groups(out, "coverage", &Group::by_coverage(evaluation))?;
    let labels = printable_labels(&evaluation.labels);
    let pairs = evaluation.confusion_matrix().confused_pairs();
    if labels.len() > 2 && !pairs.is_empty() && has_matrix(evaluation) {
        writeln!(out, "\n{}", styled(HEAD, "most confused labels"))?;
        for pair in pairs.iter().take(SHOWN_PAIRS) {
            let (actual, predicted) = (&labels[pair.actual], &labels[pair.predicted]);
            writeln!(out, "{:>7}  {actual} predicted as {predicted}", pair.count)?;
        }
    }
    Ok(())
}

/// Writes the most confident mistakes.
pub fn write_mistakes(
    out: &mut impl Write,
    labels: &[String],
    mistakes: &[Mistake],
) -> io::Result<()> {
    let labels = printable_labels(labels);
    let palette = TerminalPalette::of_output();
    if !mistakes.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "most confident mistakes"))?;
    }
    for mistake in mistakes {
        let predicted = &labels[mistake.predicted];
        let actual = &labels[mistake.actual];
        let rest = format!(" {:.4}, not {actual}: ", mistake.score);
        let text = excerpt(&mistake.text, &format!("{predicted}{rest}"));
        let predicted = styled(palette.wrong(), predicted);
        writeln!(out, "{predicted}{rest}{}", styled(ASIDE, text))?;
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
