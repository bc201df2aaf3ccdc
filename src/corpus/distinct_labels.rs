//! The distinct labels of a corpus, and the folding of spellings that mean the same label.

use std::collections::{BTreeMap, HashMap};

use unicode_normalization::is_nfc;

use super::label_key::label_key;
use super::{Example, LabelSet};

/// The maximum number of folded labels that a note lists.
const SHOWN_LABELS: usize = 10;

/// A corpus with more than this many labels of fewer examples than these gets a note.
const MANY_LABELS: usize = 10;
const FEW_EXAMPLES: usize = 3;

/// Returns the distinct labels of examples, in the order of their values if all are finite numbers, otherwise in byte order.
/// `are_sets` says whether the label of an example is a [`LabelSet`].
pub(super) fn distinct(examples: &[Example], are_sets: bool) -> Vec<String> {
    in_order(counts(examples, are_sets).into_keys())
}

/// Returns the number of examples of each label.
fn counts(examples: &[Example], are_sets: bool) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |label: &str| match counts.get_mut(label) {
        Some(count) => *count += 1,
        None => {
            counts.insert(label.to_owned(), 1);
        }
    };
    for Example { label, .. } in examples {
        match are_sets.then(|| LabelSet::parse(label)).flatten() {
            Some(labels) => labels.iter().for_each(&mut count),
            None => count(label),
        }
    }
    counts
}

/// Gives labels that differ in spelling only their most frequent spelling. Returns a list of the folded spellings, if
/// there are any.
pub(super) fn fold(examples: &mut [Example], are_sets: bool) -> Option<String> {
    let counts = counts(examples, are_sets);
    let mut spellings: BTreeMap<String, Vec<(&str, usize)>> = BTreeMap::new();
    for (label, &count) in &counts {
        let key = label_key(label);
        spellings.entry(key).or_default().push((label, count));
    }
    spellings.retain(|_, labels| labels.len() > 1);
    if spellings.is_empty() {
        return None;
    }
    let mut targets: HashMap<String, String> = HashMap::new();
    let mut shown = Vec::new();
    for labels in spellings.values_mut() {
        // The sort is stable: of equally frequent spellings, the first one in composed Unicode characters wins.
        labels.sort_by_key(|(label, count)| (std::cmp::Reverse(*count), !is_nfc(label)));
        let (target, _) = labels[0];
        let others = labels.iter().skip(1);
        let others: Vec<String> = others
            .map(|(label, count)| format!("{label:?} ({count})"))
            .collect();
        for (label, _) in &labels[1..] {
            targets.insert((*label).to_owned(), target.to_owned());
        }
        shown.push(format!("{target:?} for {}", others.join(", ")));
    }
    if shown.len() > SHOWN_LABELS {
        let more = shown.len() - SHOWN_LABELS;
        shown.truncate(SHOWN_LABELS);
        shown.push(format!("{more} more"));
    }
    for Example { label, .. } in examples {
        if let Some(labels) = are_sets.then(|| LabelSet::parse(label)).flatten() {
            let folded = labels.iter();
            let folded = folded.map(|label| targets.get(label).map_or(label, String::as_str));
            *label = folded.collect::<LabelSet>().to_string();
        } else if let Some(target) = targets.get(label) {
            label.clone_from(target);
        }
    }
    Some(shown.join("; "))
}

/// Returns labels in the order of their values if all are finite numbers, otherwise in their order.
pub(super) fn in_order(labels: impl Iterator<Item = String>) -> Vec<String> {
    let labels: Vec<String> = labels.collect();
    let value = |label: &String| label.parse().ok().filter(|value: &f64| value.is_finite());
    let Some(values) = labels.iter().map(value).collect::<Option<Vec<f64>>>() else {
        return labels;
    };
    let mut by_value: Vec<(f64, String)> = values.into_iter().zip(labels).collect();
    // Stable: spellings of one number keep their order.
    by_value.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    by_value.into_iter().map(|(_, label)| label).collect()
}

/// Returns the number of labels with few examples if they are many: a column of names or numbers, perhaps.
pub(super) fn rare(examples: &[Example], are_sets: bool) -> Option<usize> {
    let rare = counts(examples, are_sets)
        .into_values()
        .filter(|count| *count < FEW_EXAMPLES)
        .count();
    (rare > MANY_LABELS).then_some(rare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_order_of_their_values() {
        let order = |labels: &[&str]| {
            let mut labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
            labels.sort();
            in_order(labels.into_iter())
        };
        assert_eq!(order(&["10", "2", "-1", "1.5"]), ["-1", "1.5", "2", "10"]);
        assert_eq!(order(&["1.0", "1", "0"]), ["0", "1", "1.0"]);
        assert_eq!(order(&["10", "2", "b"]), ["10", "2", "b"]);
    }
}
