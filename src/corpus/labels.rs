//! Labels: their mapping, and the folding of spellings that mean the same label.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;

use thiserror::Error;
use unicode_normalization::is_nfc;

use super::label_key::label_key;
use super::{Cell, CorpusRowError, Example};

/// The maximum number of folded labels that a note lists.
const SHOWN_LABELS: usize = 10;

/// A corpus with more than this many labels of fewer examples than these gets a note.
const MANY_LABELS: usize = 10;
const FEW_EXAMPLES: usize = 3;

/// A mapping of labels, such as `1,2=negative;4,5=positive;3=`. Rows whose label maps to nothing are left out; labels
/// that it does not name stay as they are. A label in double quotes may contain `,`, `;` and `=`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelMap {
    /// The new label of each label, by the key of the label.
    targets: HashMap<String, Option<String>>,
}

impl LabelMap {
    /// Returns what a label maps to, if the mapping names it: another label, or `None` to leave the row out.
    fn target(&self, label: &str) -> Option<&Option<String>> {
        match self.targets.is_empty() {
            true => None,
            false => self.targets.get(&label_key(label)),
        }
    }
}

/// The error for a label mapping that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}; an example is `1,2=negative;4,5=positive;3=`")]
pub struct InvalidLabelMap(String);

impl FromStr for LabelMap {
    type Err = InvalidLabelMap;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut targets = HashMap::new();
        for rule in split(text, ';')
            .into_iter()
            .filter(|rule| !rule.trim().is_empty())
        {
            let sides = split(rule, '=');
            let [labels, target] = sides.as_slice() else {
                return Err(InvalidLabelMap(format!("expected one `=` in {rule:?}")));
            };
            let target = unquoted(target);
            for label in split(labels, ',').into_iter().map(unquoted) {
                if label.is_empty() {
                    return Err(InvalidLabelMap(format!("a label is empty in {rule:?}")));
                }
                let target = (!target.is_empty()).then(|| target.to_owned());
                if targets.insert(label_key(label), target).is_some() {
                    return Err(InvalidLabelMap(format!("{label:?} is mapped twice")));
                }
            }
        }
        Ok(Self { targets })
    }
}

/// Splits at a separator outside double quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|character: char| {
        is_quoted ^= character == '"';
        character == separator && !is_quoted
    })
    .collect()
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.unwrap_or(text)
}

/// Reads labels: maps them, and recognizes those of a model in another spelling.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelReader {
    map: LabelMap,
    /// The labels of a model; `None` accepts every label.
    known: Option<KnownLabels>,
}

#[derive(Debug, Clone)]
struct KnownLabels {
    labels: Vec<String>,
    /// The index of the label of each key.
    by_key: HashMap<String, usize>,
}

/// The label of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReadLabel {
    Label(String),
    /// The mapping leaves the row out.
    LeftOut,
}

impl LabelReader {
    pub(super) fn new(map: LabelMap, known: Option<&[String]>, is_exact: bool) -> Self {
        let known = known.map(|labels| {
            let keys = labels.iter().enumerate();
            let keys = keys.map(|(index, label)| (label_key(label), index));
            KnownLabels {
                labels: labels.to_vec(),
                by_key: if is_exact {
                    HashMap::new()
                } else {
                    keys.collect()
                },
            }
        });
        Self { map, known }
    }

    /// Returns the label in a cell. `field` is the name of its column.
    pub(super) fn read(&self, cell: &Cell, field: &str) -> Result<ReadLabel, CorpusRowError> {
        if matches!(cell, Cell::Null) {
            return Err(CorpusRowError::MissingLabel);
        }
        let text = cell.as_text();
        let label = text.trim();
        if let Some(target) = self.map.target(label) {
            return match target {
                None => Ok(ReadLabel::LeftOut),
                Some(target) => self.known(target),
            };
        }
        if label.is_empty() {
            return Err(CorpusRowError::EmptyLabel);
        }
        if label.eq_ignore_ascii_case("nan") {
            return Err(CorpusRowError::MissingLabel);
        }
        if matches!(cell, Cell::Json(_)) {
            let field = field.to_owned();
            return Err(match label.starts_with('[') {
                true => CorpusRowError::LabelList {
                    label: label.to_owned(),
                },
                false => CorpusRowError::FieldType {
                    field,
                    expected: "a string, number or boolean",
                },
            });
        }
        if label.contains('|') {
            return Err(CorpusRowError::LabelList {
                label: label.to_owned(),
            });
        }
        self.known(label)
    }

