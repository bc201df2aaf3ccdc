//! Throughput of the recurrent kernel in tokens per second with each cell, and of a general matrix product in FLOP per
//! second.
//!
//! Input size 100, hidden size 128, one direction. The recurrent products of a token take 0.13 MFLOP forward in the LSTM, and
//! 0.39 MFLOP forward and backward; in the GRU three quarters of that. The products of an input take 0.10 and 0.31 MFLOP.
#![allow(unsafe_code)] // gemm takes raw pointers.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::ItemsCount;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::ThreadPoolBuilder;
use sentiment::batch::PackedLayout;
use sentiment::model::encoder::recurrent::kernel::{
    Cell, GradHidden, Layer, Recurrence, arrange, backward, forward,
};
use sentiment::model::encoder::{GruCell, LstmCell, SruCell};

const INPUT_SIZE: usize = 100;
const HIDDEN_SIZE: usize = 128;

/// Number of threads and rows of the batch.
const CASES: [(usize, usize); 4] = [(1, 32), (2, 32), (1, 128), (2, 128)];

fn main() {
    divan::main();
}

#[divan::bench(types = [LstmCell, GruCell, SruCell], args = CASES)]
fn forward_only<C: Cell + Default>(bencher: Bencher, (threads, rows): (usize, usize)) {
    let batch = Batch::<C>::new(rows);
    batch.bench(bencher, threads, || {
        black_box(forward(batch.layer(), &arrange(batch.layer()), false));
    });
}

#[divan::bench(types = [LstmCell, GruCell, SruCell], args = CASES)]
fn forward_and_backward<C: Cell + Default>(bencher: Bencher, (threads, rows): (usize, usize)) {
    let batch = Batch::<C>::new(rows);
    batch.bench(bencher, threads, || {
        let states = forward(batch.layer(), &arrange(batch.layer()), true);
        let grad_hidden = GradHidden::OfTokens(&batch.grad_hidden);
        black_box(backward(batch.layer(), states, grad_hidden));
    });
}

#[divan::bench(args = [1, 2])]
fn matrix_product_2048(bencher: Bencher, threads: usize) {
    let size = 2048;
    let (lhs, rhs) = (vec![1.0f32; size * size], vec![0.5f32; size * size]);
    let mut product = vec![0.0f32; size * size];
    let parallelism = match threads {
        1 => gemm::Parallelism::None,
        _ => gemm::Parallelism::Rayon(threads),
    };
    bencher
        .counter(ItemsCount::new(2 * size * size * size))
        .bench_local(|| {
            let stride = size as isize;
            // SAFETY: the three matrices have `size * size` values, with rows `size` apart.
            unsafe {
                gemm::gemm(
                    size,
                    size,
                    size,
                    product.as_mut_ptr(),
                    1,
                    stride,
                    false,
                    lhs.as_ptr(),
                    1,
                    stride,
                    rhs.as_ptr(),
                    1,
                    stride,
                    0.0,
                    1.0,
                    false,
                    false,
                    false,
                    parallelism,
                );
            }
        });
}

/// Random values with the shapes of a bucketed batch of reviews truncated to 256 tokens.
struct Batch<C> {
    cell: C,
    layout: PackedLayout,
    inputs: Vec<f32>,
    input_of_token: Vec<u32>,
    weights: Vec<f32>,
    grad_hidden: Vec<f32>,
}

impl<C: Cell + Default> Batch<C> {
    fn new(rows: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut lengths: Vec<usize> = (0..rows).map(|_| rng.random_range(192..=208)).collect();
        lengths.sort_by_key(|&length| std::cmp::Reverse(length));
        let layout = PackedLayout::new(lengths);
        let tokens = layout.tokens();
        // In a batch of 32 reviews 28% of the tokens are distinct words, in a batch of 128 reviews 18%.
        let inputs = tokens * if rows <= 32 { 28 } else { 18 } / 100;
        // Few words account for most tokens.
        let input_of_token = (0..tokens)
            .map(|_| (rng.random::<f32>().powi(3) * inputs as f32) as u32)
            .collect();
        let mut random = |len: usize, bound: f32| -> Vec<f32> {
            (0..len).map(|_| rng.random_range(-bound..bound)).collect()
        };
        let recurrent = match C::RECURRENCE {
            Recurrence::Matrix => HIDDEN_SIZE,
            Recurrence::Elementwise => 1,
        };
        Self {
            cell: C::default(),
            inputs: random(inputs * INPUT_SIZE, 1.0),
            input_of_token,
            weights: random(4 * HIDDEN_SIZE * (INPUT_SIZE + 1 + recurrent), 0.088),
            grad_hidden: random(tokens * HIDDEN_SIZE, 1.0),
            layout,
        }
    }

    fn layer(&self) -> Layer<'_, C> {
        Layer {
            cell: self.cell,
            directions: 1,
            input_size: INPUT_SIZE,
            hidden_size: HIDDEN_SIZE,
            weights: &self.weights,
            inputs: &self.inputs,
            input_of_token: &self.input_of_token,
            layout: &self.layout,
        }
    }

    fn bench(&self, bencher: Bencher, threads: usize, compute: impl Fn() + Sync) {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        bencher
            .counter(ItemsCount::new(self.layout.tokens()))
            .bench(|| pool.install(&compute));
    }
}
