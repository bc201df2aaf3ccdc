//! Throughput of preprocessing in tokens per second on one core: `cargo bench --bench text`.
//!
//! Measured on the sample corpus and, if `../shared/data` exists, on movie reviews.

use std::path::Path;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use sentiment::corpus::{self, CorpusOptions};
use sentiment::text::{Preprocessor, PreprocessorConfig, Tokens};

fn main() {
    divan::main();
}

fn measure(bencher: Bencher, texts: &[String]) {
    let preprocessor = Preprocessor::new(PreprocessorConfig::default()).unwrap();
    let mut tokens = Tokens::default();
    // Counts all tokens, because removed stopwords are tokenized too.
    let all_tokens = PreprocessorConfig {
        stopwords: sentiment::text::StopwordList::None,
        ..PreprocessorConfig::default()
    };
    let counter = Preprocessor::new(all_tokens).unwrap();
    let count: usize = texts
        .iter()
        .map(|text| {
            counter.tokenize(text, &mut tokens);
            tokens.len()
        })
        .sum();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher
        .counter(ItemsCount::new(count))
        .counter(BytesCount::new(bytes))
        .bench_local(|| {
            for text in texts {
                preprocessor.tokenize(divan::black_box(text), &mut tokens);
            }
        });
}

#[divan::bench(sample_count = 20)]
fn sample_corpus(bencher: Bencher) {
    let texts: Vec<String> = corpus::sample()
        .unwrap()
        .map(|example| example.unwrap().text)
        .collect();
    measure(bencher, &texts);
}

#[divan::bench(sample_count = 10)]
fn reviews(bencher: Bencher) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/imdb-train.csv.gz");
    let Ok(rows) = corpus::open_texts(&path, &CorpusOptions::default()) else {
        eprintln!("skipped: {} does not exist", path.display());
        return;
    };
    let texts: Vec<String> = rows.take(5000).map(|row| row.unwrap().text).collect();
    measure(bencher, &texts);
}
