//! Models restricted to some of their labels.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sentiment::batch::Batch;
use sentiment::corpus::{Corpus, Example, Skipped};
use sentiment::model::{Decision, ModelError, OutputKind};
use sentiment::training::{Base, Dataset, InitialVectors, Recipe, Trainer};
use sentiment::{Classifier, Device};

const TEXTS: [&str; 4] = ["good tea", "bad tea", "some tea", "good bad some"];

/// Returns a corpus of three labels, of which those in `labels` are kept.
fn dataset(labels: &[&str]) -> Dataset {
    let words = [
        ("good", "positive"),
        ("bad", "negative"),
        ("some", "neutral"),
    ];
    let words = words
        .into_iter()
        .filter(|(_, label)| labels.contains(label));
    let examples = words.flat_map(|(word, label)| {
        (0..12).map(move |number| Example {
            text: format!("{word} tea number{number}"),
            label: label.into(),
        })
    });
    let mut labels: Vec<String> = labels.iter().map(|&label| label.into()).collect();
    labels.sort();
    let corpus = Corpus {
        labels,
        examples: examples.collect(),
        is_multi_label: false,
        distributions: Vec::new(),
        skipped: Skipped::default(),
        notes: Vec::new(),
    };
    Dataset::split(corpus, 0.25, 1).unwrap()
}

fn recipe() -> Recipe {
    Recipe {
        embedding_size: 4,
        hidden_size: 3,
        epochs: 2,
        ngrams: 2,
        pretraining_epochs: 0,
        ..Recipe::default()
    }
}

/// Trains a model of three labels in a folder.
fn three_labels(recipe: Recipe) -> (tempfile::TempDir, Classifier) {
    let folder = tempfile::tempdir().unwrap();
    let dataset = dataset(&["negative", "neutral", "positive"]);
    let vectors = InitialVectors::Random;
    let mut trainer =
        Trainer::new(&dataset, &vectors, recipe, folder.path(), &Device::Cpu).unwrap();
    trainer.run(&AtomicBool::new(false), &mut |_| {}).unwrap();
    let classifier = Classifier::load(folder.path(), &Device::Cpu).unwrap();
    (folder, classifier)
}

fn labels(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|&label| label.into()).collect()
}

#[test]
fn the_softmax_of_a_restricted_model_is_over_its_labels() {
    let (_folder, classifier) = three_labels(recipe());
    let decision = Decision {
        temperature: 2.0,
        thresholds: [("neutral", 0.9), ("positive", 0.2)].into_iter().collect(),
        ..Decision::default()
    };
    let classifier = classifier.with_decision(decision).unwrap();
    assert!(classifier.ngrams().is_some());
    let restricted = classifier
        .restricted_to(&labels(&["positive", "negative"]))
        .unwrap();
    assert_eq!(
        restricted.labels()[..],
        labels(&["positive", "negative"])[..]
    );
    let config = restricted.config();
    assert_eq!(config.decision.temperature, 2.0);
    let thresholds: Vec<_> = config.decision.thresholds.iter().collect();
    assert_eq!(thresholds, [("positive", 0.2)]);
    let all = classifier.predict(&TEXTS).unwrap();
    for (all, some) in all.iter().zip(restricted.predict(&TEXTS).unwrap()) {
        let [negative, _, positive] = all.probabilities[..] else {
            panic!("three labels");
        };
        assert!((some.probabilities[0] - positive / (positive + negative)).abs() < 1e-6);
        assert!((some.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}

#[test]
fn a_model_is_not_restricted_to_one_repeated_or_unknown_labels() {
    let (_folder, classifier) = three_labels(recipe());
    let reason = |names: &[&str]| {
        let error = classifier.restricted_to(&labels(names)).unwrap_err();
        error.to_string()
    };
    assert!(reason(&["positive"]).contains("the number of labels is 1"));
    assert!(reason(&["positive", "positive"]).contains("\"positive\" is repeated"));
    let unknown = reason(&["positive", "joy"]);
    assert!(
        unknown.contains("it has no label \"joy\"; its labels are negative, neutral, positive"),
        "{unknown}"
    );
    let decision = Decision {
        output: OutputKind::MultiLabel,
        ..Decision::default()
    };
    let several = classifier.with_decision(decision).unwrap();
    let error = several.restricted_to(&labels(&["negative", "positive"]));
    assert!(matches!(error, Err(ModelError::LabelSubset { .. })));
}

#[test]
fn a_run_starts_from_its_base_restricted_to_the_labels_of_the_corpus() {
    let (folder, classifier) = three_labels(recipe());
    let base = Base::read(&folder.path().display().to_string(), &Device::Cpu).unwrap();
    let base = Arc::new(base);
    let two = labels(&["negative", "positive"]);
    assert!(!base.has_labels(&two, OutputKind::Single));
    let adapted = base.for_labels(&two, OutputKind::Single).unwrap();
    assert!(adapted.has_labels(&two, OutputKind::Single));
    assert!(!adapted.has_labels(&two, OutputKind::MultiLabel));
    // A run of other labels, or of several labels a text, starts from the whole model.
    for (labels, output) in [
        (labels(&["negative", "sad"]), OutputKind::Single),
        (two.clone(), OutputKind::MultiLabel),
    ] {
        let same = base.for_labels(&labels, output).unwrap();
        assert!(Arc::ptr_eq(&same, &base));
    }

    // Without a step, the network of the run is that of the base.
    let out = tempfile::tempdir().unwrap();
    let dataset = dataset(&["negative", "positive"]);
    let vectors = InitialVectors::Random;
    let trainer = Trainer::from_base(
        &dataset,
        Some(&base),
        &vectors,
        recipe(),
        out.path(),
        &Device::Cpu,
    )
    .unwrap();
    assert_eq!(trainer.base().unwrap().config().labels[..], two[..]);
    let restricted = classifier.restricted_to(&two).unwrap();
    let encoded = restricted.encode(&TEXTS);
    let ids: Vec<&[u32]> = encoded.iter().collect();
    let of_network = |classifier: &Classifier| {
        let network = classifier.network();
        let batch = Batch::pack(&ids);
        let words = network.embed(&batch).unwrap();
        let logits = network.forward(&batch, &words).unwrap();
        logits.to_vec2::<f32>().unwrap()
    };
    assert_eq!(
        of_network(&trainer.classifier().unwrap()),
        of_network(&restricted)
    );
}
