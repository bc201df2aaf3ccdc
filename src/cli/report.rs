//! An evaluation as a table.

use std::io::{self, Write};

use sentiment::evaluation::{Average, ClassMetrics, Evaluation};
use sentiment::printable::Printable;

/// Writes the figures of each class and their means, and the confusion matrix.
pub fn write_evaluation(out: &mut impl Write, evaluation: &Evaluation) -> io::Result<()> {
    let matrix = &evaluation.confusion_matrix;
    let labels: Vec<String> = evaluation
        .labels
        .iter()
        .map(|label| Printable(label).to_string())
        .collect();
    let label_width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0)
        .max(12);

    writeln!(
        out,
        "{:label_width$}  precision  recall      f1  support",
        ""
    )?;
    let mut row = |name: &str, figures: ClassMetrics| {
        let ClassMetrics {
            precision,
            recall,
            f1_score,
            support,
        } = figures;
        writeln!(
            out,
            "{name:label_width$}  {precision:>9.4}  {recall:>6.4}  {f1_score:>6.4}  {support:>7}"
        )
    };
    for (index, label) in labels.iter().enumerate() {
        row(label, matrix.class(index))?;
    }
    row("macro avg", matrix.average(Average::Macro))?;
    row("weighted avg", matrix.average(Average::Weighted))?;
    writeln!(out, "\naccuracy {:.4}\n", matrix.accuracy())?;

    let counts = matrix
        .counts
        .iter()
        .flatten()
        .map(|count| count.to_string().len());
    let widths = labels.iter().map(|label| label.chars().count());
    let width = counts.chain(widths).max().unwrap_or(0);
    write!(out, "{:label_width$}", "actual")?;
    for label in &labels {
        write!(out, "  {label:>width$}")?;
    }
    writeln!(out, "  <- predicted")?;
    for (label, counts) in labels.iter().zip(&matrix.counts) {
        write!(out, "{label:label_width$}")?;
        for count in counts {
            write!(out, "  {count:>width$}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
