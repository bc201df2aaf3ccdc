//! The classifier's interface: cloning, threads, labels and decision rules.

use sentiment::model::Decision;
use sentiment::{Classifier, Device};

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
    let together = classifier.predict(&TEXTS).unwrap();
    let alone = TEXTS.map(|text| classifier.predict_one(text).unwrap());
    assert_eq!(alone[..], together);
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
        threshold: Some(1.0),
        ..classifier.config().decision
    };
    let strict = classifier.clone().with_decision(decision).unwrap();
    assert!(std::ptr::eq(strict.network(), classifier.network()));
    assert_eq!(strict.predict_one("I love it").unwrap().label(), "negative");
    assert_eq!(
        classifier.predict_one("I love it").unwrap().label(),
        "positive"
    );
}
