//! `sentiment train --folds`: cross-validation.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sentiment::Device;
use sentiment::corpus::{Corpus, TableFormat};
use sentiment::training::{
    Base, CrossValidation, FoldMetrics, FoldProgress, Folds, TrainingConfig, mean_and_deviation,
};

use super::console::Console;
use super::dataset_reader::{DatasetReader, held_out_fraction};
use super::fold_predictions::FoldPredictions;
use super::interrupt::{Interrupted, end_on_interrupt, forget_interrupt, set_on_interrupt};
use super::training_progress::TrainingProgress;

/// The arguments of `sentiment train --folds`.
pub struct FoldsCommand<'a> {
    /// The settings.
    pub config: &'a TrainingConfig,
    /// The corpus.
    pub corpus: Corpus,
    /// The trained model to start from, if any.
    pub base: Option<&'a Arc<Base>>,
    /// How to read the corpus.
    pub reader: &'a DatasetReader<'a>,
    /// The output folder.
    pub out: &'a Path,
    /// Whether to keep the finished folds.
    pub resume: bool,
    /// The file for the predictions of the held-out texts, and its format.
    pub predictions: Option<(&'a Path, TableFormat)>,
    /// The device to train on.
    pub device: &'a Device,
}

impl FoldsCommand<'_> {
    /// Trains and evaluates `count` folds and prints their metrics.
    pub fn run(self, count: u16, console: &Console) -> anyhow::Result<()> {
        let TrainingConfig { source, recipe, .. } = self.config;
        let held_out = held_out_fraction(source, recipe);
        let mut folds = Folds::new(self.corpus, count.into(), held_out, recipe.seed)?;
        self.reader.note_repeated_texts(folds.repeated_texts());
        folds.unlabelled = self.reader.unlabelled(source)?;
        folds.name = source.name();
        let cross_validation = CrossValidation {
            folds: &folds,
            vectors: &source.vectors(),
            base: self.base,
            recipe,
            folder: self.out,
            resume: self.resume,
            device: self.device,
        };
        let mut bar: Option<TrainingProgress> = None;
        let mut predictions = FoldPredictions::default();
        let interrupted = Arc::new(AtomicBool::new(false));
        let metrics = cross_validation.run(&interrupted, &mut |progress| match progress {
            FoldProgress::Begin {
                fold,
                planned,
                vector_notes,
            } => {
                if bar.take().is_none() {
                    console.note_vectors(vector_notes);
                }
                console.note(format!("fold {fold} of {count}"));
                let folds_after = usize::from(count) - fold;
                bar = Some(TrainingProgress::new(console, planned, folds_after));
                set_on_interrupt(&interrupted);
            }
            FoldProgress::Training(step) => {
                bar.iter_mut().for_each(|bar| bar.show(&step));
            }
            FoldProgress::End { fold, evaluation } => {
                if self.predictions.is_some() {
                    predictions.add(fold, folds.indices(fold - 1), evaluation);
                }
                // The set-up of the next fold has nothing to save.
                end_on_interrupt(Interrupted::new(self.out));
            }
        })?;
        forget_interrupt();
        drop(bar);
        let Some(metrics) = metrics else {
            return Err(Interrupted::new(self.out).into());
        };
        write_table(&mut io::stdout().lock(), &metrics)?;
        console.note(format!(
            "models and metrics saved in {}",
            self.out.display()
        ));
        if let Some((file, format)) = self.predictions {
            predictions.write(file, format, &folds)?;
            console.note(format!("predictions saved in {}", file.display()));
        }
        Ok(())
    }
}

/// Writes one line per fold, then the mean and the standard deviation.
fn write_table(out: &mut impl Write, folds: &[FoldMetrics]) -> io::Result<()> {
    writeln!(out, "fold    texts  accuracy  macro f1")?;
    for (number, fold) in (1..).zip(folds) {
        let FoldMetrics {
            texts,
            accuracy,
            macro_f1,
        } = fold;
        writeln!(
            out,
            "{number:<4}  {texts:>7}  {accuracy:>8.4}  {macro_f1:>8.4}"
        )?;
    }
    let column = |value: fn(&FoldMetrics) -> f64| {
        mean_and_deviation(&folds.iter().map(value).collect::<Vec<f64>>())
    };
    let (accuracy, macro_f1) = (column(|fold| fold.accuracy), column(|fold| fold.macro_f1));
    writeln!(
        out,
        "mean           {:>8.4}  {:>8.4}",
        accuracy.0, macro_f1.0
    )?;
    writeln!(
        out,
        "deviation      {:>8.4}  {:>8.4}",
        accuracy.1, macro_f1.1
    )
}
