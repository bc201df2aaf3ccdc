//! The class names that the library `datasets` of Hugging Face saves in the metadata of a schema.

use std::collections::{BTreeMap, HashMap};

use arrow_schema::Schema;
use serde::Deserialize;

use super::{Cell, CorpusRowError};

/// The class names of a column of type ClassLabel, whose cells are indices into them.
pub(super) struct ClassLabels(Vec<String>);

impl ClassLabels {
    /// Returns the name of a class. `datasets` writes -1 if the label is unknown, as in unlabelled test sets.
    pub(super) fn cell(&self, column: &str, index: i64) -> Result<Cell, CorpusRowError> {
        if index == -1 {
            return Ok(Cell::Null);
        }
        let name = usize::try_from(index)
            .ok()
            .and_then(|index| self.0.get(index));
        match name {
            Some(name) => Ok(Cell::Text(name.clone())),
            None => Err(CorpusRowError::ClassIndex {
                column: column.to_owned(),
                index,
                classes: self.0.len(),
            }),
        }
    }
}

/// The names as a list, or by index as in the YAML of a dataset card.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    List(Vec<String>),
    ByIndex(BTreeMap<String, String>),
}

impl Names {
    /// Returns the names in the order of their indices; `None` if an index is missing.
    fn into_class_labels(self) -> Option<ClassLabels> {
        match self {
            Self::List(names) => Some(ClassLabels(names)),
            Self::ByIndex(mut names) => (0..names.len())
                .map(|index| names.remove(&index.to_string()))
                .collect::<Option<_>>()
                .map(ClassLabels),
        }
    }
}

/// Returns the class names of each ClassLabel column in the metadata key `huggingface`. Metadata of another shape
/// has none, since the table is readable without.
pub(super) fn from_metadata(schema: &Schema) -> HashMap<String, ClassLabels> {
    let document = schema
        .metadata()
        .get("huggingface")
        .and_then(|document| serde_json::from_str::<serde_json::Value>(document).ok());
    let features = document
        .as_ref()
        .and_then(|document| document.pointer("/info/features")?.as_object());
    let labels = |feature: &serde_json::Value| {
        let names = match feature.get("class_label") {
            Some(class_label) => class_label.get("names")?,
            None if feature.get("_type")? == "ClassLabel" => feature.get("names")?,
            None => return None,
        };
        Names::deserialize(names).ok()?.into_class_labels()
    };
    features
        .into_iter()
        .flatten()
        .filter_map(|(column, feature)| Some((column.clone(), labels(feature)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(document: &str) -> Option<Vec<String>> {
        let metadata = HashMap::from([("huggingface".to_owned(), document.to_owned())]);
        let schema = Schema::empty().with_metadata(metadata);
        from_metadata(&schema)
            .remove("label")
            .map(|labels| labels.0)
    }

    #[test]
    fn names_are_a_list_or_by_index() {
        let list = r#"{"info": {"features": {"text": {"dtype": "string", "_type": "Value"},
            "label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}"#;
        assert_eq!(names(list).unwrap(), ["neg", "pos"]);
        let by_index = r#"{"info": {"features": {"label": {"class_label": {"names":
            {"10": "k", "0": "a", "1": "b", "2": "c", "3": "d", "4": "e", "5": "f", "6": "g", "7": "h", "8": "i",
             "9": "j"}}}}}}"#;
        assert_eq!(names(by_index).unwrap().concat(), "abcdefghijk");
    }

    #[test]
    fn metadata_of_another_shape_has_no_names() {
        for document in [
            "",
            "[]",
            r#"{"info": {"features": []}}"#,
            r#"{"info": {"features": {"label": 1}}}"#,
            r#"{"info": {"features": {"label": {"names": [1], "_type": "ClassLabel"}}}}"#,
            r#"{"info": {"features": {"label": {"names": ["neg"], "_type": "Value"}}}}"#,
            r#"{"info": {"features": {"label": {"class_label": {"names": {"1": "pos"}}}}}}"#,
        ] {
            assert!(names(document).is_none(), "{document}");
        }
    }
}
