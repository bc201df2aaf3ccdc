//! Compares the network with PyTorch and with finite differences.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};
use candle_nn::loss::cross_entropy;
use sentiment::batch::Batch;
use sentiment::model::{
    Architecture, DenseWeights, EMBEDDING, Embedding, EncoderConfig, HostTensor, Implementation,
    Network, Weights,
};
use serde::Deserialize;

/// Written by benches/peers/pytorch_network.py and pytorch_windows.py.
const FIXTURES: [&str; 2] = [
    include_str!("../fixtures/pytorch_network.json"),
    include_str!("../fixtures/pytorch_windows.json"),
];

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    architecture: Architecture,
    weights: BTreeMap<String, Values>,
    texts: Vec<Vec<u32>>,
    targets: Vec<u32>,
    logits: Vec<Vec<f32>>,
    gradients: BTreeMap<String, Values>,
}

#[derive(Clone, Deserialize)]
struct Values {
    shape: Vec<usize>,
    values: Vec<f32>,
}

fn cases() -> Vec<Case> {
    let cases = |json| serde_json::from_str::<Fixture>(json).unwrap().cases;
    FIXTURES.into_iter().flat_map(cases).collect()
}

/// Builds the network of a case. Also returns its variables by name.
fn network(case: &Case, implementation: Implementation) -> (Network, BTreeMap<String, Var>) {
    let host =
        |(name, Values { shape, values }): (String, Values)| (name, HostTensor { shape, values });
    let weights = case.weights.clone().into_iter().map(host).collect();
    let Weights { embedding, dense } = Weights::from_host(weights, &Device::Cpu).unwrap();
    let variables: BTreeMap<String, Var> = dense
        .iter()
        .map(|(name, tensor)| (name.clone(), Var::from_tensor(tensor).unwrap()))
        .collect();
    let dense: DenseWeights = variables
        .iter()
        .map(|(name, var)| (name.clone(), var.as_tensor().clone()))
        .collect();
    let labels = case.logits[0].len();
    let weights = Weights { embedding, dense };
    let network = Network::new(case.architecture.clone(), labels, weights, implementation).unwrap();
    (network, variables)
}

/// Returns the mean cross-entropy, and the vectors of the batch's words as a variable.
fn loss(case: &Case, network: &Network, batch: &Batch) -> (Tensor, Var) {
    let words = Var::from_tensor(&network.embed(batch).unwrap()).unwrap();
    let logits = network.forward(batch, words.as_tensor()).unwrap();
    let targets: Vec<u32> = batch.order.iter().map(|&text| case.targets[text]).collect();
    let targets = Tensor::new(targets, &Device::Cpu).unwrap();
    (cross_entropy(&logits, &targets).unwrap(), words)
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let allowed = tolerance * (1.0 + expected.abs());
        assert!(
            (found - expected).abs() <= allowed,
            "{what}[{index}]: {found}, not {expected}"
        );
    }
}

#[test]
fn logits_and_gradients_match_pytorch() {
    for implementation in [Implementation::Plain, Implementation::Fused] {
        for case in cases() {
            let what = format!("{:?}, {implementation:?}", case.architecture);
            let (network, variables) = network(&case, implementation);
            let batch = Batch::pack(&case.texts);

            let logits = network
                .forward(&batch, &network.embed(&batch).unwrap())
                .unwrap();
            for (row, logits) in batch.order.iter().zip(logits.to_vec2::<f32>().unwrap()) {
                assert_close(&logits, &case.logits[*row], 1e-6, &what);
            }

            let (loss, words) = loss(&case, &network, &batch);
            let gradients = loss.backward().unwrap();
            for (name, var) in &variables {
                let found = values(gradients.get(var).unwrap());
                let name_of_case = format!("{what}: {name}");
                assert_close(&found, &case.gradients[name].values, 1e-6, &name_of_case);
            }
            let mut table = Embedding::new(vec![0.0; case.gradients[EMBEDDING].values.len()], 4);
            let rows = values(gradients.get(&words).unwrap());
            for (&word, row) in batch.words.iter().zip(rows.chunks(4)) {
                table.row_mut(word).copy_from_slice(row);
            }
            assert_close(
                &table.weights(),
                &case.gradients[EMBEDDING].values,
                1e-6,
                &what,
            );
        }
    }
}

/// Compares with `(f(w + ε) - f(w - ε)) / 2ε` for every weight of the plain network except the embedding. The step would cross
/// kinks of a convolution's ReLU, whose gradients the tests of its kernel compare in `f64`.
#[test]
fn gradients_are_finite_differences() {
    const EPSILON: f32 = 1e-2;
    let is_smooth = |case: &Case| !matches!(case.architecture.encoder, EncoderConfig::Cnn(_));
    for case in cases().into_iter().filter(is_smooth) {
        let (network, variables) = network(&case, Implementation::Plain);
        let batch = Batch::pack(&case.texts);
        let gradients = loss(&case, &network, &batch).0.backward().unwrap();
        for (name, var) in &variables {
            let before = values(var);
            let at = |index: usize, change: f32| {
                let mut changed = before.clone();
                changed[index] += change;
                var.set(&Tensor::from_vec(changed, var.shape(), &Device::Cpu).unwrap())
                    .unwrap();
                loss(&case, &network, &batch).0.to_scalar::<f32>().unwrap()
            };
            let differences: Vec<f32> = (0..before.len())
                .map(|index| (at(index, EPSILON) - at(index, -EPSILON)) / (2.0 * EPSILON))
                .collect();
            at(0, 0.0);
            assert_close(
                &values(gradients.get(var).unwrap()),
                &differences,
                1e-3,
                name,
            );
        }
    }
}

#[test]
fn logits_do_not_depend_on_the_batch() {
    for implementation in [Implementation::Plain, Implementation::Fused] {
        for case in cases() {
            let (network, _) = network(&case, implementation);
            let logits = |texts: &[Vec<u32>]| {
                let batch = Batch::pack(texts);
                let logits = network.forward(&batch, &network.embed(&batch).unwrap());
                let rows = logits.unwrap().to_vec2::<f32>().unwrap();
                batch
                    .order
                    .into_iter()
                    .zip(rows)
                    .collect::<BTreeMap<usize, Vec<f32>>>()
            };
            let mut texts = case.texts.clone();
            texts.push(Vec::new());
            let together = logits(&texts);
            for (index, text) in texts.iter().enumerate() {
                let alone = logits(std::slice::from_ref(text));
                assert_close(&alone[&0], &together[&index], 1e-6, "alone and together");
            }
        }
    }
}
