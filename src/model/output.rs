//! The kind of a model's output.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of a model's output: how many labels a text has, and whether they have an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputKind {
    /// One of several labels without an order.
    #[default]
    Single,
    /// One of several labels that are numbers, such as stars.
    Ordinal,
    /// Any number of labels, also none.
    MultiLabel,
}

impl fmt::Display for OutputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Single => "single",
            Self::Ordinal => "ordinal",
            Self::MultiLabel => "multi-label",
        })
    }
}

/// Returns the values of labels that are numbers in ascending order, such as `1`, `2.5`, `10`; `None` for other labels.
pub fn label_values(labels: &[String]) -> Option<Vec<f64>> {
    let values = labels.iter().map(|label| label_value(label));
    let values: Vec<f64> = values.collect::<Option<_>>()?;
    values.is_sorted_by(|a, b| a < b).then_some(values)
}

/// Returns the value of a label that is a finite number.
pub fn label_value(label: &str) -> Option<f64> {
    let value: f64 = label.trim().parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_ascending_numbers() {
        let values = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|&label| label.into()).collect();
            label_values(&labels)
        };
        assert_eq!(
            values(&["-1", "0.5", "2", "10"]),
            Some(vec![-1.0, 0.5, 2.0, 10.0])
        );
        for labels in [["1", "10", "2"], ["1", "1.0", "2"], ["1", "2", "nan"]] {
            assert_eq!(values(&labels), None, "{labels:?}");
        }
        assert_eq!(values(&["1", "good"]), None);
    }
}
