//! Binary fastText models. The fixtures are from benches/peers/fasttext_vectors.py.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sentiment::embeddings::{
    EmbeddingsError, WordFilter, WordVectors, from_reader, read, read_first,
};
use serde::Deserialize;

/// The offset of the dictionary: magic number, version and settings come before it.
const DICTIONARY: usize = 64;

#[derive(Deserialize)]
struct Fixture {
    models: BTreeMap<String, Model>,
}

/// The vectors of fastText's `get_word_vector`.
#[derive(Deserialize)]
struct Model {
    /// The words of the dictionary, in order.
    words: serde_json::Map<String, serde_json::Value>,
    /// Words that are composed of n-grams.
    missing: serde_json::Map<String, serde_json::Value>,
}

fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fasttext");
    folder.join(name)
}

fn model(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

fn expected() -> BTreeMap<String, Model> {
    let fixture: Fixture = serde_json::from_slice(&model("vectors.json")).unwrap();
    fixture.models
}

fn parse(file: &[u8], filter: Option<&WordFilter>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(file, Path::new("v"), filter)
}

#[track_caller]
fn assert_vector(vectors: &WordVectors, word: &str, expected: &serde_json::Value) {
    let vector = vectors
        .get(word)
        .unwrap_or_else(|| panic!("{word} is missing"));
    let expected: Vec<f32> = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(vector.len(), expected.len());
    for (number, expected) in vector.iter().zip(expected) {
        assert!(
            (number - expected).abs() < 1e-7,
            "{word}: {number} {expected}"
        );
    }
}

#[test]
fn vectors_match_fasttext() {
    for (name, model) in expected() {
        let vectors = read(&path(&format!("{name}.bin")), None).unwrap();
        let words: Vec<&String> = model.words.keys().collect();
        assert_eq!(vectors.words().iter().collect::<Vec<_>>(), words, "{name}");
        assert!(vectors.notes().is_empty());
        for (word, vector) in &model.words {
            assert_vector(&vectors, word, vector);
        }
    }
}

#[test]
fn a_filter_selects_words_and_composes_missing_ones() {
    for (name, model) in expected() {
        let filter: WordFilter = ["film", "bad", "films", "é", "naïveté", "unbearable"]
            .into_iter()
            .collect();
        let vectors = read(&path(&format!("{name}.bin")), Some(&filter)).unwrap();
        for word in ["film", "bad"] {
            assert_vector(&vectors, word, &model.words[word]);
        }
        for word in ["films", "é", "naïveté", "unbearable"] {
            match model.missing.get(word) {
                Some(vector) => assert_vector(&vectors, word, vector),
                None => assert!(vectors.get(word).is_none(), "{name}: {word}"),
            }
        }
        assert!(vectors.get("the").is_none());
    }
    // The number of n-grams depends on the model: `é` has none of 3 characters besides `<é>`.
    let models = expected();
    assert_eq!(models["words"].missing.len(), 0);
    assert!(models["skipgram"].missing.len() >= 5);
}

#[test]
fn the_first_words_are_read_from_the_beginning() {
    let expected = &expected()["skipgram"];
    let first = read_first(&path("skipgram.bin"), 3).unwrap();
    assert_eq!(first.len(), 3);
    for word in first.words() {
        assert_vector(&first, word, &expected.words[word]);
    }
}

#[test]
fn compressed_models_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("v.bin.zst");
    fs::write(
        &file,
        zstd::encode_all(model("cbow.bin").as_slice(), 1).unwrap(),
    )
    .unwrap();
    let vectors = read(&file, None).unwrap();
    assert!(
        vectors
            .iter()
            .eq(read(&path("cbow.bin"), None).unwrap().iter())
    );
}

#[test]
fn words_that_are_not_utf_8_are_skipped() {
    let mut file = model("skipgram.bin");
    let at = file
        .windows(5)
        .position(|bytes| bytes == b"film\0")
        .unwrap();
    file[at] = 0xff;
    let vectors = parse(&file, None).unwrap();
    let expected = &expected()["skipgram"];
    let row = expected
        .words
        .keys()
        .position(|word| word == "film")
        .unwrap();
    assert_eq!(vectors.len(), expected.words.len() - 1);
    let note = format!(
        "v: words that are not UTF-8, skipped: 1, first: word {}",
        row + 1
    );
    let filtered = parse(&file, Some(&["bad"].into_iter().collect())).unwrap();
    for vectors in [vectors, filtered] {
        assert_eq!(vectors.notes()[0].to_string(), note);
        assert_vector(&vectors, "bad", &expected.words["bad"]);
    }
}

