//! An evaluation as tables. What is written is styled; a stream that is no terminal takes the styles out.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use sentiment::evaluation::{Average, ClassMetrics, Evaluation, Figure, Group, Intervals, Mistake};

use super::styled_text::{ASIDE, HEAD, LABEL_CHARACTERS, cut, excerpt, range, styled};

/// Pairs of labels that are shown of those which are confused.
const SHOWN_PAIRS: usize = 5;

const RIGHT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();

/// Writes the figures of each class and their means, the headline figures with their 95% intervals, and the
/// confusion matrix.
pub fn write_evaluation(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
) -> io::Result<()> {
    write_classes(out, evaluation)?;
    writeln!(out)?;
    write_figures(out, evaluation, intervals)?;
    writeln!(out)?;
    write_matrix(out, evaluation)
}

/// The labels as they can be shown.
fn printable_labels(evaluation: &Evaluation) -> Vec<String> {
    let labels = evaluation.labels.iter();
    labels.map(|label| cut(label, LABEL_CHARACTERS)).collect()
}

/// The width of the column of labels.
fn label_width(labels: &[String]) -> usize {
    let widths = labels.iter().map(|label| label.chars().count());
    widths.max().unwrap_or(0).max(12)
}

fn write_classes(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(evaluation);
    let width = label_width(&labels);
    let head = format!("{:width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", styled(HEAD, head))?;
    let mut row = |name: &str, figures: ClassMetrics| {
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = figures;
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

fn write_figures(
    out: &mut impl Write,
    evaluation: &Evaluation,
    intervals: &Intervals,
) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        styled(HEAD, format!("{:20}          95% interval", ""))
    )?;
    let figures = Figure::ALL.iter().zip(evaluation.figures());
    for ((figure, value), interval) in figures.zip(intervals) {
        let name = figure.name();
        if value.is_finite() {
            let interval = styled(ASIDE, range(*interval));
            writeln!(out, "{name:20}  {value:.4}  {interval}")?;
        } else {
            writeln!(out, "{name:20}       -  one class is not there")?;
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
    let mut head = format!("{:label_width$}", "actual");
    for label in &labels {
        head += &format!("  {label:>width$}");
    }
    writeln!(out, "{}", styled(HEAD, head + "  <- predicted"))?;
    for (actual, (label, counts)) in labels.iter().zip(&matrix.counts).enumerate() {
        write!(out, "{label:label_width$}")?;
        for (predicted, &count) in counts.iter().enumerate() {
            let style = match (actual == predicted, count) {
                (true, _) => RIGHT,
                (false, 0) => ASIDE,
                (false, _) => WRONG,
            };
            write!(out, "  {}", styled(style, format!("{count:>width$}")))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes accuracy by length and by coverage, the labels that are confused most, and mistakes.
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
        writeln!(out, "\n{}", styled(HEAD, "confused most"))?;
        for pair in pairs.iter().take(SHOWN_PAIRS) {
            let (actual, predicted) = (&labels[pair.actual], &labels[pair.predicted]);
            writeln!(out, "{:>7}  {actual} taken for {predicted}", pair.count)?;
        }
    }
    if !mistakes.is_empty() {
        writeln!(out, "\n{}", styled(HEAD, "surest mistakes"))?;
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
    let head = format!("{name:width$}    texts  accuracy  95% interval");
    writeln!(out, "{}", styled(HEAD, head))?;
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
