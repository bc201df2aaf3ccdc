//! The fitted model computes what the regression computed, and the regression what scikit-learn computes.

use std::sync::atomic::AtomicBool;

use super::base_answer::BaseAnswer;
use super::features::{TextFeatures, Variant};
use super::regression::{Regression, Rows};
use super::selection::{Labelled, VARIANTS, VARIANTS_OF_BASE};
use super::{LinearLayer, Solution};
use crate::batch::EncodedTexts;
use crate::classifier::network_logits;
use crate::corpus::{Corpus, sample};
use crate::device::Device;
use crate::model::{Implementation, Network, Ngrams, OutputKind};
use crate::training::data::adapted_model::adapted_model;
use crate::training::data::initial_model::initial_model;
use crate::training::data::targets::Targets;
use crate::training::supervised::step::SupervisedModel;
use crate::training::{Base, Dataset, InitialVectors, Preset, Trainer};

const LONGEST_NGRAM: Option<usize> = Some(3);

fn dataset() -> Dataset {
    let mut corpus = Corpus::collect(sample().unwrap()).unwrap();
    corpus.examples.truncate(120);
    Dataset::whole(corpus).unwrap()
}

fn with_three_labels() -> Dataset {
    let mut dataset = dataset();
    dataset.labels = ["a", "b", "c"].map(String::from).to_vec();
    for (place, label) in dataset.train.labels.iter_mut().enumerate() {
        *label = place as u32 % 3;
    }
    dataset
}

/// A model with the texts of a dataset, before its linear layer is fitted.
struct Unfitted {
    model: SupervisedModel,
    texts: EncodedTexts,
    targets: Vec<f32>,
}

impl Unfitted {
    fn new(dataset: &Dataset, base: Option<&Base>) -> Self {
        let mut recipe = Preset::Few.recipe();
        let device = Device::Cpu;
        let initial = match base {
            None => initial_model(dataset, &InitialVectors::Sample, &recipe, &device),
            Some(base) => {
                recipe.adopt(base);
                adapted_model(base, dataset, &InitialVectors::Random, &recipe, &device)
            }
        };
        let labels = dataset.labels.len();
        let model = SupervisedModel::new(initial.unwrap().model, recipe, vec![1.0; labels]);
        let model = model.unwrap();
        let texts = model.indexer.encode(&dataset.train.texts);
        let targets = Targets::new(labels, dataset.train.labels.clone(), Vec::new());
        Self {
            targets: targets.select(0..texts.len()),
            model,
            texts,
        }
    }

    /// Returns the logits of a network with this linear layer, and of n-grams.
    fn logits(&self, layer: &LinearLayer, ngrams: &Ngrams) -> Vec<Vec<f32>> {
        let config = &self.model.config;
        let mut weights = self.model.weights();
        layer.install(&mut weights).unwrap();
        let implementation = Implementation::on(&Device::Cpu.to_candle());
        let architecture = config.architecture.clone();
        let network = Network::new(architecture, config.labels.len(), weights, implementation);
        let mut logits = network_logits(&network.unwrap(), &self.texts).unwrap();
        let mut buffer = Vec::new();
        for (logits, text) in logits.iter_mut().zip(self.texts.ngram_texts()) {
            ngrams.add_logits(text, logits, &mut buffer);
        }
        logits
    }
}

/// Checks that the fitted model has the logits of the regression.
fn check(dataset: &Dataset, base: Option<&Base>, variants: &[Variant]) {
    let unfitted = Unfitted::new(dataset, base);
    let labels = dataset.labels.len();
    let answer =
        base.map(|base| BaseAnswer::new(base, &dataset.labels, OutputKind::Single).unwrap());
    let never = AtomicBool::new(false);
    let features = TextFeatures::new(
        &unfitted.model.network,
        &unfitted.texts,
        answer.as_ref(),
        LONGEST_NGRAM,
        labels,
        &never,
    );
    let features = features.unwrap().unwrap();
    let labelled = Labelled {
        features: &features,
        targets: &unfitted.targets,
        labels,
    };
    let all: Vec<usize> = (0..unfitted.texts.len()).collect();
    for &variant in variants {
        let regression = labelled.regression(&all, variant).unwrap();
        let mut weights = regression.zeros();
        regression.fit(&mut weights, 1.0, &never).unwrap();
        let solution = Solution {
            weights: &weights,
            features: &features,
            variant,
            labels,
            answer: answer.as_ref(),
        };
        let ngrams = solution.ngrams(LONGEST_NGRAM).unwrap().unwrap();
        let found = unfitted.logits(&solution.linear_layer(), &ngrams);
        let expected = regression.scores(&weights).unwrap();
        let (found, expected) = (found.concat(), expected.concat());
        assert!(expected.iter().any(|logit| logit.abs() > 0.5));
        for (found, expected) in found.into_iter().zip(expected) {
            let difference = (found - expected).abs();
            assert!(difference < 1e-3, "{found} is not {expected}: {variant:?}");
        }
    }
}

