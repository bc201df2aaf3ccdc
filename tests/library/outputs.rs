//! The kinds of output through the library.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{Corpus, CorpusOptions, SeveralLabels, read_labelled};
use sentiment::evaluation::MultiLabelEvaluation;
use sentiment::explain::{Method, Request, explain};
use sentiment::model::OutputKind;
use sentiment::training::{Dataset, InitialVectors, Preset, Recipe, Trainer, TrainingError};

use crate::common::topics;

fn read(folder: &Path) -> Corpus {
    let options = CorpusOptions {
        several_labels: Some(SeveralLabels::default()),
        ..CorpusOptions::default()
    };
    read_labelled(&folder.join("reviews.csv"), &options).unwrap()
}

fn recipe(output: OutputKind) -> Recipe {
    Recipe {
        output,
        embedding_size: 8,
        hidden_size: 8,
        ngrams: 1,
        ..Preset::Sample.recipe()
    }
}

fn train(dataset: &Dataset, recipe: Recipe, folder: &Path) -> Result<Trainer, TrainingError> {
    let mut trainer = Trainer::new(
        dataset,
        &InitialVectors::Random,
        recipe,
        folder,
        &Device::Cpu,
    )?;
    trainer.run(&AtomicBool::new(false), &mut |_| {})?;
    Ok(trainer)
}

#[test]
fn a_multi_label_model_is_trained_saved_and_evaluated() {
    let folder = topics();
    let corpus = read(folder.path());
    assert_eq!(corpus.labels, ["food", "price", "staff"]);
    assert!(corpus.is_multi_label);
    let dataset = Dataset::split(corpus, 0.2, 1).unwrap();
    let model = folder.path().join("model");
    train(&dataset, recipe(OutputKind::MultiLabel), &model).unwrap();
    let classifier = Classifier::load(&model, &Device::Cpu).unwrap();
    let prediction = classifier.predict_one("about staff1 price1").unwrap();
    let labels = prediction.label_set().unwrap();
    assert_eq!(labels.len(), prediction.classes.as_ref().unwrap().len());
    let validation = &dataset.validation;
    let evaluation =
        MultiLabelEvaluation::of_texts(&classifier, &validation.texts, &validation.label_sets)
            .unwrap();
    assert!(evaluation.subset_accuracy() > 0.7, "{evaluation:?}");
}

/// The probabilities of two independent labels are not complementary.
#[test]
fn two_independent_labels_have_contributions_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let rows = r#"good food,"[""food""]"
kind staff,"[""staff""]"
food and staff,"[""food"",""staff""]"
"#;
    let rows = format!("text,label\n{}", rows.repeat(20));
    fs::write(folder.path().join("reviews.csv"), rows).unwrap();
    let dataset = Dataset::split(read(folder.path()), 0.2, 1).unwrap();
    let model = folder.path().join("model");
    train(&dataset, recipe(OutputKind::MultiLabel), &model).unwrap();
    let request = Request {
        method: Method::Gradient { steps: None },
        ..Request::default()
    };
    let classifier = Classifier::load(&model, &Device::Cpu).unwrap();
    let explanation = explain(&classifier, "food and staff", &request).unwrap();
    assert_eq!(explanation.classes.len(), 2);
    for class in &explanation.classes {
        assert!(class.completeness_error().unwrap() < 0.01, "{class:?}");
    }
}

#[test]
fn a_dataset_of_the_wrong_kind_is_refused() {
    let folder = topics();
    let sets = Dataset::split(read(folder.path()), 0.2, 1).unwrap();
    let model = folder.path().join("model");
    for output in [OutputKind::Single, OutputKind::Ordinal] {
        let error = train(&sets, recipe(output), &model).err().unwrap();
        assert!(error.to_string().contains("multi-label"), "{error}");
    }
    let rows = "text,label\na b,1\nc d,2\na c,1\nb d,2\na d,1\nb c,2\n";
    fs::write(folder.path().join("one.csv"), rows).unwrap();
    let corpus = read_labelled(&folder.path().join("one.csv"), &CorpusOptions::default()).unwrap();
    let single = Dataset::split(corpus, 0.4, 1).unwrap();
    let error = train(&single, recipe(OutputKind::MultiLabel), &model).err();
    assert!(
        matches!(error, Some(TrainingError::Setting { .. })),
        "{error:?}"
    );
}
