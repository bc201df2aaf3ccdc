//! `sentiment train --folds`: cross-validation.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use candle_core::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::CorpusOptions;
use sentiment::evaluation::{Average, Evaluation};
use sentiment::files::write_whole;
use sentiment::training::{Folds, Outcome, Recipe, Trainer};
use serde::{Deserialize, Serialize};

use super::console::Console;
use super::recipe_args::SourceArgs;
use super::source::{read_corpus, read_unlabelled, validation_share, vectors};
use super::train::Interrupted;

/// The file with the folds' figures.
const FIGURES: &str = "folds.json";

/// A cross-validation to run.
pub struct CrossValidation<'a> {
    /// What is trained on.
    pub source: &'a SourceArgs,
    /// How it is read.
    pub options: &'a CorpusOptions,
    /// How it is learned from.
    pub recipe: Recipe,
    /// The folder for a folder with the model of each fold.
    pub out: &'a Path,
    /// Whether folds that are done are kept.
    pub is_resumed: bool,
    /// Where to compute.
    pub device: Device,
    /// What is said goes here.
    pub console: &'a Console,
}

/// How the model of a fold does on the texts it has not seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Figures {
    texts: u64,
    accuracy: f64,
    macro_f1: f64,
}

impl CrossValidation<'_> {
    /// Trains a model for each of `count` folds and prints how it does on it.
    pub fn measure(&self, count: u16, interrupted: &AtomicBool) -> anyhow::Result<()> {
        let corpus = read_corpus(self.source, self.options, self.console)?;
        let share = validation_share(self.source);
        let folds = Folds::new(corpus, count.into(), share, self.recipe.seed)?;
        let unlabelled = read_unlabelled(self.source, self.options, self.console)?;
        fs::create_dir_all(self.out)
            .with_context(|| format!("could not create {}", self.out.display()))?;
        let mut figures: Vec<Figures> = match self.is_resumed {
            true => self.read_figures()?,
            false => Vec::new(),
        };
        for fold in figures.len()..folds.len() {
            self.console.note(format!("fold {} of {count}", fold + 1));
            let (mut dataset, held_back) = folds.get(fold)?;
            dataset.unlabelled.clone_from(&unlabelled);
            let folder = self.out.join(format!("fold-{}", fold + 1));
            // A fold that was stopped goes on, one that was not begun begins.
            let mut trainer = match self.is_resumed && folder.join("state").exists() {
                true => Trainer::resume(&dataset, &folder, &self.device)?,
                false => {
                    let (vectors, recipe) = (vectors(self.source), self.recipe.clone());
                    Trainer::new(&dataset, &vectors, recipe, &folder, &self.device)?
                }
            };
            let progress = self.console.training_progress(trainer.recipe().epochs);
            let outcome = trainer.run(interrupted, &mut |step| progress.show(&step))?;
            drop(progress);
            if outcome == Outcome::Interrupted {
                return Err(Interrupted::at(self.out).into());
            }
            let classifier = Classifier::load(&folder, &self.device)?;
            let evaluation =
                Evaluation::of_texts(&classifier, &held_back.texts, &held_back.labels)?;
            let matrix = &evaluation.confusion_matrix;
            figures.push(Figures {
                texts: matrix.total(),
                accuracy: matrix.accuracy(),
                macro_f1: matrix.average(Average::Macro).f1_score,
            });
            let content = serde_json::to_string_pretty(&figures)?;
            write_whole(&self.figures_file(), |out| writeln!(out, "{content}"))?;
        }
        write_table(&mut io::stdout().lock(), &figures)?;
        self.console
            .note(format!("models and figures are in {}", self.out.display()));
        Ok(())
    }

    fn figures_file(&self) -> PathBuf {
        self.out.join(FIGURES)
    }

    /// The figures of the folds that are done.
    fn read_figures(&self) -> anyhow::Result<Vec<Figures>> {
        let path = self.figures_file();
        if !path.exists() {
            return Ok(Vec::new());
        }
        let reading = || format!("could not read {}", path.display());
        let content = fs::read_to_string(&path).with_context(reading)?;
        serde_json::from_str(&content).with_context(reading)
    }
}

/// A line for each fold, and the mean and the standard deviation over them.
fn write_table(out: &mut impl Write, figures: &[Figures]) -> io::Result<()> {
    writeln!(out, "fold    texts  accuracy  macro f1")?;
    for (
        index,
        Figures {
            texts,
            accuracy,
            macro_f1,
        },
    ) in figures.iter().enumerate()
    {
        writeln!(
            out,
            "{:<4}  {texts:>7}  {accuracy:>8.4}  {macro_f1:>8.4}",
            index + 1
        )?;
    }
    let columns = [
        figures
            .iter()
            .map(|fold| fold.accuracy)
            .collect::<Vec<f64>>(),
        figures.iter().map(|fold| fold.macro_f1).collect(),
    ];
    let [accuracy, macro_f1] = columns.map(|column| mean_and_deviation(&column));
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

/// The mean and the sample standard deviation of two values or more.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0)).sqrt())
}
