//! The folds of cross-validation: each text is in the test set of exactly one fold.

use super::dataset::Dataset;
use super::labelled_texts::LabelledTexts;
use crate::corpus::{Corpus, TextGroups, stratified_folds};
use crate::training::error::TrainingError;

/// A corpus divided into stratified folds.
#[derive(Clone, Debug)]
pub struct Folds {
    /// The name of the corpus to display.
    pub name: String,
    /// Unlabelled texts for the pre-training and self-training of every fold.
    pub unlabelled: Vec<String>,
    labels: Vec<String>,
    all: LabelledTexts,
    groups: TextGroups,
    folds: Vec<Vec<usize>>,
    validation_fraction: Option<f64>,
    seed: u64,
    corpus_digest: String,
}

impl Folds {
    /// Divides a corpus into `count` folds with [`stratified_folds`]. `validation_fraction` of the texts outside a
    /// fold become its validation set, so that the fold itself does not influence training; with `None`, there is no
    /// validation set (see [`Dataset::whole`]).
    pub fn new(
        corpus: Corpus,
        count: usize,
        validation_fraction: Option<f64>,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let corpus_digest = corpus.digest();
        let (all, labels) = LabelledTexts::of(corpus)?;
        let groups = TextGroups::of(&all.texts);
        if !(2..=groups.texts()).contains(&count) {
            return Err(TrainingError::Setting {
                name: "folds".into(),
                allowed: "from 2 to the number of different texts".into(),
            });
        }
        Ok(Self {
            name: String::new(),
            unlabelled: Vec::new(),
            folds: stratified_folds(&all.strata(), &groups, count, seed),
            labels,
            all,
            groups,
            validation_fraction,
            seed,
            corpus_digest,
        })
    }

    /// Returns the number of folds.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.folds.len()
    }

    /// Returns every text of the corpus with its label, in order.
    pub fn texts(&self) -> &LabelledTexts {
        &self.all
    }

    /// Returns the labels, sorted.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Returns the indices of a fold's texts in [`Folds::texts`].
    ///
    /// # Panics
    /// If `fold` is not below [`Folds::len`].
    pub fn indices(&self, fold: usize) -> &[usize] {
        &self.folds[fold]
    }

    /// Returns the number of different texts that occur more than once.
    pub fn repeated_texts(&self) -> usize {
        self.groups.repeated_texts()
    }

    /// Returns the dataset to train on and the held-out test set of a fold, counted from 0.
    ///
    /// # Panics
    /// If `fold` is not below [`Folds::len`].
    pub fn get(&self, fold: usize) -> Result<(Dataset, LabelledTexts), TrainingError> {
        let mut rest: Vec<usize> = Vec::new();
        for (_, indices) in self
            .folds
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != fold)
        {
            rest.extend(indices);
        }
        rest.sort_unstable();
        let train = self.all.select(&rest);
        let mut dataset = match self.validation_fraction {
            Some(fraction) => Dataset::split_labelled(
                &train,
                &self.groups.select(&rest),
                self.labels.clone(),
                self.corpus_digest.clone(),
                fraction,
                self.seed,
            )?,
            None => Dataset {
                name: String::new(),
                labels: self.labels.clone(),
                train,
                validation: LabelledTexts::default(),
                unlabelled: Vec::new(),
                teacher: None,
                corpus_digest: self.corpus_digest.clone(),
            },
        };
        dataset.name.clone_from(&self.name);
        dataset.unlabelled.clone_from(&self.unlabelled);
        Ok((dataset, self.all.select(&self.folds[fold])))
    }
}
