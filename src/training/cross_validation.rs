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
use sentiment::model::folder::FolderLock;
use sentiment::training::{Dataset, Folds, Recipe, Trainer};
use serde::{Deserialize, Serialize};

use super::console::Console;
use super::recipe_args::SourceArgs;
use super::source::{name, read_corpus, read_unlabelled, validation_share, vectors};
use super::train::run_to_end;

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

/// What is saved of a cross-validation.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Figures {
    recipe: Recipe,
    /// Of the folds that are done.
    folds: Vec<FoldFigures>,
}

/// How the model of a fold does on the texts it has not seen.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct FoldFigures {
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
        let _lock = FolderLock::create(self.out)?;
        let mut figures = self.begin()?;
        for fold in figures.folds.len()..folds.len() {
            self.console.note(format!("fold {} of {count}", fold + 1));
            let (mut dataset, held_back) = folds.get(fold)?;
            dataset.unlabelled.clone_from(&unlabelled);
            dataset.name = name(self.source);
            let folder = self.out.join(format!("fold-{}", fold + 1));
            let mut trainer = self.trainer(&dataset, &folder)?;
            run_to_end(&mut trainer, self.out, None, interrupted, self.console)?;
            let classifier = Classifier::load(&folder, &self.device)?;
            let evaluation =
                Evaluation::of_texts(&classifier, &held_back.texts, &held_back.labels)?;
            let matrix = evaluation.confusion_matrix();
            figures.folds.push(FoldFigures {
                texts: matrix.total(),
                accuracy: matrix.accuracy(),
                macro_f1: matrix.average(Average::Macro).f1_score,
            });
            self.write(&figures)?;
        }
        write_table(&mut io::stdout().lock(), &figures.folds)?;
        self.console
            .note(format!("models and figures are in {}", self.out.display()));
        Ok(())
    }

    /// The figures that there are where the run goes on, or else none.
    fn begin(&self) -> anyhow::Result<Figures> {
        let path = self.figures_file();
        if self.is_resumed && path.exists() {
            let reading = || format!("could not read {}", path.display());
            let content = fs::read_to_string(&path).with_context(reading)?;
            let figures: Figures = serde_json::from_str(&content).with_context(reading)?;
            anyhow::ensure!(
                figures.recipe == self.recipe,
                "{}: its folds were trained by another recipe: repeat that, or begin without --resume",
                path.display()
            );
            return Ok(figures);
        }
        let figures = Figures {
            recipe: self.recipe.clone(),
            folds: Vec::new(),
        };
        self.write(&figures)?;
        Ok(figures)
    }

    /// The run of a fold: the one that was stopped, or a new one.
    fn trainer(&self, dataset: &Dataset, folder: &Path) -> anyhow::Result<Trainer> {
        if self.is_resumed && folder.join("state").exists() {
            let stopped = Trainer::resume(dataset, folder, &self.device)?;
            if *stopped.recipe() == self.recipe {
                return Ok(stopped);
            }
        }
        let (vectors, recipe) = (vectors(self.source), self.recipe.clone());
        Ok(Trainer::new(
            dataset,
            &vectors,
            recipe,
            folder,
            &self.device,
        )?)
    }

    fn write(&self, figures: &Figures) -> anyhow::Result<()> {
        let content = serde_json::to_string_pretty(figures)?;
        write_whole(&self.figures_file(), |out| writeln!(out, "{content}"))?;
        Ok(())
    }

    fn figures_file(&self) -> PathBuf {
        self.out.join(FIGURES)
    }
}

/// A line for each fold, and the mean and the standard deviation over them.
fn write_table(out: &mut impl Write, figures: &[FoldFigures]) -> io::Result<()> {
    writeln!(out, "fold    texts  accuracy  macro f1")?;
    for (
        index,
        FoldFigures {
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