#[test]
fn a_truncated_model_is_an_error() {
    for name in ["skipgram.bin", "supervised.bin", "words.bin"] {
        let file = model(name);
        let filter: WordFilter = ["film"].into_iter().collect();
        for length in 9..file.len() {
            for filter in [None, Some(&filter)] {
                let error = parse(&file[..length], filter).unwrap_err().to_string();
                assert_eq!(
                    error, "v: the fastText model is truncated",
                    "{name} {length}"
                );
            }
        }
    }
}

#[test]
fn other_models_are_named() {
    let fails = |file: &[u8], message: &str| {
        let error = parse(file, None).unwrap_err().to_string();
        assert_eq!(error, format!("v: {message}"));
    };
    let quantised = "the fastText model is quantised (.ftz), which is not supported";
    fails(&model("quantised.ftz"), quantised);
    let changed = |at: usize, bytes: &[u8]| {
        let mut file = model("skipgram.bin");
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    let number = |at: usize, number: i32| changed(at, &number.to_le_bytes());
    fails(
        &number(4, 13),
        "the fastText model has format version 13; only 11 and 12 are supported",
    );
    let dimension = "which is not supported; the range is 1 to 16384";
    for size in [0, -5, 1 << 20] {
        fails(
            &number(8, size),
            &format!("the fastText model has dimension {size}, {dimension}"),
        );
    }
    fails(
        &number(8, 6),
        "the fastText model is invalid: its matrix has shape [513, 5], expected [13 words + 500 \
         n-grams, 6]",
    );
    fails(
        &number(36, 8),
        "the fastText model is invalid: its model is 8",
    );
    fails(
        &number(40, -1),
        "the fastText model is invalid: its bucket is -1",
    );
    fails(
        &number(40, 501),
        "the fastText model is invalid: its matrix has shape [513, 5], expected [13 words + 501 \
         n-grams, 5]",
    );
    fails(
        &number(48, i32::MAX),
        "the fastText model has n-grams of 2147483647 characters; at most 64 are supported",
    );
    fails(
        &number(DICTIONARY, i32::MAX),
        "the fastText model is invalid: its size is 2147483647",
    );
    fails(
        &number(DICTIONARY + 4, -1),
        "the fastText model is invalid: its nwords is -1",
    );
    let file = model("skipgram.bin");
    let entry = file
        .windows(5)
        .position(|bytes| bytes == b"film\0")
        .unwrap();
    let row = expected()["skipgram"]
        .words
        .keys()
        .position(|word| word == "film")
        .unwrap()
        + 1;
    let kind =
        |kind| format!("the fastText model is invalid: entry {row} of its dictionary is {kind}");
    fails(
        &changed(entry + 13, &[1]),
        &kind("a label, expected a word"),
    );
    fails(&changed(entry + 13, &[7]), &kind("of an unknown type"));
    let matrix = file.len() - 13 * 5 * 4 - 17 - 513 * 5 * 4;
    fails(
        &changed(matrix, &f32::NAN.to_le_bytes()),
        &format!(
            "the vector of {:?} contains NaN, which is not finite",
            expected()["skipgram"].words.keys().next().unwrap()
        ),
    );
    fails(&changed(matrix - 17, &[1]), quantised);
    // Labels are not words.
    let supervised = read(&path("supervised.bin"), None).unwrap();
    assert!(
        supervised
            .words()
            .iter()
            .all(|word| !word.starts_with("__label__"))
    );
}

#[test]
fn large_sizes_do_not_allocate() {
    // A dictionary of 2³¹ words in a file of a hundred bytes.
    let mut file = model("skipgram.bin")[..DICTIONARY].to_vec();
    file.extend([i32::MAX, i32::MAX, 0].map(i32::to_le_bytes).concat());
    file.extend([0i64, -1].map(i64::to_le_bytes).concat());
    let error = parse(&file, None).unwrap_err().to_string();
    assert_eq!(error, "v: the fastText model is truncated");
}

proptest! {
    #[test]
    fn no_model_panics(
        name in prop::sample::select(vec!["cbow.bin", "supervised.bin", "quantised.ftz"]),
        changes in prop::collection::vec((4usize..400, any::<u8>()), 1..4),
        cut in prop::option::of(4usize..2000),
    ) {
        let mut file = model(name);
        for (at, byte) in changes {
            file[at] = byte;
        }
        file.truncate(cut.unwrap_or(usize::MAX));
        if let Ok(vectors) = parse(&file, None) {
            prop_assert!(vectors.iter().all(|(_, vector)| vector.iter().all(|number| number.is_finite())));
        }
    }
}
