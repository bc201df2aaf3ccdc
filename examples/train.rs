//! Trains a small model on the sample corpus and evaluates it on a test set.
//!
//!     cargo run --release --example train -- models/example

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use sentiment::corpus;
use sentiment::training::{InitialVectors, Preset, Progress};
use sentiment::{Classifier, Corpus, Dataset, Device, Evaluation, Recipe, Trainer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("missing argument: FOLDER")?);
    let mut corpus = Corpus::collect(corpus::sample()?)?;
    let test = corpus.examples.split_off(1200);
    let dataset = Dataset::split(corpus, 0.1, 42)?;
    let recipe = Recipe {
        epochs: 3,
        ..Preset::Sample.recipe()
    };

    let vectors = InitialVectors::Sample;
    let mut trainer = Trainer::new(&dataset, &vectors, recipe, &folder, &Device::Cpu)?;
    // Set the flag, for example on Ctrl-C, to stop the run. `Trainer::resume` continues it.
    let interrupted = AtomicBool::new(false);
    trainer.run(&interrupted, &mut |progress| {
        if let Progress::Epoch { epoch, .. } = progress {
            println!(
                "epoch {}: accuracy {:.4}",
                epoch.epoch, epoch.validation_accuracy
            );
        }
    })?;

    let classifier = Classifier::load(&folder, &Device::Cpu)?;
    let examples = test.into_iter().map(Ok);
    let evaluation = Evaluation::of(&classifier, examples, |_, _| {
        Ok::<(), Box<dyn std::error::Error>>(())
    })?;
    println!(
        "test accuracy {:.4}",
        evaluation.confusion_matrix().accuracy()
    );
    Ok(())
}
