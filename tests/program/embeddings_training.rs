//! Training of word vectors, with the library on a synthetic corpus of two topics, and with the command.

use std::fs;
use std::path::Path;

use crate::common::sentiment;
use predicates::str::contains;
use sentiment::embeddings::training::{
    Method, VectorProgress, VectorSettings, VectorTrainingError, Word2Vec, train,
};
use sentiment::embeddings::{WordVectors, nearest};
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList};

/// Texts of two topics with disjoint vocabularies, in pseudo-random order.
fn texts() -> Vec<String> {
    let mut state = 7u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let text = |_| {
        let topic = if draw(2) == 0 { "sea" } else { "sky" };
        let words: Vec<String> = (0..12).map(|_| format!("{topic}{}", draw(10))).collect();
        words.join(" ")
    };
    (0..600).map(text).collect()
}

fn word2vec(cbow: bool, subwords: bool) -> Method {
    Method::Word2Vec(Word2Vec {
        cbow,
        subwords,
        negative: 5,
        subsample: 0.0,
    })
}

fn settings(method: Method) -> VectorSettings {
    VectorSettings {
        method,
        dimension: 20,
        window: 4,
        min_count: 1,
        epochs: 10,
        learning_rate: 0.05,
        seed: 1,
    }
}

const GLOVE: Method = Method::Glove { memory: 64 << 20 };

fn methods() -> [Method; 4] {
    [
        GLOVE,
        word2vec(false, false),
        word2vec(true, false),
        word2vec(false, true),
    ]
}

fn try_train(
    settings: &VectorSettings,
    start: Option<&WordVectors>,
    on_progress: &mut dyn FnMut(VectorProgress) -> bool,
) -> Result<WordVectors, VectorTrainingError> {
    let config = PreprocessorConfig {
        stopwords: StopwordList::None,
        ..PreprocessorConfig::default()
    };
    let preprocessor = Preprocessor::new(config).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let texts = texts()
        .into_iter()
        .map(Ok::<_, Box<dyn std::error::Error + Send + Sync>>);
    train(
        texts,
        &preprocessor,
        settings,
        start,
        folder.path(),
        on_progress,
    )
}

fn trained(settings: &VectorSettings, start: Option<&WordVectors>) -> WordVectors {
    try_train(settings, start, &mut |_| true).unwrap()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn nearest_words_are_of_the_same_topic() {
    for method in methods() {
        let vectors = trained(&settings(method.clone()), None);
        assert_eq!((vectors.len(), vectors.dimension()), (20, 20));
        for word in vectors.words() {
            for (other, _) in nearest(&vectors, word, 9).unwrap() {
                assert_eq!(word[..3], other[..3], "{method:?}: {word} and {other}");
            }
        }
    }
}

#[test]
fn results_depend_on_the_seed_but_not_on_threads() {
    for method in methods() {
        let numbers = |threads: usize, seed: u64| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let settings = VectorSettings {
                seed,
                epochs: 2,
                ..settings(method.clone())
            };
            let vectors = pool.install(|| trained(&settings, None));
            vectors
                .iter()
                .flat_map(|(_, vector)| vector.to_vec())
                .collect::<Vec<f32>>()
        };
        let one = numbers(1, 1);
        assert_eq!(numbers(3, 1), one, "{method:?}");
        assert_ne!(numbers(1, 2), one, "{method:?}");
    }
}

#[test]
fn glove_stays_near_initial_vectors_and_adds_new_words() {
    let file = "sea0 1 0 0 0\nsky0 0 1 0 0\nunused 0 0 1 0\n";
    let start =
        sentiment::embeddings::from_reader(file.as_bytes(), Path::new("start"), None).unwrap();
    let settings = VectorSettings {
        dimension: 4,
        ..settings(GLOVE)
    };
    let vectors = trained(&settings, Some(&start));
    for word in ["sea0", "sky0"] {
        let similarity = cosine(vectors.get(word).unwrap(), start.get(word).unwrap());
        assert!(similarity > 0.5, "{word}: {similarity}");
    }
    assert!(vectors.get("sea1").is_some() && vectors.get("unused").is_none());

    let other = VectorSettings {
        dimension: 5,
        ..settings
    };
    let error = try_train(&other, Some(&start), &mut |_| true).unwrap_err();
    assert!(error.to_string().contains("dimension 4"), "{error}");
}

