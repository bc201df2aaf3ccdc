//! Labels: their mapping, and lists of them.

use std::collections::HashMap;
use std::str::FromStr;

use thiserror::Error;

use super::label_key::label_key;
use super::{Cell, CorpusOptions, CorpusRowError, LabelSet, SeveralLabels};

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
    several: Option<SeveralLabels>,
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
    pub(super) fn new(options: &CorpusOptions, known: Option<&[String]>) -> Self {
        let is_exact = options.exact_labels;
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
        Self {
            map: options.label_map.clone(),
            known,
            several: options.several_labels.clone(),
        }
    }

    /// Returns the label in a cell, or its labels as a JSON list. `field` is the name of its column.
    pub(super) fn read(&self, cell: &Cell, field: &str) -> Result<ReadLabel, CorpusRowError> {
        if matches!(cell, Cell::Null) {
            return Err(CorpusRowError::MissingLabel);
        }
        let text = cell.as_text();
        let label = text.trim();
        let Some(several) = &self.several else {
            return self.one(cell, label, field);
        };
        let is_separated = matches!(cell, Cell::Text(_));
        match (LabelSet::parse(label), &several.separator) {
            (Some(labels), _) => self.set(labels.iter()),
            (None, Some(_)) if is_separated && label.is_empty() => self.set([].into_iter()),
            (None, Some(separator)) if is_separated => self.set(label.split(separator.as_str())),
            (None, _) => match self.one(cell, label, field)? {
                ReadLabel::Label(label) => self.set([label.as_str()].into_iter()),
                ReadLabel::LeftOut => self.set([].into_iter()),
            },
        }
    }

    /// Returns labels as a JSON list, without those that the mapping leaves out.
    fn set<'a>(&self, labels: impl Iterator<Item = &'a str>) -> Result<ReadLabel, CorpusRowError> {
        let labels = labels.map(|label| self.mapped(label.trim()));
        let labels = labels.filter_map(|label| match label {
            Ok(ReadLabel::Label(label)) => Some(Ok(label)),
            Ok(ReadLabel::LeftOut) => None,
            Err(error) => Some(Err(error)),
        });
        let labels: LabelSet = labels
            .collect::<Result<Vec<String>, _>>()?
            .into_iter()
            .collect();
        Ok(ReadLabel::Label(labels.to_string()))
    }

    /// Returns the only label of a text. `label` is the trimmed text of its cell.
    fn one(&self, cell: &Cell, label: &str, field: &str) -> Result<ReadLabel, CorpusRowError> {
        let is_mapped = self.map.target(label).is_some();
        let is_list = label.contains('|') || LabelSet::parse(label).is_some();
        if is_list && !is_mapped {
            let label = label.to_owned();
            return Err(match self.several {
                None => CorpusRowError::LabelList { label },
                Some(_) => CorpusRowError::NoLabelSeparator { label },
            });
        }
        if matches!(cell, Cell::Json(_)) && !is_mapped {
            return Err(CorpusRowError::FieldType {
                field: field.to_owned(),
                expected: "a string, number or boolean",
            });
        }
        self.mapped(label)
    }

    /// Returns what a label maps to, or the label itself, as the model spells it.
    fn mapped(&self, label: &str) -> Result<ReadLabel, CorpusRowError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_renames_labels_and_leaves_rows_out() {
        let map: LabelMap = "1,2=negative; 4,5=positive;3=;\"a;b\"=x".parse().unwrap();
        let options = CorpusOptions {
            label_map: map,
            ..CorpusOptions::default()
        };
        let reader = LabelReader::new(&options, None);
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
    fn a_label_of_the_model_is_recognized_in_another_spelling() {
        let labels = ["negative".to_owned(), "positive".to_owned()];
        let reader = |exact_labels| {
            let options = CorpusOptions {
                exact_labels,
                ..CorpusOptions::default()
            };
            LabelReader::new(&options, Some(&labels))
        };
        let read =
            |is_exact, label: &str| reader(is_exact).read(&Cell::Text(label.into()), "label");
        assert_eq!(
            read(false, "Positive "),
            Ok(ReadLabel::Label("positive".into()))
        );
        assert!(read(true, "Positive ").is_err());
        assert!(read(false, "neutral").is_err());
    }
    #[test]
    fn several_labels_are_a_sorted_list() {
        let reader = |separator: Option<&str>| {
            let separator = separator.map(String::from);
            let options = CorpusOptions {
                label_map: "joyful=joy;none=".parse().unwrap(),
                several_labels: Some(SeveralLabels { separator }),
                ..CorpusOptions::default()
            };
            LabelReader::new(&options, None)
        };
        let read = |separator, cell: Cell| match reader(separator).read(&cell, "label") {
            Ok(ReadLabel::Label(label)) => label,
            other => format!("{other:?}"),
        };
        let text = |text: &str| Cell::Text(text.into());
        for (separator, cell, expected) in [
            (
                None,
                text(r#"["b", "a", "none", "joyful"]"#),
                r#"["a","b","joy"]"#,
            ),
            (None, Cell::Json("[2, true]".into()), r#"["2","true"]"#),
            (None, text("[]"), "[]"),
            (None, text("one"), r#"["one"]"#),
            (None, text("none"), "[]"),
            (Some("|"), text("b| joyful |a|a"), r#"["a","b","joy"]"#),
            (Some("|"), text(""), "[]"),
            (Some("|"), Cell::Integer(3), r#"["3"]"#),
        ] {
            assert_eq!(read(separator, cell), expected);
        }
        for (separator, cell) in [
            (None, text("a|b")),
            (None, text("")),
            (None, Cell::Null),
            (None, Cell::Json("{}".into())),
            (Some("|"), text("a||b")),
            (Some("|"), text("a|nan")),
        ] {
            let error = reader(separator).read(&cell, "label");
            assert!(error.is_err(), "{cell:?}");
        }
    }
}
