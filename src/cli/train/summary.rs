//! What `sentiment train` prints before training, and how to use the model after it.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use sentiment::Device;
use sentiment::evaluation::ordinal_values;
use sentiment::model::OutputKind;
use sentiment::training::{Dataset, Recipe, Trainer, peak_memory_bytes};

use crate::cli::console::Console;
use crate::cli::styled_text::styled_output;

/// Prints the size of the dataset, the vocabulary and the model before training.
pub(super) fn print_summary(
    trainer: &Trainer,
    dataset: &Dataset,
    device: &Device,
    console: &Console,
) {
    let network = trainer.network();
    let validation = match (trainer.folds(), dataset.validation.texts.len()) {
        (0, texts) => format!("validation set: {texts} texts"),
        (folds, 0) => format!("cross-validation with {folds} folds"),
        (folds, texts) => {
            format!("cross-validation with {folds} folds, validation set: {texts} texts")
        }
    };
    console.note(format!(
        "training set: {} texts, {validation}; labels: {}",
        dataset.train.texts.len(),
        dataset.labels.join(", ")
    ));
    let tokens = network.embedding().words();
    let dimension = network.embedding().size();
    let vectors = match trainer.vectors_found() {
        Some(found) => {
            let percent = 100.0 * found as f64 / tokens as f64;
            format!("{found} ({percent:.1}%) with pre-trained vectors")
        }
        None if trainer.base().is_some() => "vectors of the base".into(),
        None => "random vectors".into(),
    };
    console.note(format!(
        "vocabulary: {tokens} tokens, {vectors}; embedding dimension: {dimension}"
    ));
    let weights = network.weights();
    console.note(format!("parameters: {weights}; device: {device}"));
    match (trainer.history().len(), trainer.pretrained_epochs()) {
        (0, 0) if trainer.steps() == 0 => {}
        (0, 0) => console.note("resuming in the first epoch"),
        (0, done) => console.note(format!("resuming after pre-training epoch {done}")),
        (done, _) => console.note(format!("resuming after epoch {done}")),
    }
}

/// Offers `--ordinal` if the labels are numbers.
pub(super) fn note_ordinal(recipe: &Recipe, labels: &[String], console: &Console) {
    if recipe.output == OutputKind::Single && ordinal_values(labels).is_some() {
        console.note("note: the labels are numbers; if they have an order, such as stars, train with --ordinal");
    }
}

/// Writes where the model is saved and how long training took.
pub(super) fn write_saved(folder: &Path, begin: Instant) -> io::Result<()> {
    let peak = peak_memory_bytes().map_or(String::new(), |bytes| {
        format!(", peak memory {} MB", bytes / 1_000_000)
    });
    writeln!(
        styled_output(),
        "\nmodel saved in {} after {:.1} s{peak}",
        folder.display(),
        begin.elapsed().as_secs_f64(),
    )
}

/// Prints how to use the model. Without --model, other commands use the built-in model.
pub(super) fn note_use(folder: &Path, console: &Console) {
    let name = folder.display();
    console.note(format!("evaluate or predict with --model {name}"));
}
