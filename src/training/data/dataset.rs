//! The dataset: a training set, a validation set and unlabelled texts.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::base::Base;
use super::labelled_texts::LabelledTexts;
use crate::corpus::{Corpus, Example, TextGroups, digest, stratified_split};
use crate::device::Device;
use crate::model::{BaseRecord, OutputKind};
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
    /// The model whose probabilities are a part of the training targets; see [`Dataset::distil`].
    pub teacher: Option<BaseRecord>,
    /// The [digest](Corpus::digest) of the training corpus before any split.
    pub corpus_digest: String,
}

impl Dataset {
    /// Returns the [`digest`] of the texts that the run is measured on: the validation set, or without
    /// one the training set, which cross-validation measures.
    pub(crate) fn validation_digest(&self) -> String {
        let measured = match self.validation.texts.is_empty() {
            true => &self.train,
            false => &self.validation,
        };
        let labels = (0..measured.texts.len()).map(|text| {
            let label = measured.labels.get(text).map(std::slice::from_ref);
            let labels = label.or(measured.label_sets.get(text).map(Vec::as_slice));
            format!("{:?}", labels.unwrap_or_default())
        });
        digest(measured.texts.iter().zip(labels))
    }

    /// Splits a corpus into a training set and a validation set, stratified by label; see [`stratified_split`].
    /// `validation_fraction` is above 0 and below 1.
    pub fn split(
        corpus: Corpus,
        validation_fraction: f64,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let corpus_digest = corpus.digest();
        let (all, labels) = LabelledTexts::of(corpus)?;
        let groups = TextGroups::of(&all.texts);
        Self::split_labelled(
            &all,
            &groups,
            labels,
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
        let split = stratified_split(&all.strata(), groups, fraction, seed);
        if split.validation.is_empty() {
            return Err(TrainingError::TooFewExamples { fraction });
        }
        Ok(Self {
            name: String::new(),
            labels,
            train: all.select(&split.train),
            validation: all.select(&split.validation),
            unlabelled: Vec::new(),
            teacher: None,
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
        let (corpus_digest, is_multi_label) = (corpus.digest(), corpus.is_multi_label);
        let (train, labels) = LabelledTexts::of(corpus)?;
        Ok(Self {
            name: String::new(),
            corpus_digest,
            train,
            validation: match is_multi_label {
                true => LabelledTexts::with_sets(validation, &labels, name)?,
                false => LabelledTexts::new(validation, &labels, name)?,
            },
            unlabelled: Vec::new(),
            teacher: None,
            labels,
        })
    }

    /// Like [`Dataset::with_validation`], for two corpora with soft labels, which must have the same labels.
    pub fn with_soft_validation(
        corpus: Corpus,
        validation: Corpus,
        name: &str,
    ) -> Result<Self, TrainingError> {
        if let Some(label) = (validation.labels.iter())
            .chain(&corpus.labels)
            .find(|label| !corpus.labels.contains(label) || !validation.labels.contains(label))
        {
            return Err(TrainingError::SoftLabels {
                name: name.into(),
                label: label.clone(),
            });
        }
        let dataset = Self::with_validation(corpus, Vec::new(), name)?;
        Ok(Self {
            validation: LabelledTexts::of(validation)?.0,
            ..dataset
        })
    }
}

impl Dataset {
    /// Makes the target of each training text the mean of its label and the probabilities of a model, the teacher: knowledge
    /// distillation with equal weights at temperature 1 (Hinton et al., 2015, section 2). A text for which the teacher abstains keeps
    /// its label alone, and so does the validation set. Returns the number of the other training texts.
    ///
    /// # Errors
    /// If texts may have several labels, or the teacher lacks a label.
    pub fn distil(&mut self, teacher: &Arc<Base>, device: &Device) -> Result<usize, TrainingError> {
        let labels = &teacher.config().labels;
        let teacher = teacher.for_labels(&self.labels, OutputKind::Single)?;
        if !self.train.label_sets.is_empty()
            || !teacher.has_labels(&self.labels, OutputKind::Single)
        {
            return Err(TrainingError::TeacherLabels {
                teacher: teacher.name().into(),
                labels: labels.to_vec(),
            });
        }
        let predictions = teacher.classifier(device)?.predict(&self.train.texts)?;
        if self.train.distributions.is_empty() {
            self.train.distributions = self.train.one_hot(self.labels.len());
        }
        let mut taught_texts = 0;
        for (target, prediction) in self.train.distributions.iter_mut().zip(&predictions) {
            if prediction.abstention(0.0).is_none() {
                taught_texts += 1;
                for (target, taught) in target.iter_mut().zip(&prediction.probabilities) {
                    *target = (*target + *taught as f32) / 2.0;
                }
            }
        }
        self.teacher = Some(teacher.record());
        Ok(taught_texts)
    }

    /// Returns the dataset with a stratified sample of about `count` texts as its training set.
    /// The validation set stays the same.
    pub fn subset(&self, count: usize, seed: u64) -> Self {
        if count >= self.train.texts.len() {
            return self.clone();
        }
        let fraction = count as f64 / self.train.texts.len() as f64;
        // A sample has only one side, so copies need not stay together.
        let groups = TextGroups::distinct(self.train.texts.len());
        let sample = stratified_split(&self.train.strata(), &groups, fraction, seed).validation;
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
        let examples = splits.into_iter().flat_map(|split| {
            let end = std::iter::once(("", String::new()));
            let texts = split.texts.iter().map(String::as_str);
            let labels = (0..split.texts.len()).map(|text| split.label_text(text, &self.labels));
            texts.zip(labels).chain(end)
        });
        let unlabelled = self.unlabelled.iter();
        let unlabelled = unlabelled.map(|text| (text.as_str(), String::new()));
        digest(examples.chain(unlabelled))
    }
}