#[test]
fn a_model_from_scratch_has_the_logits_of_the_regression() {
    check(&dataset(), None, &VARIANTS);
    check(&with_three_labels(), None, &VARIANTS);
}

#[test]
fn a_model_from_the_built_in_one_has_the_logits_of_the_regression() {
    let base = Base::read("general", &Device::Cpu).unwrap();
    check(&dataset(), Some(&base), &VARIANTS_OF_BASE);
    check(&with_three_labels(), Some(&base), &VARIANTS);
}

#[test]
fn a_model_from_one_with_normalized_ngrams_has_the_logits_of_the_regression() {
    let folder = tempfile::tempdir().unwrap();
    let (sample, recipe) = (InitialVectors::Sample, Preset::Few.recipe());
    let trainer = Trainer::new(&dataset(), &sample, recipe, folder.path(), &Device::Cpu);
    let never = AtomicBool::new(false);
    trainer.unwrap().run(&never, &mut |_| {}).unwrap();
    let base = Base::read(folder.path().to_str().unwrap(), &Device::Cpu).unwrap();
    assert!(base.ngrams().unwrap().idf().is_some());
    check(&dataset(), Some(&base), &VARIANTS_OF_BASE);
    check(&with_three_labels(), Some(&base), &VARIANTS);
}

/// The numbers of scikit-learn 1.9:
///
/// ```python
/// import numpy as np
/// from sklearn.linear_model import LogisticRegression
/// dense = np.array([[1, 0.5], [1, -1.0], [1, 2.0], [1, 0.0], [1, 1.5], [1, -0.5], [1, -2.0], [1, 1.0]])
/// sparse = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 1], [1, 2, 0], [0, 2, 1], [1, 0, 1], [0, 0, 0], [1, 2, 1]]) * 0.5
/// y = np.array([0, 1, 2, 0, 2, 1, 1, 0])
/// X = np.hstack([dense, sparse])
/// model = LogisticRegression(C=3, fit_intercept=False, tol=1e-10, max_iter=10000).fit(X, y)
/// print(np.round(model.coef_.T, 4).tolist())
/// ```
#[test]
fn the_regression_agrees_with_scikit_learn() {
    let expected = [
        [0.1786, 0.2956, -0.4742],
        [0.3153, -1.6551, 1.3398],
        [1.0895, -0.1574, -0.9321],
        [0.3995, -0.2389, -0.1606],
        [-0.5809, 0.3649, 0.216],
    ];
    let second = [0.5, -1.0, 2.0, 0.0, 1.5, -0.5, -2.0, 1.0];
    let dense: Vec<f32> = second.into_iter().flat_map(|value| [1.0, value]).collect();
    let sparse: [&[u32]; 8] = [&[0], &[1], &[2], &[0, 1], &[1, 2], &[0, 2], &[], &[0, 1, 2]];
    let values: [&[f32]; 8] = [
        &[0.5],
        &[1.0],
        &[0.5],
        &[0.5, 1.0],
        &[1.0, 0.5],
        &[0.5, 0.5],
        &[],
        &[0.5, 1.0, 0.5],
    ];
    let mut targets = vec![0.0; 8 * 3];
    for (row, label) in [0, 1, 2, 0, 2, 1, 1, 0].into_iter().enumerate() {
        targets[row * 3 + label] = 1.0;
    }
    let rows = Rows::new(dense, 2, sparse.to_vec(), values.to_vec(), vec![0.0; 8 * 3]);
    let regression = Regression::new(rows.unwrap(), targets, 3, 3);
    let mut weights = regression.zeros();
    let never = AtomicBool::new(false);
    regression.fit(&mut weights, 3.0, &never).unwrap();
    for (found, expected) in weights.iter().zip(expected.concat()) {
        assert!((found - expected).abs() < 0.02, "{weights:?}");
    }
}
