//! Targets that are half the label and half the probabilities of a teacher.

use std::sync::Arc;

use sentiment::Device;
use sentiment::corpus::{Corpus, Example, Skipped};
use sentiment::training::{Base, Dataset, TrainingError};

/// Texts, of which the built-in model abstains from the last.
const TEXTS: [(&str, &str); 3] = [
    ("The soup was wonderful.", "positive"),
    ("The soup was wonderful, but cold.", "negative"),
    ("12:30", "negative"),
];

fn dataset(labels: &[&str]) -> Dataset {
    let example = |(text, label): &(&str, &str)| Example {
        text: (*text).into(),
        label: (*label).into(),
    };
    let corpus = Corpus {
        labels: labels.iter().map(|&label| label.into()).collect(),
        examples: TEXTS.iter().map(example).collect(),
        is_multi_label: false,
        distributions: Vec::new(),
        skipped: Skipped::default(),
        notes: Vec::new(),
    };
    Dataset::whole(corpus).unwrap()
}

#[test]
fn targets_are_the_mean_of_label_and_probabilities() {
    let teacher = Arc::new(Base::read("general", &Device::Cpu).unwrap());
    let mut dataset = dataset(&["negative", "positive"]);
    let labels = dataset.train.labels.clone();
    dataset.distil(&teacher, &Device::Cpu).unwrap();
    assert_eq!(dataset.train.labels, labels);
    assert_eq!(dataset.teacher.as_ref().unwrap().name, "general");

    let restricted = teacher.classifier(&Device::Cpu).unwrap();
    let restricted = restricted.restricted_to(&dataset.labels).unwrap();
    let texts = TEXTS.map(|(text, _)| text);
    let predictions = restricted.predict(&texts).unwrap();
    for (text, prediction) in predictions.iter().enumerate() {
        let label = |class: usize| f64::from(u8::from(labels[text] as usize == class));
        let target = dataset.train.distributions[text].iter().enumerate();
        for (class, &target) in target {
            let expected = match prediction.abstention(0.0) {
                None => (label(class) + prediction.probabilities[class]) / 2.0,
                Some(_) => label(class),
            };
            assert!((f64::from(target) - expected).abs() < 1e-6);
        }
    }
    assert!(predictions[2].abstention(0.0).is_some());
}

#[test]
fn a_teacher_that_lacks_a_label_is_an_error() {
    let teacher = Arc::new(Base::read("general", &Device::Cpu).unwrap());
    let error = dataset(&["bad", "negative", "positive"]).distil(&teacher, &Device::Cpu);
    let labels = match error {
        Err(TrainingError::TeacherLabels { labels, .. }) => labels,
        other => panic!("{other:?}"),
    };
    assert_eq!(labels, ["negative", "neutral", "positive"]);
}
