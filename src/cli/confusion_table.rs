//! The confusion matrix in a terminal, or the most confused pairs of labels if it is too wide.

use std::io::{self, Write};

use sentiment::evaluation::{ConfusedPair, ConfusionMatrix, Evaluation};

use super::columns::{left, right, table_columns, width};
use super::evaluation_table::printable_labels;
use super::styled_text::{ASIDE, HEAD, fitting, styled};
use super::terminal_palette::TerminalPalette;

/// The number of confused label pairs shown in place of the matrix.
const SHOWN_PAIRS: usize = 10;

/// The minimum width of the labels beside a matrix.
const ROW_NAME_COLUMNS: usize = 12;

const ROWS: &str = "actual";
const COLUMNS: &str = "  <- predicted";

/// Writes the confusion matrix. If it is wider than the terminal, its columns have numbers in place of names. If it is
/// still too wide, writes the most confused pairs.
pub fn write_confusion(
    out: &mut impl Write,
    evaluation: &Evaluation,
    palette: TerminalPalette,
) -> io::Result<()> {
    let matrix = evaluation.confusion_matrix();
    let labels = printable_labels(&evaluation.labels);
    match Layout::of(&labels, &matrix, table_columns()) {
        Some(layout) => layout.write(out, &matrix, palette),
        None => write_pairs(out, &labels, &matrix, palette),
    }
}

/// Returns whether the confusion matrix is narrow enough to be shown.
pub fn has_matrix(evaluation: &Evaluation) -> bool {
    let labels = printable_labels(&evaluation.labels);
    Layout::of(&labels, &evaluation.confusion_matrix(), table_columns()).is_some()
}

/// The texts and widths of a matrix.
#[derive(Debug, PartialEq)]
struct Layout {
    rows: Vec<String>,
    columns: Vec<String>,
    row_width: usize,
    /// The width of a column with the space before it.
    column_width: usize,
    /// Whether the meaning of the columns fits beside their heading.
    has_aside: bool,
}

impl Layout {
    /// Returns the layout that fits into a width, preferably with the labels as names of the columns.
    fn of(labels: &[String], matrix: &ConfusionMatrix, terminal: usize) -> Option<Self> {
        let counts = matrix.counts.iter().flatten();
        let counts = counts.map(|count| count.to_string().len()).max()?;
        let names = labels.iter().map(|label| width(label)).max()?;
        let row_width = names.max(ROW_NAME_COLUMNS);
        let column_width = names.max(counts) + 2;
        if row_width + column_width * labels.len() + COLUMNS.len() <= terminal {
            return Some(Self {
                rows: labels.to_vec(),
                columns: labels.to_vec(),
                row_width,
                column_width,
                has_aside: true,
            });
        }
        let numbers = labels.len().to_string().len();
        let column_width = counts.max(numbers) + 1;
        let room = terminal.checked_sub(column_width * labels.len() + numbers + 1)?;
        let name_width = names.min(room);
        let rows = (1..)
            .zip(labels)
            .map(|(number, label)| format!("{number:>numbers$} {}", fitting(label, name_width)));
        let row_width = (numbers + 1 + name_width).max(ROWS.len());
        (room >= names.min(ROW_NAME_COLUMNS)).then(|| Self {
            rows: rows.collect(),
            columns: (1..=labels.len())
                .map(|number| number.to_string())
                .collect(),
            row_width,
            column_width,
            has_aside: row_width + column_width * labels.len() + COLUMNS.len() <= terminal,
        })
    }

    fn write(
        &self,
        out: &mut impl Write,
        matrix: &ConfusionMatrix,
        palette: TerminalPalette,
    ) -> io::Result<()> {
        let columns = self.columns.iter();
        let columns: String = columns.map(|name| right(name, self.column_width)).collect();
        let mut heading = left(ROWS, self.row_width) + &columns;
        match self.has_aside {
            true => heading += COLUMNS,
            false => heading.insert_str(0, &format!("{}predicted\n", left("", self.row_width + 1))),
        }
        writeln!(out, "{}", styled(HEAD, heading))?;
        for (actual, (name, counts)) in self.rows.iter().zip(&matrix.counts).enumerate() {
            write!(out, "{}", left(name, self.row_width))?;
            for (predicted, count) in counts.iter().enumerate() {
                let style = match (actual == predicted, count) {
                    (true, _) => palette.correct(),
                    (false, 0) => ASIDE,
                    (false, _) => palette.wrong(),
                };
                let column_width = self.column_width;
                write!(out, "{}", styled(style, format!("{count:>column_width$}")))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

/// Writes the most confused pairs of labels: their number of texts, and its share of the texts with the actual label.
fn write_pairs(
    out: &mut impl Write,
    labels: &[String],
    matrix: &ConfusionMatrix,
    palette: TerminalPalette,
) -> io::Result<()> {
    let pairs = matrix.confused_pairs();
    if pairs.is_empty() {
        return writeln!(out, "{}", styled(ASIDE, "no confused labels"));
    }
    let shown = &pairs[..pairs.len().min(SHOWN_PAIRS)];
    let column = |of: fn(&ConfusedPair) -> usize, heading: &str| {
        let widths = shown.iter().map(|pair| width(&labels[of(pair)]));
        widths.max().unwrap_or(0).max(heading.len())
    };
    let actual_width = column(|pair| pair.actual, "actual");
    let predicted_width = column(|pair| pair.predicted, "predicted");
    let heading = format!(
        "{:actual_width$}  {:predicted_width$}  texts  share of actual",
        "actual", "predicted"
    );
    writeln!(out, "{}", styled(HEAD, heading))?;
    for pair in shown {
        let share = pair.count as f64 / matrix.class(pair.actual).support as f64;
        writeln!(
            out,
            "{}  {}  {:>5}  {share:>15.4}",
            left(&labels[pair.actual], actual_width),
            styled(
                palette.wrong(),
                left(&labels[pair.predicted], predicted_width)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(labels: usize, terminal: usize) -> Option<Layout> {
        let names: Vec<String> = (0..labels).map(|label| format!("label {label}")).collect();
        let counts = vec![vec![123; labels]; labels];
        Layout::of(&names, &ConfusionMatrix { counts }, terminal)
    }

    fn width_of(layout: &Layout) -> usize {
        layout.row_width + layout.column_width * layout.columns.len()
    }

    #[test]
    fn few_labels_name_their_columns() {
        let layout = layout(3, 80).unwrap();
        assert_eq!(layout.columns, layout.rows);
    }

    #[test]
    fn many_labels_have_numbered_columns_that_fit() {
        for labels in 7..=16 {
            let layout = layout(labels, 80).unwrap();
            assert_eq!(layout.columns.last().unwrap(), &labels.to_string());
            assert!(width_of(&layout) <= 80, "{layout:?}");
            assert!(
                layout.rows[0].trim_start().starts_with("1 label 0"),
                "{layout:?}"
            );
        }
        assert_eq!(layout(19, 80), None);
        assert!(layout(19, 120).is_some());
    }
}
