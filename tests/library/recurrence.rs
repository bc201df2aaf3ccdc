//! Compares the fused implementation with the plain one in networks with random architectures, weights and texts.

use candle_core::{Device, Tensor, Var};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sentiment::batch::Batch;
use sentiment::model::{
    Architecture, DenseWeights, Embedding, EncoderConfig, Implementation, Network, Pooling,
    RecurrentConfig, Weights,
};

pub const WORDS: u32 = 12;
pub const LABELS: usize = 3;

fn architecture() -> impl Strategy<Value = Architecture> {
    let pooling = prop::sample::select(vec![
        Pooling::Last,
        Pooling::Mean,
        Pooling::Max,
        Pooling::Attention,
    ]);
    let sizes = (1usize..40, 1usize..30, 1usize..=3, any::<bool>());
    let sizes = sizes.prop_map(|(embedding_size, hidden_size, layers, bidirectional)| {
        let config = RecurrentConfig {
            hidden_size,
            layers,
            bidirectional,
        };
        (embedding_size, config)
    });
    let cell = prop::sample::select(vec![
        EncoderConfig::Lstm,
        EncoderConfig::Gru,
        EncoderConfig::Sru,
    ]);
    (cell, sizes, pooling).prop_map(|(cell, (embedding_size, config), pooling)| Architecture {
        embedding_size,
        encoder: cell(config),
        pooling,
        word_mean: false,
    })
}

/// Short and long texts, including empty ones.
pub fn texts() -> impl Strategy<Value = Vec<Vec<u32>>> {
    let text = prop_oneof![
        prop::collection::vec(0..WORDS, 0..3),
        prop::collection::vec(0..WORDS, 0..40),
    ];
    prop::collection::vec(text, 1..9)
}

/// Builds a network with random weights. Also returns its variables by name.
fn network(
    architecture: &Architecture,
    seed: u64,
    implementation: Implementation,
) -> (Network, Vec<(String, Var)>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let size = architecture.embedding_size;
    let table = (0..WORDS as usize * size).map(|index| ((index as f32 + seed as f32) * 0.7).sin());
    let embedding = Embedding::new(table.collect(), size);
    let dense = architecture
        .initial_weights(LABELS, &mut rng, &Device::Cpu)
        .unwrap();
    let variables: Vec<(String, Var)> = dense
        .iter()
        .map(|(name, tensor)| (name.clone(), Var::from_tensor(tensor).unwrap()))
        .collect();
    let dense: DenseWeights = variables
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()))
        .collect();
    let weights = Weights { embedding, dense };
    let network = Network::new(architecture.clone(), LABELS, weights, implementation).unwrap();
    (network, variables)
}

pub fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Returns the logits, and the gradients of a loss of all logits with respect to every weight and the word vectors.
pub fn compute(
    (network, variables): &(Network, Vec<(String, Var)>),
    batch: &Batch,
) -> (Vec<f32>, Vec<(String, Vec<f32>)>) {
    let words = Var::from_tensor(&network.embed(batch).unwrap()).unwrap();
    let logits = network.forward(batch, words.as_tensor()).unwrap();
    let loss = (logits.sqr().unwrap().sum_all().unwrap() + logits.sum_all().unwrap()).unwrap();
    let gradients = loss.backward().unwrap();
    let named = variables.iter().map(|(name, var)| (name.as_str(), var));
    let all = named.chain([("words", &words)]);
    // Without tokens, only the last layer's weights have gradients.
    let found = all.filter_map(|(name, var)| Some((name.to_string(), values(gradients.get(var)?))));
    (values(&logits), found.collect())
}

/// Checks that values are within `tolerance` of the expected ones, relative to the largest of them.
pub fn close(
    found: &[f32],
    expected: &[f32],
    tolerance: f32,
    what: &str,
) -> Result<(), TestCaseError> {
    let scale = largest(expected).max(1e-3);
    within(found, expected, tolerance * scale, what)
}

/// Checks that values differ from the expected ones by at most `error`.
pub fn within(
    found: &[f32],
    expected: &[f32],
    error: f32,
    what: &str,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        prop_assert!(
            (found - expected).abs() <= error,
            "{what}: {found}, not {expected}"
        );
    }
    Ok(())
}

/// Returns the largest magnitude.
pub fn largest(values: &[f32]) -> f32 {
    values
        .iter()
        .fold(0f32, |largest, value| largest.max(value.abs()))
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
        for ((name, plain), (_, fused)) in plain_gradients.iter().zip(&fused_gradients) {
            close(fused, plain, 1e-4, name)?;
        }
    }

    #[test]
    fn cached_weights_give_the_same_logits(architecture in architecture(), texts in texts(), seed in 0u64..1000) {
        let (plain, variables) = network(&architecture, seed, Implementation::Plain);
        let dense = variables.iter().map(|(name, var)| (name.clone(), var.as_detached_tensor()));
        let weights = Weights { embedding: plain.embedding().clone(), dense: dense.collect() };
        let fixed = Network::new(architecture, LABELS, weights, Implementation::Fused).unwrap();
        let batch = Batch::pack(&texts);
        let logits = |network: &Network| {
            values(&network.forward(&batch, &network.embed(&batch).unwrap()).unwrap())
        };
        // The second pass uses the weights that the first one cached.
        for _ in 0..2 {
            close(&logits(&fixed), &logits(&plain), 1e-5, "logits")?;
        }
    }

    #[test]
    fn projecting_the_vocabulary_changes_no_byte(architecture in architecture(), texts in texts(), seed in 0u64..1000) {
        let (network, _) = network(&architecture, seed, Implementation::Fused);
        let batch = Batch::pack(&texts);
        let vectors = network.embed(&batch).unwrap();
        let logits = network.score(&batch, &vectors.clone().into()).unwrap();
        let words = network.project_vocabulary().unwrap().unwrap();
        let projected = network.score(&Batch::pack_ids(&texts), &words).unwrap();
        prop_assert_eq!(values(&projected), values(&logits));
        let trained = network.forward(&batch, &vectors).unwrap();
        close(&values(&logits), &values(&trained), 1e-5, "logits")?;
    }
}
