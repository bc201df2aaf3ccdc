//! `sentiment tune`: the best recipe that is found in a given time.

use std::borrow::Cow;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use candle_core::Device;
use sentiment::files::write_whole;
use sentiment::model::folder::FolderLock;
use sentiment::training::{
    Candidate, Dataset, Outcome, Search, Trainer, TrainingError, Trial, Vectors,
};
use serde::{Deserialize, Serialize};

use super::console::Console;
use super::interrupt::on_interrupt;
use super::recipe_args::{LearningArgs, Settings, changed_settings};
use super::source::{read_dataset, vectors};

/// The files of a search.
const TRIALS: &str = "trials.json";
const BEST: &str = "best.toml";

/// How many of the best recipes are shown.
const SHOWN: usize = 5;

/// The arguments of `sentiment tune`.
#[derive(Debug, clap::Args)]
pub struct TuneArgs {
    /// How long to search; a search in the same folder goes on
    #[arg(long, value_name = "N", value_parser = minutes)]
    minutes: f64,

    /// Folder for the trials and the best recipe; made if need be
    #[arg(long, value_name = "DIR", default_value = "tuned")]
    out: PathBuf,

    #[command(flatten)]
    learning: LearningArgs,
}

/// What was tried, and on what.
#[derive(Debug, Serialize, Deserialize)]
struct Saved<'a> {
    dataset_digest: Cow<'a, str>,
    trials: Cow<'a, [Trial]>,
}

/// Runs `sentiment tune`.
pub fn run(args: &TuneArgs, console: &Console) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs_f64(60.0 * args.minutes);
    let interrupted = on_interrupt()?;
    let Settings { source, recipe, .. } = args.learning.settings()?;
    let device = args.learning.device.open(console)?;
    let dataset = read_dataset(
        &source,
        &args.learning.reading.options(),
        recipe.seed,
        console,
    )?;
    let _lock = FolderLock::create(&args.out)?;
    let dataset_digest = dataset.digest();
    let trials = read_trials(&args.out, &dataset_digest)?;
    if !trials.is_empty() {
        console.note(format!("going on after {} trials", trials.len()));
    }
    stop_at(deadline, Arc::clone(&interrupted));
    let mut search = Search::new(recipe, dataset.train.texts.len(), trials);
    while !interrupted.load(Ordering::Relaxed) {
        let candidate = search.next();
        let begin = Instant::now();
        let trained = train(
            &dataset,
            &vectors(&source),
            &candidate,
            &device,
            &interrupted,
        )?;
        let Some((accuracy, loss)) = trained else {
            break;
        };
        let trial = Trial {
            number: candidate.number,
            texts: candidate.texts,
            accuracy,
            loss,
            seconds: begin.elapsed().as_secs_f64(),
            recipe: candidate.recipe,
        };
        console.note(row(&trial));
        search.add(trial);
        write_trials(&args.out, &dataset_digest, &search)?;
    }
    report(&search, args)
}

/// Sets the flag when the time is over.
fn stop_at(deadline: Instant, interrupted: Arc<AtomicBool>) {
    thread::spawn(move || {
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
        interrupted.store(true, Ordering::Relaxed);
    });
}

/// Trains by a candidate's recipe and gives the best epoch's accuracy and loss; None where the time was over
/// before the end. A recipe that diverges is one that gets nothing right.
fn train(
    dataset: &Dataset,
    vectors: &Vectors,
    candidate: &Candidate,
    device: &Device,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<(f64, f64)>> {
    let folder = tempfile::tempdir().context("could not make a folder for a trial")?;
    let recipe = &candidate.recipe;
    let less = dataset.with_less(candidate.texts, recipe.seed);
    let mut trainer = Trainer::new(&less, vectors, recipe.clone(), folder.path(), device)?;
    match trainer.run(interrupted, &mut |_| {}) {
        Ok(Outcome::Interrupted) => return Ok(None),
        Ok(_) => {}
        Err(TrainingError::Diverged { .. }) => return Ok(Some((0.0, f64::MAX))),
        Err(error) => return Err(error.into()),
    }
    let best = trainer.best();
    Ok(best.map(|best| (best.validation_accuracy, best.validation_loss)))
}

/// The trials of an earlier search on the same texts.
fn read_trials(folder: &Path, dataset_digest: &str) -> anyhow::Result<Vec<Trial>> {
    let path = folder.join(TRIALS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let reading = || format!("could not read {}", path.display());
    let content = fs::read_to_string(&path).with_context(reading)?;
    let saved: Saved = serde_json::from_str(&content).with_context(reading)?;
    anyhow::ensure!(
        saved.dataset_digest == dataset_digest,
        "{}: its trials were of other texts; --out names another folder",
        path.display()
    );
    Ok(saved.trials.into_owned())
}

fn write_trials(folder: &Path, dataset_digest: &str, search: &Search) -> anyhow::Result<()> {
    let trials = serde_json::to_string(&Saved {
        dataset_digest: dataset_digest.into(),
        trials: search.trials().into(),
    })?;
    write_whole(&folder.join(TRIALS), |out| writeln!(out, "{trials}"))?;
    if let Some(Trial {
        recipe, accuracy, ..
    }) = search.best()
    {
        let recipe = toml::to_string(recipe)?;
        write_whole(&folder.join(BEST), |out| {
            write!(out, "# validation accuracy {accuracy:.4}\n{recipe}")
        })?;
    }
    Ok(())
}

/// Shows the best recipes and how to train by the best one.
fn report(search: &Search, args: &TuneArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        search.best().is_some(),
        "no recipe was tried to its end in {} minutes: give more of them, or a smaller corpus",
        args.minutes
    );
    let mut out = io::stdout().lock();
    let mut trials: Vec<&Trial> = search.trials().iter().collect();
    trials.sort_by(|a, b| b.compare(a));
    writeln!(out, "trials: {}; the best:", trials.len())?;
    for trial in trials.iter().take(SHOWN) {
        writeln!(out, "{}", row(trial))?;
    }
    let best = args.out.join(BEST);
    writeln!(
        out,
        "\nthe best recipe is in {0}: train with --config {0}",
        best.display()
    )?;
    Ok(())
}

/// A trial on a line: how it did, and what its recipe has that the default has not.
fn row(trial: &Trial) -> String {
    format!(
        "accuracy {:.4}  {:>6} texts  {:>5.0} s  {}",
        trial.accuracy,
        trial.texts,
        trial.seconds,
        changed_settings(&serde_json::to_value(&trial.recipe).unwrap_or_default())
    )
}

fn minutes(text: &str) -> Result<f64, String> {
    // A week, which is far from what a clock can hold.
    let most = 7.0 * 24.0 * 60.0;
    let minutes = text
        .parse()
        .ok()
        .filter(|&minutes| minutes > 0.0 && minutes <= most);
    minutes.ok_or_else(|| format!("a time is above 0 and at most {most} minutes"))
}
