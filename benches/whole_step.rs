//! Throughput of training steps, including embedding and optimizer, and of scoring, compared with a large f32
//! matrix product in the same run.
//!
//! Hidden size 128, embedding dimension 100, one direction, texts of at most 256 tokens. The matrix products of a
//! token take 0.7 MFLOP without sharing work between equal words.
//!
//! ```text
//! cargo bench --bench whole_step -- REVIEWS.csv
//! cargo bench --bench whole_step -- --score MODEL REVIEWS.csv
//! ```
//!
//! The first command prints medians of five runs. The second prints the tokens scored per second on two threads,
//! for benches/peers/speed.py.
#![allow(unsafe_code)] // gemm takes raw pointers.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use gemm::Parallelism;
use mimalloc::MiMalloc;
use rayon::{ThreadPool, ThreadPoolBuilder};
use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{Corpus, CorpusOptions, read_labelled};
use sentiment::model::Pooling;
use sentiment::training::{Dataset, InitialVectors, Recipe, Trainer};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const RUNS: usize = 5;
const TRAINING_TEXTS: usize = 4000;
const FLOP_PER_TOKEN: f64 = 0.7e6;
const PRODUCT_SIZE: usize = 2048;

fn main() -> anyhow::Result<()> {
    // Cargo passes `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--score", model, corpus] => println!("{:.0}", score(model, read(corpus)?)?),
        [corpus] => train(read(corpus)?)?,
        _ => println!("skipped: pass a file of labelled reviews"),
    }
    Ok(())
}

fn read(corpus: &str) -> anyhow::Result<Corpus> {
    Ok(read_labelled(Path::new(corpus), &CorpusOptions::default())?)
}

/// Results with one and with two threads.
type Pair = [f64; 2];

fn train(mut corpus: Corpus) -> anyhow::Result<()> {
    corpus.examples.truncate(TRAINING_TEXTS);
    let dataset = Dataset::split(corpus, 0.01, 1)?;
    let pools = [pool(1)?, pool(2)?];
    println!(
        "batch  tokens/s, 1 and 2 threads  product GFLOP/s  share of product speed  speed-up on 2 threads / that of the product"
    );
    for batch_size in [32, 128] {
        let mut runs: Vec<(Pair, Pair)> = Vec::new();
        for _ in 0..RUNS {
            let [mut tokens, mut flop] = [[0.0; 2]; 2];
            for (thread, pool) in pools.iter().enumerate() {
                flop[thread] = product(thread + 1, pool);
                tokens[thread] = pool.install(|| train_once(&dataset, batch_size))?;
            }
            runs.push((tokens, flop));
        }
        let tokens = [0, 1].map(|thread| median(&runs, |(tokens, _)| tokens[thread]));
        let flop = [0, 1].map(|thread| median(&runs, |(_, flop)| flop[thread] / 1e9));
        let share = median(&runs, |(tokens, flop)| tokens[1] * FLOP_PER_TOKEN / flop[1]);
        let scaling = median(&runs, |(tokens, flop)| {
            tokens[1] / tokens[0] * flop[0] / flop[1]
        });
        let [one, two] = tokens;
        let [product_one, product_two] = flop;
        println!(
            "{batch_size:>5}  {one:>12.0} {two:>13.0}  {product_one:>7.0} {product_two:>7.0}  {share:>22.2}  {scaling:>43.2}"
        );
    }
    Ok(())
}

fn pool(threads: usize) -> Result<ThreadPool, rayon::ThreadPoolBuildError> {
    ThreadPoolBuilder::new().num_threads(threads).build()
}

fn median(runs: &[(Pair, Pair)], of: impl Fn(&(Pair, Pair)) -> f64) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Trains one epoch and returns the throughput in tokens per second.
fn train_once(dataset: &Dataset, batch_size: usize) -> anyhow::Result<f64> {
    let recipe = Recipe {
        embedding_size: 100,
        hidden_size: 128,
        bidirectional: false,
        pooling: Pooling::Last,
        word_mean: false,
        max_length: 256,
        batch_size,
        epochs: 1,
        dropout: 0.0,
        word_dropout: 0.0,
        embedding_dropout: 0.0,
        ..Recipe::default()
    };
    let folder = tempfile::tempdir()?;
    let (vectors, device) = (InitialVectors::Random, Device::Cpu);
    let mut trainer = Trainer::new(dataset, &vectors, recipe, folder.path(), &device)?;
    trainer.run(&AtomicBool::new(false), &mut |_| {})?;
    Ok(trainer.history()[0].tokens_per_second)
}

/// Returns the floating-point operations per second of a large matrix product.
fn product(threads: usize, pool: &ThreadPool) -> f64 {
    let size = PRODUCT_SIZE;
    let (lhs, rhs) = (vec![1.0f32; size * size], vec![0.5f32; size * size]);
    let mut product = vec![0.0f32; size * size];
    let parallelism = match threads {
        1 => Parallelism::None,
        _ => Parallelism::Rayon(threads),
    };
    let mut multiply = || {
        let stride = size as isize;
        let (product, lhs, rhs) = (product.as_mut_ptr(), lhs.as_ptr(), rhs.as_ptr());
        // SAFETY: the three matrices have `size * size` values, rows `size` apart.
        unsafe {
            gemm::gemm(
                size,
                size,
                size,
                product,
                1,
                stride,
                false,
                lhs,
                1,
                stride,
                rhs,
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
    };
    pool.install(|| {
        multiply();
        let begin = Instant::now();
        let times = 5;
        (0..times).for_each(|_| multiply());
        (2 * size * size * size * times) as f64 / begin.elapsed().as_secs_f64()
    })
}

fn score(model: &str, corpus: Corpus) -> anyhow::Result<f64> {
    let classifier = Classifier::load(Path::new(model), &Device::Cpu)?;
    let texts: Vec<String> = corpus
        .examples
        .into_iter()
        .map(|example| example.text)
        .collect();
    pool(2)?.install(|| {
        let encoded = classifier.encode(&texts);
        // Warm-up that allocates memory, as the peer has done by training.
        classifier.predict_encoded(&encoded)?;
        let begin = Instant::now();
        classifier.predict_encoded(&encoded)?;
        Ok(encoded.tokens() as f64 / begin.elapsed().as_secs_f64())
    })
}
