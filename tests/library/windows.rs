//! Compares the fused with the plain implementation of the encoders without recurrence, in networks with random architectures,
//! weights and texts.
//!
//! Weights and word vectors are multiples of 1/16, so that sums of their products are exact: no rounding error decides which state
//! is the largest, or whether one is positive.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::{Device, Tensor, Var};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::batch::Batch;
use sentiment::corpus::{Corpus, sample};
use sentiment::model::{
    Architecture, CnnConfig, DenseWeights, Embedding, EncoderConfig, EncoderKind, Implementation,
    MeanConfig, Network, Pooling, Weights,
};
use sentiment::training::{Dataset, InitialVectors, Outcome, Progress, Recipe, Trainer};

use crate::recurrence::{LABELS, WORDS, close, compute, largest, texts, values, within};

fn encoder() -> impl Strategy<Value = EncoderConfig> {
    let widths = prop::collection::btree_set(1usize..8, 1..4);
    let cnn = (1usize..30, widths).prop_map(|(filters, widths)| {
        EncoderConfig::Cnn(CnnConfig {
            filters,
            widths: widths.into_iter().collect(),
        })
    });
    prop_oneof![3 => cnn, 1 => Just(EncoderConfig::Mean(MeanConfig {}))]
}

fn architecture() -> impl Strategy<Value = Architecture> {
    let pooling = prop::sample::select(vec![
        Pooling::Last,
        Pooling::Mean,
        Pooling::Max,
        Pooling::Attention,
    ]);
    (1usize..40, encoder(), pooling).prop_map(|(embedding_size, encoder, pooling)| Architecture {
        embedding_size,
        encoder,
        pooling,
        word_mean: false,
    })
}

/// Builds a network with random weights. Also returns its variables by name.
fn network(
    architecture: &Architecture,
    seed: u64,
    implementation: Implementation,
) -> (Network, Vec<(String, Var)>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let size = architecture.embedding_size;
    let table = sixteenths(WORDS as usize * size, &mut rng);
    let shapes = architecture
        .initial_weights(LABELS, &mut rng.clone(), &Device::Cpu)
        .unwrap();
    let variables: Vec<(String, Var)> = shapes
        .into_iter()
        .map(|(name, tensor)| {
            let values = sixteenths(tensor.elem_count(), &mut rng);
            let var = Var::from_vec(values, tensor.shape(), &Device::Cpu).unwrap();
            (name, var)
        })
        .collect();
    let dense = variables
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()));
    let embedding = Embedding::new(table, size);
    let network = build(architecture, embedding, dense.collect(), implementation);
    (network, variables)
}

fn build(
    architecture: &Architecture,
    embedding: Embedding,
    dense: DenseWeights,
    implementation: Implementation,
) -> Network {
    let weights = Weights { embedding, dense };
    Network::new(architecture.clone(), LABELS, weights, implementation).unwrap()
}

