//! The labels of a text that may have several.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

/// The distinct labels of a text, in byte order; none is allowed.
///
/// `LabelSet::to_string` returns a JSON list, which is the label of an [`Example`](super::Example) in a corpus of
/// several labels a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSet(BTreeSet<String>);

impl LabelSet {
    /// Parses a JSON list of strings, numbers and booleans; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with('[') {
            return None;
        }
        let values: Vec<Value> = serde_json::from_str(text).ok()?;
        let labels = values.into_iter().map(|value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(boolean) => Some(boolean.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        });
        labels.collect()
    }

    /// Returns the labels in byte order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Returns the stratum of each set of labels: the label that is in the fewest sets, and `None` without labels. Splits that
/// are stratified by it have texts of rare labels in all parts.
pub fn rarest_labels(sets: &[LabelSet]) -> Vec<Option<&str>> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in sets.iter().flat_map(LabelSet::iter) {
        *counts.entry(label).or_default() += 1;
    }
    let rarest = sets
        .iter()
        .map(|set| set.iter().min_by_key(|label| counts[label]));
    rarest.collect()
}

impl<Label: Into<String>> FromIterator<Label> for LabelSet {
    fn from_iter<Labels: IntoIterator<Item = Label>>(labels: Labels) -> Self {
        Self(labels.into_iter().map(Into::into).collect())
    }
}

impl fmt::Display for LabelSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = self.iter().map(Value::from).collect();
        write!(f, "{}", Value::Array(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_label_is_the_stratum() {
        let sets = ["[1,2]", "[1]", "[]", "[1,3]"].map(|text| LabelSet::parse(text).unwrap());
        let expected = [Some("2"), Some("1"), None, Some("3")];
        assert_eq!(rarest_labels(&sets), expected);
    }

    #[test]
    fn a_list_is_sorted_and_without_copies() {
        let labels = LabelSet::parse(r#"["joy", "a\"|b", 3, true, "joy"]"#).unwrap();
        assert_eq!(labels.to_string(), r#"["3","a\"|b","joy","true"]"#);
        assert_eq!(LabelSet::parse(&labels.to_string()), Some(labels));
        assert_eq!(LabelSet::parse("[]").unwrap().to_string(), "[]");
        for text in ["", "joy", "[joy]", "[null]", "[[1]]", "{}", "[1"] {
            assert_eq!(LabelSet::parse(text), None, "{text}");
        }
    }
}
