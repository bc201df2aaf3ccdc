//! Scoring in 8 bits, compared with `f32`.

use sentiment::classifier::Prediction;
use sentiment::model::ScoringPrecision::{F32, Int8};
use sentiment::{Classifier, Device};

fn general() -> Classifier {
    Classifier::general(&Device::Cpu).unwrap()
}

/// The texts of the sample corpus, in one and in many sentences.
fn texts() -> Vec<String> {
    let mut reader = csv::Reader::from_path("data/sample.csv").unwrap();
    let rows: Vec<String> = reader
        .records()
        .take(600)
        .map(|row| row.unwrap()[0].to_owned())
        .collect();
    let long = rows.chunks(15).map(|rows| rows.join(" "));
    rows.iter().cloned().chain(long).collect()
}

#[test]
fn predictions_in_8_bits_are_close_to_those_in_f32() {
    let texts = texts();
    let predict = |precision| {
        let classifier = general().with_precision(precision).unwrap();
        assert_eq!(classifier.precision(), precision);
        classifier.predict(&texts).unwrap()
    };
    let (exact, found) = (predict(F32), predict(Int8));
    for ((text, exact), found) in texts.iter().zip(&exact).zip(&found) {
        let mut probabilities = exact.probabilities.clone();
        probabilities.sort_by(|a, b| b.total_cmp(a));
        let is_near_tie = probabilities[0] - probabilities[1] < 0.04;
        assert!(is_near_tie || exact.label() == found.label(), "{text}");
        for (exact, found) in exact.probabilities.iter().zip(&found.probabilities) {
            assert!((exact - found).abs() < 0.03, "{found}, not {exact}: {text}");
        }
    }
    let differs = |(exact, found): (&Prediction, &Prediction)| exact != found;
    assert!(exact.iter().zip(&found).any(differs));
}

#[test]
fn threads_and_other_texts_change_no_byte_in_8_bits() {
    let texts = texts();
    let classifier = general().with_precision(Int8).unwrap();
    let together = classifier.predict(&texts).unwrap();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        assert_eq!(
            pool.install(|| classifier.predict(&texts)).unwrap(),
            together
        );
    }
    // Another classifier, which has scored nothing before.
    let alone = general().with_precision(Int8).unwrap();
    for (text, expected) in texts.iter().zip(&together).step_by(20) {
        assert_eq!(alone.predict_one(text).unwrap(), *expected);
    }
}

#[test]
fn a_classifier_of_some_labels_keeps_its_precision() {
    let classifier = general().with_precision(Int8).unwrap();
    assert_eq!(classifier.two_classes().unwrap().precision(), Int8);
    assert_eq!(classifier.clone().any_language().precision(), Int8);
    let text = "The soup was cold and the waiter was rude.";
    let back = classifier.with_precision(F32).unwrap();
    let expected = general().with_precision(F32).unwrap().predict_one(text);
    assert_eq!(back.predict_one(text).unwrap(), expected.unwrap());
}
