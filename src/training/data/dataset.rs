//! What a run trains on: texts and labels in two splits.

use crate::corpus::{Corpus, Example, digest, stratified_split};
use crate::model::check_labels;
use crate::training::error::TrainingError;

/// Labelled texts to train on and to choose the best epoch by.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What the corpus is called, for people.
    pub name: String,
    /// The classes, sorted.
    pub labels: Vec<String>,
    /// What is learned from.
    pub train: LabelledTexts,
    /// What is only measured on.
    pub validation: LabelledTexts,
    /// What is only read, to learn the language of.
    pub unlabelled: Vec<String>,
    /// The digest of the training corpus, before any split: see [`Corpus::digest`].
    pub corpus_digest: String,
}

/// Texts and the number of each one's label.
#[derive(Clone, Debug, Default)]
pub struct LabelledTexts {
    /// The texts.
    pub texts: Vec<String>,
    /// Each text's place among the dataset's labels.
    pub labels: Vec<u32>,
}

impl Dataset {
    /// Holds a share of the corpus back for validation, the same share of every class.
    pub fn split(corpus: Corpus, share: f64, seed: u64) -> Result<Self, TrainingError> {
        let corpus_digest = corpus.digest();
        let all = LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?;
        Self::split_labelled(&all, corpus.labels, corpus_digest, share, seed)
    }

    /// As [`Dataset::split`], of texts whose labels are numbered.
    pub(crate) fn split_labelled(
        all: &LabelledTexts,
        labels: Vec<String>,
        corpus_digest: String,
        share: f64,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(TrainingError::Setting {
                name: "validation-split".into(),
                allowed: "above 0 and below 1".into(),
            });
        }
        let split = stratified_split(&all.labels, share, seed);
        if split.validation.is_empty() {
            return Err(TrainingError::TooFew { share });
        }
        Ok(Self {
            name: String::new(),
            labels,
            train: all.select(&split.train),
            validation: all.select(&split.validation),
            unlabelled: Vec::new(),
            corpus_digest,
        })
    }

    /// Trains on all of one corpus and validates on another, whose labels must be among the first's.
    pub fn with_validation(
        corpus: Corpus,
        validation: Vec<Example>,
        name: &str,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            name: String::new(),
            corpus_digest: corpus.digest(),
            train: LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?,
            validation: LabelledTexts::new(validation, &corpus.labels, name)?,
            unlabelled: Vec::new(),
            labels: corpus.labels,
        })
    }
}

impl Dataset {
    /// The same with about `count` of the texts to train on, every class keeping its share, and with the same
    /// texts to validate on.
    pub fn subset(&self, count: usize, seed: u64) -> Self {
        if count >= self.train.texts.len() {
            return self.clone();
        }
        let share = count as f64 / self.train.texts.len() as f64;
        let chosen = stratified_split(&self.train.labels, share, seed).validation;
        Self {
            train: self.train.select(&chosen),
            ..self.clone()
        }
    }

    /// Names the texts of both splits and those without labels, so that a run goes on with the ones it began with.
    pub fn digest(&self) -> String {
        let splits = [&self.train, &self.validation];
        let label = |&number: &u32| self.labels[number as usize].as_str();
        let examples = splits.into_iter().flat_map(|split| {
            let end = std::iter::once(("", ""));
            let texts = split.texts.iter().map(String::as_str);
            texts.zip(split.labels.iter().map(label)).chain(end)
        });
        let unlabelled = self.unlabelled.iter().map(|text| (text.as_str(), ""));
        digest(examples.chain(unlabelled))
    }
}

impl LabelledTexts {
    /// Numbers the labels of examples by their place in `labels`; `name` stands for the examples in
    /// the message about a label that is not there.
    pub fn new(
        examples: Vec<Example>,
        labels: &[String],
        name: &str,
    ) -> Result<Self, TrainingError> {
        check_labels(labels.len())?;
        let mut numbered = Self::default();
        for Example { text, label } in examples {
            let Some(number) = labels.iter().position(|known| *known == label) else {
                return Err(TrainingError::UnknownLabel {
                    place: name.into(),
                    label,
                    labels: labels.to_vec(),
                });
            };
            numbered.texts.push(text);
            numbered.labels.push(number as u32);
        }
        Ok(numbered)
    }

    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self {
            texts: indices
                .iter()
                .map(|&index| self.texts[index].clone())
                .collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }

    /// How many texts each of `classes` labels has.
    pub fn label_counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        self.labels
            .iter()
            .for_each(|&label| counts[label as usize] += 1);
        counts
    }
}