#[test]
fn stopping_early_keeps_partially_trained_vectors() {
    for method in methods() {
        let mut calls = 0;
        let mut stop_training = |progress: VectorProgress| {
            calls += usize::from(progress.stage == "training");
            progress.stage != "training"
        };
        let vectors = try_train(&settings(method.clone()), None, &mut stop_training).unwrap();
        assert_eq!((vectors.len(), calls), (20, 1));
        for before in ["reading", "counting"] {
            if before == "counting" && method != GLOVE {
                continue;
            }
            let mut stop = |progress: VectorProgress| progress.stage != before;
            let stopped = try_train(&settings(method.clone()), None, &mut stop);
            assert!(matches!(stopped, Err(VectorTrainingError::Interrupted)));
        }
    }
}

fn command(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let command = [
        "embeddings",
        "train",
        "texts.txt",
        "--corpus-format",
        "lines",
    ];
    sentiment()
        .current_dir(folder)
        .args(command)
        .args(arguments)
        .assert()
}

#[test]
fn other_commands_read_the_trained_vectors() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("texts.txt"), texts().join("\n")).unwrap();
    for (method, out) in [("glove", "glove.txt"), ("word2vec", "word2vec.vec")] {
        let arguments = [
            "--method",
            method,
            "--out",
            out,
            "--dimension",
            "10",
            "--stopwords",
            "none",
        ];
        command(folder.path(), &arguments)
            .success()
            .stderr(contains(format!("wrote {out}: 20 words, 10 dimensions")));
        let nearest = [
            "embeddings",
            "nearest",
            "sea3",
            "--count",
            "1",
            "--embeddings",
            out,
        ];
        let nearest = sentiment()
            .current_dir(folder.path())
            .args(nearest)
            .assert();
        nearest.success().stdout(contains("sea"));
    }
}

#[test]
fn invalid_runs_name_the_reason_and_write_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("texts.txt"), "one two three\n").unwrap();
    let cases: [(&[&str], &str); 7] = [
        (
            &["--out", "v.txt"],
            "fewer than two words occur at least 5 times",
        ),
        (
            &["--out", "v.txt", "--dimension", "0"],
            "the dimension is 0, but must be from 1 to 16384",
        ),
        (
            &["--out", "v.txt", "--window", "0"],
            "the window is 0, but must be from 1 to 1000",
        ),
        (&["--out", "v.txt", "--cbow"], "add --method word2vec"),
        (&["--out", "v.txt", "--memory", "lots"], "such as 500MB"),
        (&["--out", "missing/v.txt", "--min-count", "1"], "missing"),
        (&["--out", "v.jpg", "--min-count", "1"], "v.jpg"),
    ];
    for (arguments, message) in cases {
        command(folder.path(), arguments)
            .failure()
            .stderr(contains(message));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{arguments:?} left files");
    }
}

#[test]
fn an_out_of_vocabulary_word_has_a_vector_composed_of_n_grams() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("texts.txt"), texts().join("\n")).unwrap();
    let arguments = [
        "--method",
        "word2vec",
        "--subwords",
        "--out",
        "subwords.safetensors",
        "--dimension",
        "8",
        "--epochs",
        "10",
        "--stopwords",
        "none",
        "--subsample",
        "0",
    ];
    command(folder.path(), &arguments).success();
    let nearest = [
        "embeddings",
        "nearest",
        "seaside",
        "--count",
        "5",
        "--embeddings",
        "subwords.safetensors",
    ];
    let output = sentiment()
        .current_dir(folder.path())
        .args(nearest)
        .assert()
        .success();
    let stdout = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert_eq!(
        stdout.lines().filter(|line| line.contains("  sea")).count(),
        5,
        "{stdout}"
    );

    let file = folder.path().join("subwords.safetensors");
    let all = sentiment::embeddings::read(&file, None).unwrap();
    let filter = ["seaside", "sea3", "x"].into_iter().collect();
    let some = sentiment::embeddings::read(&file, Some(&filter)).unwrap();
    assert_eq!(some.get("seaside"), all.compose("seaside").as_deref());
    assert_eq!(some.get("sea3"), all.get("sea3"));
    // "<x>" is the whole word, so it has no n-grams.
    assert_eq!(some.get("x"), None);

    let first = sentiment::embeddings::read_first(&file, 2).unwrap();
    assert_eq!(first.words(), &all.words()[..2]);
    assert_eq!(first.compose("seaside"), all.compose("seaside"));
}
