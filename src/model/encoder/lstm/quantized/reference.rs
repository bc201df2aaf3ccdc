//! The quantized LSTM in plain Rust, one unit at a time, and its comparison with the kernels.

use candle_core::Device;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::model::encoder::recurrent::Recurrent;
use crate::model::encoder::{LstmCell, RecurrentConfig};
use crate::model::kernel::plain_tanh_fraction;
use crate::model::{Architecture, EncoderConfig, Implementation, Pooling};

const WORDS: usize = 40;

/// The number of terms that a projection sums before it adds them to the result, as the product of `f32` does.
const DEPTH_BLOCK: usize = 96;

/// A random LSTM, an embedding and texts.
#[derive(Clone, Debug)]
struct Problem {
    lstm: Recurrent<LstmCell>,
    embedding: Embedding,
    texts: Vec<Vec<u32>>,
}

fn problem() -> impl Strategy<Value = Problem> {
    let text = prop::collection::vec(0..WORDS as u32, 0..12);
    let texts = prop::collection::vec(text, 1..20);
    let config = (1usize..80, 1usize..=3, any::<bool>());
    (config, 1usize..120, texts, any::<u64>()).prop_map(|(config, size, texts, seed)| {
        let (hidden_size, layers, bidirectional) = config;
        let config = RecurrentConfig {
            hidden_size,
            layers,
            bidirectional,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let architecture = Architecture {
            embedding_size: size,
            encoder: EncoderConfig::Lstm(config.clone()),
            pooling: Pooling::Mean,
            word_mean: false,
        };
        let weights = architecture.initial_weights(2, &mut rng, &Device::Cpu);
        let vectors = (0..WORDS * size).map(|_| rng.random_range(-2.0..2.0));
        Problem {
            embedding: Embedding::new(vectors.collect(), size),
            lstm: Recurrent::new(&config, &weights.unwrap(), Implementation::Fused),
            texts,
        }
    })
}

impl Problem {
    fn quantized(&self, arch: Int8Arch) -> QuantizedLstm {
        let layers = self.lstm.fused_weights().unwrap().unwrap();
        QuantizedLstm::new(&layers, self.lstm.hidden_size(), arch).unwrap()
    }

    /// Returns the hidden states of each text by the kernels, `[tokens, features]`.
    fn compute(&self, arch: Int8Arch, with_frequent: bool) -> Vec<Vec<f32>> {
        let lstm = self.quantized(arch);
        if with_frequent {
            lstm.expect_tokens(usize::MAX, &self.embedding);
        }
        let batch = Batch::pack_ids(&self.texts);
        let hidden = lstm.forward(&batch, &self.embedding);
        let features = hidden.len() / batch.layout.tokens().max(1);
        let mut of_texts = vec![Vec::new(); self.texts.len()];
        for (row, &length) in batch.layout.lengths().iter().enumerate() {
            for step in 0..length {
                let token = batch.layout.step(step).start + row;
                let state = &hidden[token * features..][..features];
                of_texts[batch.order[row]].extend_from_slice(state);
            }
        }
        of_texts
    }

    /// Returns the hidden states of each text by the reference.
    fn reference(&self) -> Vec<Vec<f32>> {
        let layers = self.lstm.fused_weights().unwrap().unwrap();
        let layers: Vec<LayerRows> = layers
            .iter()
            .map(|weights| LayerRows::of(weights, self.lstm.hidden_size()).unwrap())
            .collect();
        let of_text = |text: &Vec<u32>| {
            let mut inputs: Vec<Vec<f32>> = text
                .iter()
                .map(|&word| self.embedding.row(word).to_vec())
                .collect();
            for (index, layer) in layers.iter().enumerate() {
                inputs = layer_states(layer, &inputs, index > 0);
            }
            inputs.concat()
        };
        self.texts.iter().map(of_text).collect()
    }
}

/// Returns the hidden states of a layer, `[steps][features]`, from its inputs.
fn layer_states(layer: &LayerRows, inputs: &[Vec<f32>], are_states: bool) -> Vec<Vec<f32>> {
    let mut states = vec![Vec::new(); inputs.len()];
    for (direction, rows) in layer.directions().enumerate() {
        let bias = layer.bias_column();
        let part = |columns: std::ops::Range<usize>| -> QuantizedMatrix {
            let rows: Vec<&[f32]> = rows.iter().map(|row| &row[columns.clone()]).collect();
            QuantizedMatrix::new(&rows)
        };
        let (input, recurrent) = (part(0..bias), part(bias + 1..layer.columns));
        let mut hidden = vec![0f32; layer.hidden_size];
        let mut cell = hidden.clone();
        let mut steps: Vec<usize> = (0..inputs.len()).collect();
        if direction == 1 {
            steps.reverse();
        }
        for step in steps {
            let gates: Vec<f32> = (0..rows.len())
                .map(|row| {
                    let projected = match are_states {
                        true => add_product(&input, row, &inputs[step], rows[row][bias]),
                        false => project(&rows[row][..=bias], &inputs[step]),
                    };
                    add_product(&recurrent, row, &hidden, projected)
                })
                .collect();
            for unit in 0..layer.hidden_size {
                let gates = [0, 1, 2, 3].map(|gate| gates[gate * layer.hidden_size + unit]);
                (cell[unit], hidden[unit]) = advance(gates, cell[unit]);
            }
            states[step].extend_from_slice(&hidden);
        }
    }
    states
}

/// Returns `number` plus the product of states with a row of a quantized matrix.
fn add_product(matrix: &QuantizedMatrix, row: usize, states: &[f32], number: f32) -> f32 {
    let states = states
        .iter()
        .map(|&state| (f64::from(state) * 127.0).round_ties_even() as i32);
    let products = matrix.row(row).iter().zip(states);
    let sum: i32 = products
        .map(|(&weight, state)| i32::from(weight) * state)
        .sum();
    (sum as f32).mul_add(matrix.scale(row) / 127.0, number)
}

/// Returns the product of an input with a row of weights, the last of which is the bias.
fn project(weights: &[f32], input: &[f32]) -> f32 {
    let (weights, bias) = weights.split_at(input.len());
    let blocks = weights.chunks(DEPTH_BLOCK).zip(input.chunks(DEPTH_BLOCK));
    blocks.fold(bias[0], |result, (weights, input)| {
        let terms = weights.iter().zip(input);
        result + terms.fold(0f32, |sum, (weight, x)| x.mul_add(*weight, sum))
    })
}

fn advance([i, f, g, o]: [f32; 4], cell: f32) -> (f32, f32) {
    let [i_n, i_d] = plain_tanh_fraction(0.5 * i);
    let [f_n, f_d] = plain_tanh_fraction(0.5 * f);
    let [g_n, g_d] = plain_tanh_fraction(g);
    let kept = (f_d + f_n) * cell * (i_d * g_d);
    let numerator = ((i_d + i_n) * g_n).mul_add(f_d, kept);
    let cell = 0.5 * numerator / (f_d * (i_d * g_d));
    let [o_n, o_d] = plain_tanh_fraction(0.5 * o);
    let [c_n, c_d] = plain_tanh_fraction(cell);
    (cell, 0.5 * (o_d + o_n) * c_n / (o_d * c_d))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn kernels_are_equal_to_the_reference(problem in problem(), with_frequent in any::<bool>()) {
        let reference = problem.reference();
        for arch in Int8Arch::all() {
            let found = problem.compute(arch, with_frequent);
            match arch {
                // Without fused multiply-add, rounding errors can move a state to the next integer.
                Int8Arch::Portable if cfg!(target_arch = "x86_64") => {
                    let pairs = found.concat().into_iter().zip(reference.concat());
                    for (found, expected) in pairs {
                        prop_assert!((found - expected).abs() < 0.05, "{found}, not {expected}");
                    }
                }
                _ => prop_assert_eq!(&found, &reference, "{:?}", arch),
            }
        }
    }

    #[test]
    fn states_are_close_to_those_of_f32(problem in problem()) {
        let batch = Batch::pack(&problem.texts);
        prop_assume!(batch.layout.tokens() > 0);
        let words = problem.embedding.gather(&batch.words, &Device::Cpu).unwrap();
        let exact = problem.lstm.forward(&words.into(), &batch, &mut None, None).unwrap();
        let exact = exact.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let lstm = problem.quantized(Int8Arch::new());
        let found = lstm.forward(&Batch::pack_ids(&problem.texts), &problem.embedding);
        for (found, exact) in found.iter().zip(exact) {
            prop_assert!((found - exact).abs() < 0.06, "{found}, not {exact}");
        }
    }
}

#[test]
fn threads_and_batches_change_no_byte() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let problem = problem().new_tree(&mut runner).unwrap().current();
    let arch = Int8Arch::new();
    let together = problem.compute(arch, false);
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let found = pool
            .build()
            .unwrap()
            .install(|| problem.compute(arch, threads == 2));
        assert_eq!(found, together, "{threads} threads");
    }
    for (text, expected) in problem.texts.iter().zip(together) {
        let alone = Problem {
            texts: vec![text.clone()],
            ..problem.clone()
        };
        assert_eq!(alone.compute(arch, false), [expected]);
    }
}
