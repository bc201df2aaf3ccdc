//! The encoded training set.

use super::targets::Targets;
use crate::batch::{EncodedTexts, NgramText};
use crate::classifier::Classifier;
use crate::model::ModelError;

/// Encoded texts, labelled ones first, and their targets. Unlabelled texts have no targets until
/// [`TrainingSet::pseudo_label`].
#[derive(Clone, Debug)]
pub(crate) struct TrainingSet {
    pub(crate) texts: EncodedTexts,
    pub(crate) targets: Targets,
}

impl TrainingSet {
    /// Returns the texts with targets.
    pub(crate) fn with_targets(&self) -> impl Iterator<Item = &[u32]> {
        self.texts.iter().take(self.targets.texts())
    }

    /// Returns the texts with targets for the n-gram model.
    pub(crate) fn ngram_texts(&self) -> impl Iterator<Item = NgramText<'_>> {
        self.texts.ngram_texts().take(self.targets.texts())
    }

    /// Returns the number of tokens in the texts with targets.
    pub(crate) fn tokens(&self) -> usize {
        self.with_targets().map(<[u32]>::len).sum()
    }

    /// Returns the number of tokens in the labelled texts.
    pub(crate) fn labelled_tokens(&self) -> usize {
        let labelled = self.texts.iter().take(self.targets.labelled());
        labelled.map(<[u32]>::len).sum()
    }

    /// Returns the number of unlabelled texts.
    pub(crate) fn unlabelled(&self) -> usize {
        self.texts.len() - self.targets.labelled()
    }

    /// Labels the unlabelled texts with the probabilities of a classifier that has the same vocabulary.
    pub(crate) fn pseudo_label(&mut self, teacher: &Classifier) -> Result<(), ModelError> {
        let mut unlabelled = EncodedTexts::default();
        for text in self.targets.labelled()..self.texts.len() {
            unlabelled.push_part(&self.texts, text, |_| true);
        }
        let predictions = teacher.predict_encoded(&unlabelled)?;
        let probabilities = predictions.iter().flat_map(|one| &one.probabilities);
        let probabilities = probabilities.map(|&share| share as f32).collect();
        self.targets.set_pseudo_labels(probabilities);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use crate::device::Device;

    use super::*;
    use crate::corpus::{self, Corpus};
    use crate::training::{Dataset, InitialVectors, Preset, Recipe, Trainer};

    /// Labelled texts keep their labels.
    #[test]
    fn pseudo_labels_are_the_probabilities_of_the_teacher() {
        let mut corpus = Corpus::collect(corpus::sample().unwrap()).unwrap();
        corpus.examples.truncate(60);
        let dataset = Dataset::split(corpus, 0.5, 1).unwrap();
        let recipe = Recipe {
            embedding_size: 4,
            hidden_size: 4,
            epochs: 2,
            ..Preset::Sample.recipe()
        };
        let folder = tempfile::tempdir().unwrap();
        let mut trainer = Trainer::new(
            &dataset,
            &InitialVectors::Random,
            recipe,
            folder.path(),
            &Device::Cpu,
        )
        .unwrap();
        trainer.run(&AtomicBool::new(false), &mut |_| {}).unwrap();
        let teacher = Classifier::load(folder.path(), &Device::Cpu).unwrap();

        let unlabelled = &dataset.validation.texts;
        let mut texts = teacher.encode(&dataset.train.texts);
        texts.append(&teacher.encode(unlabelled));
        let targets = Targets::new(2, dataset.train.labels.clone(), Vec::new());
        let mut data = TrainingSet { texts, targets };
        assert_eq!(data.with_targets().count(), dataset.train.texts.len());
        data.pseudo_label(&teacher).unwrap();
        let predictions = teacher.predict(unlabelled).unwrap();
        let expected = predictions.iter().flat_map(|one| &one.probabilities);
        let expected: Vec<f32> = expected.map(|&share| share as f32).collect();
        assert_eq!(data.targets.pseudo_labels(), expected);
        assert_eq!(data.with_targets().count(), data.texts.len());
        assert_eq!(data.targets.probability(0, dataset.train.labels[0]), 1.0);
    }
}
