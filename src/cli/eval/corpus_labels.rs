//! The model for the language of a corpus, and the evaluation of one with the label `neutral` on a corpus without it.

use std::collections::BTreeSet;
use std::path::Path;

use sentiment::classifier::Classifier;
use sentiment::evaluation::Evaluation;
use sentiment::model::ModelLocation;

use super::EvalArgs;
use crate::cli::console::Console;
use crate::cli::dataset_reader::DatasetReader;

/// The number of texts that tell the language of a corpus.
const TEXTS_OF_LANGUAGE: usize = 200;

impl EvalArgs {
    /// Returns the given model, or the built-in one for the language of the first texts. Input that can be read only once tells no
    /// language, nor does a corpus that cannot be read: the evaluation says why.
    pub(super) fn model_location(&self, console: &Console) -> anyhow::Result<ModelLocation> {
        let is_read = !self.model.is_given() && !self.is_read_once();
        let reader = DatasetReader::new(&self.reading, console);
        let rows = is_read.then(|| reader.texts(&self.corpus).ok()).flatten();
        let rows = rows.into_iter().flatten().map_while(Result::ok);
        let texts: Vec<String> = rows.take(TEXTS_OF_LANGUAGE).map(|row| row.text).collect();
        self.model
            .given_or_for(texts.iter().map(String::as_str), console)
    }

    fn is_read_once(&self) -> bool {
        self.corpus.iter().any(|path| is_read_once(path))
    }

    /// Returns the classifier without the label `neutral` if the corpus has all labels of the model but that one: its
    /// annotators had no such choice, so each `neutral` would be an error.
    ///
    /// Reads the labels of the corpus up to the first `neutral`. Input that can be read only once, and a threshold to be
    /// saved in the model, keep all labels.
    pub(super) fn restricted_to_corpus(
        &self,
        classifier: Classifier,
        console: &Console,
    ) -> anyhow::Result<Classifier> {
        if self.is_read_once() || !self.find_threshold.is_empty() {
            return Ok(classifier);
        }
        let Some(others) = classifier.labels_besides_neutral() else {
            return Ok(classifier);
        };
        let reader = DatasetReader::new(&self.reading, console);
        let mut found = BTreeSet::new();
        for example in reader.with_labels(&self.corpus, classifier.labels())? {
            let label = example?.label;
            if !others.contains(&label) {
                return Ok(classifier);
            }
            found.insert(label);
        }
        if found.len() < others.len() {
            return Ok(classifier);
        }
        console.note(format!(
            "the corpus has no text labelled neutral: evaluating over the labels {} only",
            others.join(", ")
        ));
        Ok(classifier.restricted_to(&others)?)
    }

    /// Notes how many texts are in a language that the model did not learn from.
    pub(super) fn note_foreign(&self, evaluation: &Evaluation, console: &Console) {
        let rows = evaluation.rows.iter();
        let mut reasons = rows.filter_map(|row| row.prediction.foreign.as_ref());
        if let Some(first) = reasons.next() {
            console.note(format!(
                "texts in another language than the model's: {} of {}; the first {first}",
                1 + reasons.count(),
                evaluation.rows.len()
            ));
        }
    }

    /// Notes that a corpus that can be read only once has no text labelled `neutral`.
    pub(super) fn note_missing_neutral(
        &self,
        classifier: &Classifier,
        evaluation: &Evaluation,
        console: &Console,
    ) {
        let Some(others) = classifier.labels_besides_neutral() else {
            return;
        };
        let found: BTreeSet<_> = evaluation.rows.iter().map(|row| row.actual).collect();
        let is_found = |label: &String| {
            found
                .iter()
                .any(|actual| evaluation.labels[*actual] == *label)
        };
        if self.find_threshold.is_empty()
            && found.len() == others.len()
            && others.iter().all(is_found)
        {
            console.note(format!(
                "the corpus has no text labelled neutral: --two-classes evaluates over the labels {} only",
                others.join(", ")
            ));
        }
    }
}

/// Returns whether a corpus is standard input or a pipe.
fn is_read_once(path: &Path) -> bool {
    let is_pipe = || std::fs::metadata(path).is_ok_and(|file| !file.is_file() && !file.is_dir());
    path == Path::new("-") || is_pipe()
}
