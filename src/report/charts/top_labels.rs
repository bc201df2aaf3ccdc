//! Selection of the labels of a chart.

use crate::report::contents::{Curve, Report};

/// The maximum number of labels in a chart. More are indistinguishable in a legend and unreadable in a matrix.
pub const LABELS_DRAWN: usize = 12;

/// Returns the indices of the labels that are confused most often, in the report's order. Labels of equally many mistakes
/// are the more frequent ones.
pub fn confused(report: &Report) -> Vec<usize> {
    let labels = 0..report.labels.len();
    let mut mistakes = vec![0u64; labels.len()];
    for (actual, row) in report.confusion.iter().enumerate() {
        for (predicted, &count) in row.iter().enumerate() {
            if actual != predicted {
                for label in [actual, predicted] {
                    let Some(mistakes) = mistakes.get_mut(label) else {
                        continue;
                    };
                    *mistakes = mistakes.saturating_add(count);
                }
            }
        }
    }
    let ranks: Vec<(u64, u64)> = labels
        .map(|label| (mistakes[label], support(report, label)))
        .collect();
    largest(&ranks)
}

/// Returns the curves of the most frequent labels, in the report's order.
pub fn curves<'a>(report: &Report, curves: &[&'a Curve]) -> Vec<&'a Curve> {
    let supports: Vec<u64> = curves
        .iter()
        .map(|curve| {
            let label = report.labels.iter().position(|label| *label == curve.name);
            label.map_or(0, |label| support(report, label))
        })
        .collect();
    largest(&supports)
        .into_iter()
        .map(|index| curves[index])
        .collect()
}

/// Returns the note of a chart with curves if some labels are left out.
pub fn note(all: usize) -> Option<String> {
    (all > LABELS_DRAWN).then(|| format!("The {LABELS_DRAWN} most frequent of {all} labels"))
}

/// Returns the note of the confusion matrix if some labels are left out.
pub fn confused_note(all: usize) -> Option<String> {
    (all > LABELS_DRAWN).then(|| format!("The {LABELS_DRAWN} most confused of {all} labels"))
}

fn support(report: &Report, label: usize) -> u64 {
    let row = report.confusion.get(label);
    row.map_or(0, |row| row.iter().copied().fold(0, u64::saturating_add))
}

fn largest<T: Ord + Copy>(ranks: &[T]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ranks.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(ranks[index]));
    order.truncate(LABELS_DRAWN);
    order.sort_unstable();
    order
}
