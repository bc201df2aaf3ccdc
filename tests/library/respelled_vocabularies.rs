//! Vocabularies of respelled words: of models, of trained word vectors, and of the coverage of a vector file.

use std::fs;
use std::path::Path;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{self, Corpus};
use sentiment::embeddings::training::{Method, VectorSettings, train};
use sentiment::embeddings::{VectorFile, count_tokens, coverage, coverage_filter, from_reader};
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList};
use sentiment::training::{Dataset, InitialVectors, Recipe, Trainer};

fn preprocessor() -> Preprocessor {
    let config = PreprocessorConfig {
        stopwords: StopwordList::None,
        ..PreprocessorConfig::default()
    };
    Preprocessor::new(config).unwrap()
}

fn trainer(texts: &[&str], vectors: &InitialVectors, recipe: Recipe) -> Trainer {
    let mut corpus = Corpus::collect(corpus::sample().unwrap()).unwrap();
    corpus.examples.truncate(texts.len());
    for (index, (example, text)) in corpus.examples.iter_mut().zip(texts).enumerate() {
        example.text = (*text).into();
        example.label = ["negative", "positive"][index % 2].into();
    }
    let dataset = Dataset::whole(corpus).unwrap();
    let folder = tempfile::tempdir().unwrap();
    Trainer::new(&dataset, vectors, recipe, folder.path(), &Device::Cpu).unwrap()
}

fn recipe() -> Recipe {
    Recipe {
        embedding_size: 2,
        hidden_size: 2,
        ..Recipe::default()
    }
}

const TEXTS: [&str; 4] = [
    "i would n't do it so so ❤️ #awful",
    "it wouldnt be soooo awful",
    "sooo i dont 👍🏽 👍",
    "#NotAwful it is not",
];

fn encoded(classifier: &Classifier, text: &str) -> Vec<u32> {
    classifier.encode(&[text]).get(0).to_vec()
}

#[test]
fn a_vocabulary_has_no_variants() {
    let classifier = trainer(&TEXTS, &InitialVectors::Random, recipe())
        .classifier()
        .unwrap();
    let vocabulary = classifier.vocabulary();
    for absent in ["wouldnt", "dont", "soooo", "sooo", "👍🏽", "❤️"] {
        assert_eq!(vocabulary.id(absent), None, "{absent}");
    }
    for present in [
        "would",
        "n't",
        "<elongated>",
        "👍",
        "❤",
        "#awful",
        "#notawful",
    ] {
        assert!(vocabulary.id(present).is_some(), "{present}");
    }
    // `so` occurs twice as itself and twice elongated, as often as `it`, `i` and `n't`.
    assert!(vocabulary.id("so") < vocabulary.id("would"));
    assert_eq!(
        encoded(&classifier, "it wouldnt sooooo"),
        encoded(&classifier, "it would n't so")
            .into_iter()
            .chain(vocabulary.id("<elongated>"))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        encoded(&classifier, "#NOTAWFUL")[1..],
        encoded(&classifier, "not awful")
    );
    assert!(encoded(&classifier, "#itisnotsoawful") == encoded(&classifier, "it is not so awful"));
}

#[test]
fn counts_and_trained_word_vectors_have_no_variants() {
    let texts = || {
        TEXTS
            .map(|text| Ok::<_, std::io::Error>(text.to_owned()))
            .into_iter()
    };
    let counts = count_tokens(texts(), &preprocessor()).unwrap();
    let count = |token| counts.iter().find(|&(other, _)| other == token);
    assert_eq!(count("so"), Some(("so", 4)));
    assert_eq!(count("n't"), Some(("n't", 3)));
    assert_eq!(count("<elongated>"), Some(("<elongated>", 2)));
    assert_eq!(count("soooo").or(count("dont")), None);
    let filter = coverage_filter(counts.iter());
    assert!(filter.contains("so") && filter.contains("heart"));
    let vectors = from_reader("red 1\nso 2\n".as_bytes(), Path::new("vectors"), None).unwrap();
    // `so` and the emoji.
    assert_eq!(coverage(&vectors, counts.iter()).covered_types, 2);

    let settings = VectorSettings {
        method: Method::Glove { memory: 16 << 20 },
        dimension: 2,
        window: 2,
        min_count: 2,
        epochs: 1,
        learning_rate: 0.05,
        seed: 1,
    };
    let folder = tempfile::tempdir().unwrap();
    let trained = train(
        texts(),
        &preprocessor(),
        &settings,
        None,
        folder.path(),
        &mut |_| true,
    );
    let vectors = trained.unwrap();
    // `would` and `do` occur once, so that `wouldnt` and `dont` are no variants of frequent words.
    assert_eq!(vectors.words(), ["so", "it", "<elongated>", "i", "👍"]);
}

/// The rules find frequent words only.
#[test]
fn rare_words_are_not_known() {
    let recipe = Recipe {
        min_count: 2,
        ..recipe()
    };
    let classifier = trainer(&TEXTS, &InitialVectors::Random, recipe)
        .classifier()
        .unwrap();
    // `would` occurs once, so that its contraction stays and is as rare.
    assert_eq!(encoded(&classifier, "wouldnt would"), [0, 0]);
    assert_eq!(encoded(&classifier, "sooo").len(), 2);
}

#[test]
fn words_of_a_vector_file_obey_too_and_emoji_start_from_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.txt");
    fs::write(
        &path,
        "it 1 0\nwouldnt 9 9\nnew 3 3\nred 2 4\nheart 4 8\n👍 5 6\nsooooo 7 7\n",
    )
    .unwrap();
    let vectors = InitialVectors::File(VectorFile { path, member: None });
    let recipe = Recipe {
        vector_words: 7,
        ..recipe()
    };
    let trainer = trainer(&TEXTS, &vectors, recipe);
    let classifier = trainer.classifier().unwrap();
    let vocabulary = classifier.vocabulary();
    for absent in ["wouldnt", "sooooo"] {
        assert_eq!(vocabulary.id(absent), None, "{absent}");
    }
    let row = |token| {
        trainer
            .network()
            .embedding()
            .row(vocabulary.id(token).unwrap())
            .to_vec()
    };
    assert_eq!(row("new"), [3.0, 3.0]);
    assert_eq!(row("👍"), [5.0, 6.0]);
    assert_eq!(row("❤"), [3.0, 6.0]);
}
