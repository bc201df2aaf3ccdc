//! Cross-validation: every text of a corpus is measured on once, by a model that has not seen it.

use super::dataset::{Dataset, LabelledTexts};
use crate::corpus::{Corpus, stratified_folds};
use crate::training::error::TrainingError;

/// A corpus in parts, each of which is held back once.
#[derive(Clone, Debug)]
pub struct Folds {
    /// The name of the corpus, for people.
    pub name: String,
    /// Unlabelled texts, which every fold trains on.
    pub unlabelled: Vec<String>,
    labels: Vec<String>,
    all: LabelledTexts,
    folds: Vec<Vec<usize>>,
    validation_share: f64,
    seed: u64,
    corpus_digest: String,
}

impl Folds {
    /// Divides a corpus into `count` parts, each class keeping its share in every one. Of what is left when one
    /// is held back, `validation_share` is for choosing the epoch: what is measured chooses nothing.
    pub fn new(
        corpus: Corpus,
        count: usize,
        validation_share: f64,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        if !(2..=corpus.examples.len()).contains(&count) {
            return Err(TrainingError::Setting {
                name: "folds".into(),
                allowed: "from 2 to the number of examples".into(),
            });
        }
        let corpus_digest = corpus.digest();
        let all = LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?;
        Ok(Self {
            name: String::new(),
            unlabelled: Vec::new(),
            folds: stratified_folds(&all.labels, count, seed),
            labels: corpus.labels,
            all,
            validation_share,
            seed,
            corpus_digest,
        })
    }

    /// How many parts there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.folds.len()
    }

    /// What there is to train on when a part is held back, and that part.
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
        let mut dataset = Dataset::split_labelled(
            &self.all.select(&rest),
            self.labels.clone(),
            self.corpus_digest.clone(),
            self.validation_share,
            self.seed,
        )?;
        dataset.name.clone_from(&self.name);
        dataset.unlabelled.clone_from(&self.unlabelled);
        Ok((dataset, self.all.select(&self.folds[fold])))
    }
}
