//! The dataset: a training set, a validation set and unlabelled texts.

use rustc_hash::FxHashSet;

use crate::corpus::{Corpus, Example, TextGroups, digest, stratified_split};
use crate::model::check_labels;
use crate::text::TextKey;
use crate::training::error::TrainingError;

/// A training set, a validation set that selects the best epoch, and unlabelled texts.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The name of the corpus to display.
    pub name: String,
    /// The classes, sorted.
    pub labels: Vec<String>,
    /// The training set.
    pub train: LabelledTexts,
    /// The validation set.
    pub validation: LabelledTexts,
    /// Unlabelled texts for pre-training and self-training.
    pub unlabelled: Vec<String>,
    /// The [digest](Corpus::digest) of the training corpus before any split.
    pub corpus_digest: String,
}

/// Texts and the index of each text's label.
#[derive(Clone, Debug, Default)]
pub struct LabelledTexts {
    /// The texts.
    pub texts: Vec<String>,
    /// For each text, the index of its label in [`Dataset::labels`].
    pub labels: Vec<u32>,
}

impl Dataset {
    /// Splits a corpus into a training set and a validation set, stratified by label; see [`stratified_split`].
    /// `validation_fraction` is above 0 and below 1.
    pub fn split(
        corpus: Corpus,
        validation_fraction: f64,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let corpus_digest = corpus.digest();
        let all = LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?;
        let groups = TextGroups::of(&all.texts);
        Self::split_labelled(
            &all,
            &groups,
            corpus.labels,
            corpus_digest,
            validation_fraction,
            seed,
        )
    }

    /// Like [`Dataset::split`], for texts with label indices.
    pub(crate) fn split_labelled(
        all: &LabelledTexts,
        groups: &TextGroups,
        labels: Vec<String>,
        corpus_digest: String,
        fraction: f64,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        if !(fraction > 0.0 && fraction < 1.0) {
            return Err(TrainingError::Setting {
                name: "validation-split".into(),
                allowed: "above 0 and below 1".into(),
            });
        }
        let split = stratified_split(&all.labels, groups, fraction, seed);
        if split.validation.is_empty() {
            return Err(TrainingError::TooFewExamples { fraction });
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

    /// Uses all of a corpus as the training set, without a validation set: for a run that selects by cross-validation (see
    /// `freeze_encoder` in [`Recipe`](crate::training::Recipe)).
    pub fn whole(corpus: Corpus) -> Result<Self, TrainingError> {
        Self::with_validation(corpus, Vec::new(), "the corpus")
    }

    /// Uses all of one corpus as the training set and `validation` as the validation set. Labels of the
    /// validation set must occur in the corpus. Errors refer to the validation set by `name`.
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
    /// Returns the dataset with a stratified sample of about `count` texts as its training set.
    /// The validation set stays the same.
    pub fn subset(&self, count: usize, seed: u64) -> Self {
        if count >= self.train.texts.len() {
            return self.clone();
        }
        let fraction = count as f64 / self.train.texts.len() as f64;
        // A sample has only one side, so copies need not stay together.
        let groups = TextGroups::distinct(self.train.texts.len());
        let sample = stratified_split(&self.train.labels, &groups, fraction, seed).validation;
        Self {
            train: self.train.select(&sample),
            ..self.clone()
        }
    }

    /// Returns the number of different training and validation texts that occur more than once.
    pub fn repeated_texts(&self) -> usize {
        let texts = self.train.texts.iter().chain(&self.validation.texts);
        TextGroups::of(&texts.collect::<Vec<_>>()).repeated_texts()
    }

    /// Returns the number of validation texts that are also in the training set. After [`Dataset::split`] it
    /// is 0.
    pub fn validation_texts_in_train(&self) -> usize {
        let train: FxHashSet<TextKey> = self.train.texts.iter().map(|t| TextKey::of(t)).collect();
        let validation = self.validation.texts.iter();
        validation
            .filter(|text| train.contains(&TextKey::of(text)))
            .count()
    }

    /// Returns a digest of all texts and labels, which tells whether a run resumes on the same dataset.
    pub fn digest(&self) -> String {
        let splits = [&self.train, &self.validation];
        let label = |&index: &u32| self.labels[index as usize].as_str();
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
    /// Converts the labels of examples to indices in `labels`. The error about an unknown label refers
    /// to the examples by `name`.
    pub fn new(
        examples: Vec<Example>,
        labels: &[String],
        name: &str,
    ) -> Result<Self, TrainingError> {
        check_labels(labels.len())?;
        let mut indexed = Self::default();
        for Example { text, label } in examples {
            let Some(index) = labels.iter().position(|known| *known == label) else {
                return Err(TrainingError::UnknownLabel {
                    location: name.into(),
                    label,
                    labels: labels.to_vec(),
                });
            };
            indexed.texts.push(text);
            indexed.labels.push(index as u32);
        }
        Ok(indexed)
    }

    /// Returns the texts at `indices`.
    pub(crate) fn select(&self, indices: &[usize]) -> Self {
        Self {
            texts: indices
                .iter()
                .map(|&index| self.texts[index].clone())
                .collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }

    /// Returns the number of texts of each label, `[classes]`.
    pub fn label_counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        self.labels
            .iter()
            .for_each(|&label| counts[label as usize] += 1);
        counts
    }
}