    fn known(&self, label: &str) -> Result<ReadLabel, CorpusRowError> {
        let Some(known) = &self.known else {
            return Ok(ReadLabel::Label(label.to_owned()));
        };
        if known.labels.iter().any(|known| known == label) {
            return Ok(ReadLabel::Label(label.to_owned()));
        }
        match known.by_key.get(&label_key(label)) {
            Some(&index) => Ok(ReadLabel::Label(known.labels[index].clone())),
            None => Err(CorpusRowError::UnknownLabel {
                label: label.to_owned(),
                labels: known.labels.clone(),
            }),
        }
    }
}

/// Gives labels that differ in spelling only their most frequent spelling. Returns a list of the folded spellings, if
/// there are any.
pub(super) fn fold(examples: &mut [Example]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in &*examples {
        *counts.entry(&example.label).or_default() += 1;
    }
    let mut spellings: BTreeMap<String, Vec<(&str, usize)>> = BTreeMap::new();
    for (label, count) in counts {
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
    for example in examples {
        if let Some(target) = targets.get(&example.label) {
            example.label.clone_from(target);
        }
    }
    Some(shown.join("; "))
}

/// Returns labels in the order of their values if all are finite numbers, otherwise in byte order.
pub(super) fn in_order(labels: BTreeSet<&str>) -> Vec<String> {
    let value = |label: &&str| label.parse().ok().filter(|value: &f64| value.is_finite());
    let values: Option<Vec<f64>> = labels.iter().map(value).collect();
    let mut labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
    if let Some(values) = values {
        let mut by_value: Vec<(f64, String)> = values.into_iter().zip(labels).collect();
        // Stable: spellings of one number stay in byte order.
        by_value.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        labels = by_value.into_iter().map(|(_, label)| label).collect();
    }
    labels
}

/// Returns the number of labels with few examples if they are many: a column of names or numbers, perhaps.
pub(super) fn rare(examples: &[Example]) -> Option<usize> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples {
        *counts.entry(&example.label).or_default() += 1;
    }
    let rare = counts
        .values()
        .filter(|count| **count < FEW_EXAMPLES)
        .count();
    (rare > MANY_LABELS).then_some(rare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_renames_labels_and_leaves_rows_out() {
        let map: LabelMap = "1,2=negative; 4,5=positive;3=;\"a;b\"=x".parse().unwrap();
        let reader = LabelReader::new(map, None, false);
        let read = |label: &str| reader.read(&Cell::Text(label.into()), "label").unwrap();
        assert_eq!(read("1.0"), ReadLabel::Label("negative".into()));
        assert_eq!(read("5"), ReadLabel::Label("positive".into()));
        assert_eq!(read("3"), ReadLabel::LeftOut);
        assert_eq!(read("a;b"), ReadLabel::Label("x".into()));
        assert_eq!(read("other"), ReadLabel::Label("other".into()));
        for invalid in ["a", "a=b=c", "=b", "a=b;A=c"] {
            assert!(invalid.parse::<LabelMap>().is_err(), "{invalid}");
        }
    }

    #[test]
    fn numbers_are_in_the_order_of_their_values() {
        let order = |labels: &[&str]| in_order(labels.iter().copied().collect());
        assert_eq!(order(&["10", "2", "-1", "1.5"]), ["-1", "1.5", "2", "10"]);
        assert_eq!(order(&["1.0", "1", "0"]), ["0", "1", "1.0"]);
        assert_eq!(order(&["10", "2", "b"]), ["10", "2", "b"]);
    }

    #[test]
    fn a_label_of_the_model_is_recognized_in_another_spelling() {
        let labels = ["negative".to_owned(), "positive".to_owned()];
        let reader = |is_exact| LabelReader::new(LabelMap::default(), Some(&labels), is_exact);
        let read =
            |is_exact, label: &str| reader(is_exact).read(&Cell::Text(label.into()), "label");
        assert_eq!(
            read(false, "Positive "),
            Ok(ReadLabel::Label("positive".into()))
        );
        assert!(read(true, "Positive ").is_err());
        assert!(read(false, "neutral").is_err());
    }
}
