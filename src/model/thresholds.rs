//! The minimum probabilities of labels.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The minimum probability at which each label is predicted. A label may have none.
///
/// The JSON form is a map from label to probability. Before format version 6 it was one number, the threshold of the
/// second of two labels, or null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    by_label: BTreeMap<String, f64>,
    /// The threshold of the second label in an older file, until [`Thresholds::name_second_label`].
    second_label: Option<f64>,
}

impl Thresholds {
    /// Returns the threshold of a label.
    pub fn get(&self, label: &str) -> Option<f64> {
        self.by_label.get(label).copied()
    }

    /// Sets the threshold of a label.
    pub fn set(&mut self, label: &str, threshold: f64) {
        self.by_label.insert(label.into(), threshold);
    }

    /// Returns whether no label has a threshold.
    pub fn is_empty(&self) -> bool {
        self.by_label.is_empty() && self.second_label.is_none()
    }

    /// Returns the labels that have a threshold, sorted, with their thresholds.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        let by_label = self.by_label.iter();
        by_label.map(|(label, &threshold)| (label.as_str(), threshold))
    }

    /// Checks that all thresholds are probabilities of these labels. Returns what is wrong.
    pub(super) fn check(&self, labels: &[String]) -> Result<(), String> {
        if self.second_label.is_some() {
            return Err(format!(
                "one threshold requires two labels, and the model has {}",
                labels.len()
            ));
        }
        for (label, threshold) in self.iter() {
            if !labels.iter().any(|known| known == label) {
                return Err(format!(
                    "the model has no label {label:?}, which has a threshold"
                ));
            }
            if !(0.0..=1.0).contains(&threshold) {
                return Err(format!(
                    "the threshold of {label:?} is {threshold}: it must be from 0 to 1"
                ));
            }
        }
        Ok(())
    }

    /// Names the label of a threshold from an older file: the second of two.
    pub(super) fn name_second_label(&mut self, labels: &[String]) {
        if let [_, second] = labels
            && let Some(threshold) = self.second_label.take()
        {
            self.set(second, threshold);
        }
    }

    /// Returns the form before format version 6, `Some(None)` without thresholds. `None` if another label than the
    /// second of two has a threshold.
    pub(super) fn of_second_label(&self, labels: &[String]) -> Option<Option<f64>> {
        match labels {
            _ if self.is_empty() => Some(None),
            [_, second] if self.by_label.len() == 1 => self.get(second).map(Some),
            _ => None,
        }
    }
}

impl<L: Into<String>> FromIterator<(L, f64)> for Thresholds {
    fn from_iter<I: IntoIterator<Item = (L, f64)>>(thresholds: I) -> Self {
        let thresholds = thresholds.into_iter();
        Self {
            by_label: thresholds
                .map(|(label, threshold)| (label.into(), threshold))
                .collect(),
            second_label: None,
        }
    }
}

impl Serialize for Thresholds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.by_label.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Thresholds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(
            untagged,
            expecting = "expected a probability, or a map from labels to probabilities"
        )]
        enum Saved {
            SecondLabel(f64),
            ByLabel(BTreeMap<String, f64>),
        }
        let mut thresholds = Self::default();
        match Option::deserialize(deserializer)? {
            None => {}
            Some(Saved::SecondLabel(threshold)) => thresholds.second_label = Some(threshold),
            Some(Saved::ByLabel(by_label)) => thresholds.by_label = by_label,
        }
        Ok(thresholds)
    }
}
