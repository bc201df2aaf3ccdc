//! Labelled texts from Python.

use std::path::PathBuf;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use sentiment::Corpus;
use sentiment::corpus::{self, CorpusOptions, Example, LabelSet};

use crate::arguments::path_text;
use crate::errors::{CorpusError, EvaluationError, Raise};
use crate::texts::{Texts, kind};

/// The columns of texts and labels in a table in memory.
const TEXT_COLUMN: &str = "text";
const LABEL_COLUMN: &str = "label";

/// Where labelled texts come from.
pub enum CorpusSource {
    /// The built-in sample corpus.
    Sample,
    /// Files and folders.
    Files(Vec<PathBuf>),
    /// Texts in memory.
    Examples(Vec<Example>),
}

impl CorpusSource {
    /// Reads the argument `corpus`: `None`, a path, a list of paths, a tuple of texts and labels, or a table.
    pub fn read(corpus: Option<&Bound<'_, PyAny>>, options: &CorpusOptions) -> PyResult<Self> {
        let Some(corpus) = corpus else {
            return Ok(Self::Sample);
        };
        if let Ok(pair) = corpus.cast::<PyTuple>() {
            let (texts, labels): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            return Ok(Self::Examples(examples(&texts, &labels, options)?));
        }
        if corpus.hasattr("columns")? {
            let column = |name: &Option<String>, default: &str| {
                let name = name.as_deref().unwrap_or(default);
                corpus.get_item(name).map_err(|_| {
                    PyValueError::new_err(format!(
                        "the table has no column {name:?}: name its columns with text_column and label_column"
                    ))
                })
            };
            let texts = column(&options.text_column, TEXT_COLUMN)?;
            let labels = column(&options.label_column, LABEL_COLUMN)?;
            return Ok(Self::Examples(examples(&texts, &labels, options)?));
        }
        let paths = match corpus.cast::<PyList>() {
            Ok(paths) => paths.iter().map(|path| path_text(&path)).collect(),
            Err(_) => path_text(corpus).map(|path| vec![path]),
        };
        let paths: Vec<String> = paths.map_err(|_| {
            PyTypeError::new_err(format!(
                "a corpus is a path, a list of paths, a table or a tuple (texts, labels), not {}",
                kind(corpus)
            ))
        })?;
        Ok(Self::Files(paths.into_iter().map(PathBuf::from).collect()))
    }

    /// Reads the files, and builds the corpus.
    pub fn collect(self, options: &CorpusOptions) -> Result<Corpus, corpus::CorpusError> {
        match self {
            Self::Sample => Corpus::collect(corpus::sample()?),
            Self::Files(paths) => Corpus::collect(corpus::open_all_labelled(&paths, options)?),
            Self::Examples(examples) => {
                Corpus::from_examples(examples, IN_MEMORY, options.several_labels.is_some())
            }
        }
    }

    /// Reads the files as a validation set for a model with these labels.
    pub fn validation(
        self,
        options: &CorpusOptions,
        labels: &[String],
    ) -> Result<Vec<Example>, corpus::CorpusError> {
        match self {
            Self::Sample => corpus::sample()?.collect(),
            Self::Files(paths) => corpus::open_with_labels(&paths, options, labels)?.collect(),
            Self::Examples(examples) => Ok(examples),
        }
    }
}

/// The name of a corpus in memory in messages.
pub const IN_MEMORY: &str = "the texts";

/// Returns texts with their labels.
fn examples(
    texts: &Bound<'_, PyAny>,
    given: &Bound<'_, PyAny>,
    options: &CorpusOptions,
) -> PyResult<Vec<Example>> {
    let texts = Texts::read(texts)?;
    let texts = texts.present()?;
    let labels: Vec<String> = match options.several_labels {
        None => labels(given)?,
        Some(_) => {
            let sets = label_sets(given)?.into_iter();
            sets.map(|set| set.into_iter().collect::<LabelSet>().to_string())
                .collect()
        }
    };
    check_lengths(texts.len(), labels.len())?;
    if let Some(position) = labels.iter().position(|label| label.trim().is_empty()) {
        return Err(CorpusError::new_err(format!(
            "the label at position {position} is empty"
        )));
    }
    let pairs = texts.into_iter().zip(labels);
    let examples = pairs.map(|(text, label)| Example {
        text: text.into(),
        label,
    });
    Ok(examples.collect())
}

/// Reads labels: strings, or numbers as Python writes them.
pub fn labels(argument: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if argument.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(
            "expected a list of labels, got one str",
        ));
    }
    let items = match argument.getattr_opt("tolist")? {
        Some(to_list) => to_list.call0()?,
        None => argument.clone(),
    };
    let labels = items.try_iter()?.enumerate().map(|(position, label)| {
        let label = label?;
        let is_nan = label.extract::<f64>().is_ok_and(f64::is_nan);
        if label.is_none() || is_nan {
            return Err(PyValueError::new_err(format!(
                "the label at position {position} is missing"
            )));
        }
        Ok(label.str()?.to_string())
    });
    labels.collect()
}

/// Reads the labels of texts that may have several.
pub fn label_sets(argument: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<String>>> {
    let sets = argument.try_iter()?.map(|set| labels(&set?));
    sets.collect()
}

/// Returns the index of each label among those of a model.
pub fn indexed_labels(given: &[String], texts: usize, names: &[String]) -> PyResult<Vec<u32>> {
    check_lengths(texts, given.len())?;
    let labels = given.iter().enumerate();
    labels
        .map(|(example, label)| index_of(example, label, names))
        .collect()
}

/// Returns the indices of each text's labels among those of a model.
pub fn indexed_sets(
    given: &[Vec<String>],
    texts: usize,
    names: &[String],
) -> PyResult<Vec<Vec<u32>>> {
    check_lengths(texts, given.len())?;
    let sets = given.iter().enumerate().map(|(example, set)| {
        let labels = set.iter().map(|label| index_of(example, label, names));
        labels.collect()
    });
    sets.collect()
}

fn index_of(example: usize, label: &str, names: &[String]) -> PyResult<u32> {
    let index = names.iter().position(|name| name == label);
    index.map(|index| index as u32).ok_or_else(|| {
        let error = sentiment::evaluation::EvaluationError::UnknownLabel {
            example: example + 1,
            label: label.into(),
            labels: names.to_vec(),
        };
        EvaluationError::new_err(error.to_string())
    })
}

fn check_lengths(texts: usize, labels: usize) -> PyResult<()> {
    match texts == labels {
        true => Ok(()),
        false => Err(PyValueError::new_err(format!(
            "there are {texts} texts and {labels} labels"
        ))),
    }
}

/// Reads unlabelled texts from a file.
pub fn unlabelled(path: &PathBuf, options: &CorpusOptions) -> PyResult<Vec<String>> {
    let rows = corpus::open_all_texts(std::slice::from_ref(path), options);
    let rows = rows.map_err(Raise::raise)?;
    rows.map(|row| Ok(row.map_err(Raise::raise)?.text))
        .collect()
}
