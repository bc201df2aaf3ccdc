//! Throughput of reading vector files, in bytes per second: `cargo bench --bench embeddings`.
//!
//! The file is synthetic and read from memory. It resembles GloVe 6B 100d: numbers of similar scale with five
//! digits, and a tenth of its words.

use std::hint::black_box;
use std::io::Write;
use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::embeddings::{WordFilter, WordVectors, from_reader};
use sentiment::files::decompress;

const WORDS: usize = 40_000;
const DIMENSION: usize = 100;

fn main() {
    divan::main();
}

fn glove_text() -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(42);
    let mut text = Vec::new();
    for word in 0..WORDS {
        write!(text, "word{word}").unwrap();
        for _ in 0..DIMENSION {
            write!(text, " {:.5}", rng.random_range(-1.0..1.0)).unwrap();
        }
        text.push(b'\n');
    }
    text
}

fn read(file: &[u8], filter: Option<&WordFilter>) -> WordVectors {
    from_reader(black_box(file), Path::new("glove.txt"), filter).unwrap()
}

#[divan::bench]
fn every_word(bencher: Bencher) {
    let file = glove_text();
    bencher
        .counter(BytesCount::of_slice(&file))
        .bench(|| read(&file, None));
}

#[divan::bench]
fn one_word_in_ten(bencher: Bencher) {
    let file = glove_text();
    let filter = (0..WORDS)
        .step_by(10)
        .map(|word| format!("word{word}"))
        .collect();
    bencher
        .counter(BytesCount::of_slice(&file))
        .bench(|| read(&file, Some(&filter)));
}

#[divan::bench]
fn every_word_of_gzip(bencher: Bencher) {
    let file = glove_text();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(&file).unwrap();
    let packed = packer.finish().unwrap();
    bencher
        .counter(BytesCount::of_slice(&file))
        .with_inputs(|| decompress(std::io::Cursor::new(packed.clone())).unwrap())
        .bench_values(|reader| from_reader(reader, Path::new("glove.txt.gz"), None).unwrap());
}