fn sixteenths(count: usize, rng: &mut impl Rng) -> Vec<f32> {
    let sixteenths = (0..count).map(|_| rng.random_range(-16i8..=16));
    sixteenths.map(|number| f32::from(number) / 16.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn implementations_agree(architecture in architecture(), texts in texts(), seed in 0u64..1000) {
        let batch = Batch::pack(&texts);
        let (plain, plain_gradients) = compute(&network(&architecture, seed, Implementation::Plain), &batch);
        let (fused, fused_gradients) = compute(&network(&architecture, seed, Implementation::Fused), &batch);
        close(&fused, &plain, 1e-5, "logits")?;
        prop_assert_eq!(fused_gradients.len(), plain_gradients.len());
        // Gradients whose terms cancel have the rounding errors of the terms, which are as large as other gradients.
        let scale = plain_gradients.iter().map(|(_, plain)| largest(plain)).fold(1e-3, f32::max);
        for ((name, plain), (_, fused)) in plain_gradients.iter().zip(&fused_gradients) {
            within(fused, plain, (1e-4 * largest(plain)).max(1e-6 * scale), name)?;
        }
    }

    #[test]
    fn fixed_weights_and_a_projected_vocabulary_change_no_byte(
        architecture in architecture(),
        texts in texts(),
        seed in 0u64..1000,
    ) {
        let (trained, variables) = network(&architecture, seed, Implementation::Fused);
        let dense = variables.iter().map(|(name, var)| (name.clone(), var.as_detached_tensor()));
        let embedding = trained.embedding().clone();
        let fixed = build(&architecture, embedding, dense.collect(), Implementation::Fused);
        let batch = Batch::pack(&texts);
        let score = |network: &Network, batch: &Batch, words: &Tensor| {
            values(&network.score(batch, &words.clone().into()).unwrap())
        };
        let vectors = trained.embed(&batch).unwrap();
        let scores = score(&trained, &batch, &vectors);
        // The second pass uses the weights that the first one cached.
        for _ in 0..2 {
            prop_assert_eq!(&score(&fixed, &batch, &vectors), &scores);
        }
        let words = fixed.project_vocabulary().unwrap().unwrap();
        let projected = fixed.score(&Batch::pack_ids(&texts), &words).unwrap();
        prop_assert_eq!(&values(&projected), &scores);
    }

    #[test]
    fn the_other_texts_of_a_batch_change_no_byte(architecture in architecture(), texts in texts(), seed in 0u64..1000) {
        let (network, _) = network(&architecture, seed, Implementation::Fused);
        let score = |texts: &[Vec<u32>]| {
            let batch = Batch::pack(texts);
            let words = network.embed(&batch).unwrap();
            let scores = network.score(&batch, &words.into()).unwrap().to_vec2::<f32>().unwrap();
            (batch.order, scores)
        };
        let (order, together) = score(&texts);
        for (&text, together) in order.iter().zip(&together) {
            let (_, alone) = score(&texts[text..=text]);
            prop_assert_eq!(&alone[0], together);
        }
    }
}

/// A small dataset and the recipes of the encoders.
fn runs() -> (Dataset, [Recipe; 2]) {
    let mut corpus = Corpus::collect(sample().unwrap()).unwrap();
    corpus.examples.truncate(100);
    let dataset = Dataset::split(corpus, 0.2, 1).unwrap();
    let recipe = |encoder, pooling| Recipe {
        encoder,
        pooling,
        embedding_size: 6,
        filters: 5,
        epochs: 2,
        ..Recipe::default()
    };
    let recipes = [
        recipe(EncoderKind::Cnn, Pooling::Max),
        recipe(EncoderKind::Mean, Pooling::Mean),
    ];
    (dataset, recipes)
}

/// Runs to the end, or interrupts the run after `max_steps` steps.
fn run(trainer: &mut Trainer, max_steps: usize) -> Outcome {
    let interrupted = AtomicBool::new(false);
    let mut steps = 0;
    let mut count = |progress: Progress| {
        if let Progress::Step { .. } = progress {
            steps += 1;
            interrupted.store(steps == max_steps, Ordering::Relaxed);
        }
    };
    trainer.run(&interrupted, &mut count).unwrap()
}

#[test]
fn a_resumed_run_ends_with_the_same_model() {
    let (dataset, recipes) = runs();
    let device = sentiment::Device::Cpu;
    for recipe in recipes {
        let new = |folder: &Path| {
            let recipe = recipe.clone();
            Trainer::new(&dataset, &InitialVectors::Random, recipe, folder, &device).unwrap()
        };
        let model = |folder: &Path| fs::read(folder.join("model.safetensors")).unwrap();
        let whole = tempfile::tempdir().unwrap();
        assert_eq!(run(&mut new(whole.path()), usize::MAX), Outcome::Finished);
        // Each of the two epochs has three steps.
        for step in [1, 3, 5] {
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(run(&mut new(folder.path()), step), Outcome::Interrupted);
            let mut resumed = Trainer::resume(&dataset, None, folder.path(), &device).unwrap();
            assert_eq!(run(&mut resumed, usize::MAX), Outcome::Finished);
            assert!(
                model(folder.path()) == model(whole.path()),
                "after step {step}"
            );
        }
    }
}
