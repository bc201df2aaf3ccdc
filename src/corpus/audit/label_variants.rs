//! Labels that differ only in spelling.

use std::collections::BTreeMap;

use serde::Serialize;

use super::LabelCount;
use crate::corpus::label_key;

/// A label that differs from another only in spelling ([`label_key()`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelVariant {
    /// The label.
    pub label: String,
    /// The number of training examples.
    pub train_rows: usize,
    /// The number of validation examples.
    pub validation_rows: usize,
}

/// Returns the groups of two or more labels, in either corpus, that have the same [`label_key()`].
pub(super) fn label_variants(
    train: &[LabelCount],
    validation: &[LabelCount],
) -> Vec<Vec<LabelVariant>> {
    let mut rows: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for (corpus, counts) in [train, validation].into_iter().enumerate() {
        for count in counts {
            rows.entry(&count.label).or_default()[corpus] = count.rows;
        }
    }
    let mut groups: BTreeMap<String, Vec<LabelVariant>> = BTreeMap::new();
    for (label, [train_rows, validation_rows]) in rows {
        groups
            .entry(label_key(label))
            .or_default()
            .push(LabelVariant {
                label: label.to_owned(),
                train_rows,
                validation_rows,
            });
    }
    let mut groups: Vec<Vec<LabelVariant>> = groups.into_values().collect();
    groups.retain(|group| group.len() > 1);
    groups
}
