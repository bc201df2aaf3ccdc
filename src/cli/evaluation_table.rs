//! An evaluation as tables. The output is styled; a stream that is not a terminal strips the styles.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use sentiment::evaluation::{
    Average, ClassMetrics, Evaluation, Group, Interval, Intervals, Metric, Mistake,
};
use sentiment::printable::Printable;

/// The number of characters shown of a text.
const SHOWN_CHARACTERS: usize = 100;

/// The number of characters shown of a label.
pub const LABEL_CHARACTERS: usize = 40;

/// The number of confused pairs of labels shown.
const SHOWN_PAIRS: usize = 5;

const HEAD: Style = Style::new().bold();
const ASIDE: Style = Style::new().dimmed();
const RIGHT: Style = AnsiColor::Green.on_default();
const WRONG: Style = AnsiColor::Red.on_default();

/// Returns standard output, styled on a terminal unless `NO_COLOR` is set.
pub fn styled_output() -> impl Write {
    anstream::AutoStream::auto(io::stdout().lock())
}

/// Formats a text in a style.
fn cell(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes the metrics of each class and their means, the scalar metrics with 95% confidence intervals, and the confusion
/// matrix.
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
    let head = format!("{:width$}  precision  recall      f1  support", "");
    writeln!(out, "{}", cell(HEAD, head))?;
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
        cell(HEAD, format!("{:20}          95% interval", ""))
    )?;
    let metrics = Metric::ALL.iter().zip(evaluation.metrics());
    for ((metric, value), interval) in metrics.zip(intervals) {
        let name = metric.name();
        if value.is_finite() {
            let interval = cell(ASIDE, range(*interval));
            writeln!(out, "{name:20}  {value:.4}  {interval}")?;
        } else {
            writeln!(out, "{name:20}       -  undefined with a single class")?;
        }
    }
    Ok(())
}

/// Formats an interval.
pub fn range(Interval { low, high }: Interval) -> String {
    format!("{low:.4} to {high:.4}")
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
    writeln!(out, "{}", cell(HEAD, head + "  <- predicted"))?;
    for (actual, (label, counts)) in labels.iter().zip(&matrix.counts).enumerate() {
        write!(out, "{label:label_width$}")?;
        for (predicted, &count) in counts.iter().enumerate() {
            let style = match (actual == predicted, count) {
                (true, _) => RIGHT,
                (false, 0) => ASIDE,
                (false, _) => WRONG,
            };
            write!(out, "  {}", cell(style, format!("{count:>width$}")))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Writes accuracy by length and by coverage, the most frequently confused labels, and mistakes.
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
        writeln!(out, "\n{}", cell(HEAD, "most confused labels"))?;
        for pair in pairs.iter().take(SHOWN_PAIRS) {
            let (actual, predicted) = (&labels[pair.actual], &labels[pair.predicted]);
            writeln!(out, "{:>7}  {actual} predicted as {predicted}", pair.count)?;
        }
    }
    if !mistakes.is_empty() {
        writeln!(out, "\n{}", cell(HEAD, "most confident mistakes"))?;
    }
    for mistake in mistakes {
        let predicted = cell(WRONG, &labels[mistake.predicted]);
        writeln!(
            out,
            "{predicted} {:.4}, not {}: {}",
            mistake.score,
            labels[mistake.actual],
            cell(ASIDE, excerpt(&mistake.text))
        )?;
    }
    Ok(())
}

fn write_groups(out: &mut impl Write, name: &str, groups: &[Group]) -> io::Result<()> {
    let width = groups.iter().map(|group| group.name.len()).max();
    let width = width.unwrap_or(0).max(name.len());
    let head = format!("{name:width$}    texts  accuracy  95% interval");
    writeln!(out, "{}", cell(HEAD, head))?;
    for group in groups {
        writeln!(
            out,
            "{:width$}  {:>7}    {:.4}  {}",
            group.name,
            group.texts,
            group.accuracy(),
            cell(ASIDE, range(group.interval))
        )?;
    }
    Ok(())
}

/// Returns the start of a text on one line.
pub fn excerpt(text: &str) -> String {
    cut(text, SHOWN_CHARACTERS)
}

/// Returns at most `characters` characters of a text on one line.
pub fn cut(text: &str, characters: usize) -> String {
    let printable = Printable(text).to_string();
    match printable.char_indices().nth(characters) {
        None => printable,
        Some((end, _)) => format!("{}…", &printable[..end]),
    }
}

/// Formats values as bars, scaled from the minimum to the maximum.
pub fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let share = (value - low) / (high - low);
        // NaN if all values are equal, which casts to 0.
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(|&value| bar(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_goes_from_the_lowest_to_the_highest() {
        assert_eq!(sparkline(&[0.5, 0.2, 0.36, 0.5]), "█▁▅█");
        assert_eq!(sparkline(&[0.5, 0.5]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        assert_eq!(excerpt("a\tb"), "a\\tb");
        let long = "ü".repeat(101);
        assert_eq!(excerpt(&long).chars().count(), 101);
        assert!(excerpt(&long).ends_with('…'));
    }
}
