//! The classifier's interface: cloning, threads, labels and decision rules.

use sentiment::model::{Decision, Thresholds};
use sentiment::{Abstention, Classifier, Device, DeviceError};

const TEXTS: [&str; 3] = ["I love it", "I hate it", "The acting is wonderful"];

fn general() -> Classifier {
    Classifier::general(&Device::Cpu).unwrap()
}

#[test]
fn clones_are_pointers_that_threads_share() {
    fn shareable<T: Clone + Send + Sync + 'static>(_: &T) {}
    assert_eq!(size_of::<Classifier>(), size_of::<usize>());
    let classifier = general();
    shareable(&classifier);
    let expected = classifier.predict(&TEXTS).unwrap();
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let classifier = classifier.clone();
            std::thread::spawn(move || classifier.predict(&TEXTS).unwrap())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}

#[test]
fn predictions_do_not_depend_on_other_texts() {
    let classifier = general();
    let words = ["good", "bad", "the", "film", "never", "wonderful", "phone"];
    let texts: Vec<String> = (0..60)
        .map(|number| {
            let words = (0..1 + number % 9).map(|place| words[(number + place * 5) % 7]);
            words.collect::<Vec<_>>().join(" ")
        })
        .collect();
    let together = classifier.predict(&texts).unwrap();
    let alone: Vec<_> = texts
        .iter()
        .map(|text| classifier.predict_one(text).unwrap())
        .collect();
    assert_eq!(alone, together);
}

#[test]
fn predictions_have_labels() {
    let classifier = general();
    let predictions = classifier.predict(&TEXTS).unwrap();
    let labels: Vec<&str> = predictions.iter().map(|p| p.label()).collect();
    assert_eq!(labels, ["positive", "negative", "positive"]);
    for prediction in &predictions {
        assert_eq!(prediction.label(), classifier.labels()[prediction.class]);
        assert_eq!(prediction.labels(), &classifier.labels()[..]);
    }
}

#[test]
fn with_decision_does_not_change_clones() {
    let classifier = general();
    let decision = Decision {
        thresholds: Thresholds::from_iter([("positive", 1.0)]),
        ..classifier.config().decision
    };
    let strict = classifier.clone().with_decision(decision).unwrap();
    assert!(std::ptr::eq(strict.network(), classifier.network()));
    assert_ne!(strict.predict_one("I love it").unwrap().label(), "positive");
    assert_eq!(
        classifier.predict_one("I love it").unwrap().label(),
        "positive"
    );
}

#[test]
fn a_record_names_the_label_or_says_why_the_model_abstains() {
    let classifier = general();
    let prediction = classifier.predict_one("I love it").unwrap();
    assert_eq!(prediction.abstention(0.0), None);
    let record = serde_json::to_value(prediction.record(0.0)).unwrap();
    let [negative, neutral, positive] = prediction.probabilities[..] else {
        panic!("three labels");
    };
    let expected = serde_json::json!({
        "label": "positive",
        "score": positive,
        "probabilities": {"negative": negative, "neutral": neutral, "positive": positive},
        "known": 1.0,
    });
    assert_eq!(record, expected);
    let third = classifier.predict_one("love it zzqxzz").unwrap();
    assert_eq!(third.record(0.0).known, Some(0.6667));

    assert_eq!(prediction.abstention(1.1), Some(Abstention::LowConfidence));
    let empty = classifier.predict_one(" ").unwrap();
    assert_eq!(empty.abstention(0.0), Some(Abstention::EmptyText));
    let record = empty.record(0.0);
    assert_eq!(
        (&*record.label, record.reason),
        ("uncertain", Some("the text is empty"))
    );
    assert_eq!(record.known, None);
}

#[test]
fn the_model_abstains_from_texts_without_words_and_with_mostly_unknown_ones() {
    // These made-up words look like another language.
    let classifier = general().any_language();
    let abstention = |text: &str| {
        let prediction = classifier.predict_one(text).unwrap();
        (
            prediction.abstention(0.0),
            prediction.known_words,
            prediction.words,
        )
    };
    // Punctuation, numbers, URLs and mentions are no words, whether the model knows them or not.
    for text in [
        "... !!",
        "10 20 , 30 %",
        "?!",
        "918273 645",
        "@ann https://a.b/c",
    ] {
        assert_eq!(
            abstention(text),
            (Some(Abstention::NoWords), 0, 0),
            "{text}"
        );
    }
    // A known emoticon is.
    assert_eq!(abstention(":-)"), (None, 1, 1));
    assert_eq!(abstention("zzqx !"), (Some(Abstention::UnknownWords), 0, 1));
    assert_eq!(abstention("zzqx"), (Some(Abstention::NoKnownToken), 0, 1));
    // Fewer than a third.
    let unknown = Some(Abstention::UnknownWords);
    assert_eq!(abstention("zzqx zzqy zzqz good"), (unknown, 1, 4));
    assert_eq!(abstention("zzqx zzqy good"), (None, 1, 3));
    assert_eq!(
        abstention("this is a very good film by the famous zzqx"),
        (None, 9, 10)
    );
    // Unknown numbers do not count against the known word.
    assert_eq!(abstention("good 918273 645546 192837 !"), (None, 1, 1));
    let message = |text: &str| {
        let prediction = classifier.predict_one(text).unwrap();
        prediction.record(0.0).reason.map(String::from)
    };
    assert_eq!(message("!!").as_deref(), Some("the text has no words"));
    assert_eq!(
        message("zzqx zzqy zzqz good").as_deref(),
        Some("most words are unknown")
    );
}

#[test]
fn a_device_that_is_not_there_is_an_error() {
    let error = Device::cuda(1000).unwrap_err();
    let is_expected = match cfg!(feature = "cuda") {
        true => matches!(error, DeviceError::Unavailable { number: 1000, .. }),
        false => error == DeviceError::NotBuilt,
    };
    assert!(is_expected, "{error}");
}

#[test]
fn the_cpu_is_named_with_its_threads() {
    let name = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| Device::Cpu.to_string())
    };
    assert_eq!(name(1), "CPU, 1 thread");
    assert_eq!(name(2), "CPU, 2 threads");
}
