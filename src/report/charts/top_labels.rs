//! Selection of the most frequent labels for a chart.

use crate::report::contents::{Curve, Report};

/// The maximum number of labels in a chart. More are indistinguishable in a legend and unreadable in a matrix.
pub const LABELS_DRAWN: usize = 12;

/// Returns the indices of the most frequent labels, in the report's order.
pub fn labels(report: &Report) -> Vec<usize> {
    let supports: Vec<u64> = (0..report.labels.len())
        .map(|label| support(report, label))
        .collect();
    largest(&supports)
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

/// Returns the chart note if some labels are left out.
pub fn note(all: usize) -> Option<String> {
    (all > LABELS_DRAWN).then(|| format!("The {LABELS_DRAWN} most frequent of {all} labels"))
}

fn support(report: &Report, label: usize) -> u64 {
    let row = report.confusion.get(label);
    row.map_or(0, |row| row.iter().copied().fold(0, u64::saturating_add))
}

fn largest(supports: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..supports.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(supports[index]));
    order.truncate(LABELS_DRAWN);
    order.sort_unstable();
    order
}
