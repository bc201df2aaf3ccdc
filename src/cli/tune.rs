//! `sentiment tune`: the best recipe that is found in a given time.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sentiment::training::{Trial, Tuner, changed_settings};

use super::console::Console;
use super::interrupt::on_interrupt;
use super::recipe_args::LearningArgs;
use super::source::read_dataset;

/// How many of the best recipes are shown.
const SHOWN: usize = 5;

/// The arguments of `sentiment tune`.
#[derive(Debug, clap::Args)]
pub struct TuneArgs {
    /// Minutes to search; trials in the folder are kept
    #[arg(long, value_name = "N", value_parser = minutes)]
    minutes: f64,

    /// Folder for the trials and the best recipe
    #[arg(long, value_name = "DIR", default_value = "tuned")]
    out: PathBuf,

    #[command(flatten)]
    learning: LearningArgs,
}

/// Runs `sentiment tune`.
pub fn run(args: &TuneArgs, console: &Console) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs_f64(60.0 * args.minutes);
    let interrupted = on_interrupt()?;
    let config = args.learning.config()?;
    let device = args.learning.device.open(console)?;
    let dataset = read_dataset(
        &config.source,
        &args.learning.reading.options(),
        config.recipe.seed,
        console,
    )?;
    let mut tuner = Tuner::new(&dataset, &config, &args.out, &device)?;
    if !tuner.trials().is_empty() {
        console.note(format!("going on after {} trials", tuner.trials().len()));
    }
    stop_at(deadline, Arc::clone(&interrupted));
    tuner.run(&interrupted, &mut |trial| console.note(row(trial)))?;
    report(&tuner, args)
}

/// Sets the flag when the time is over.
fn stop_at(deadline: Instant, interrupted: Arc<AtomicBool>) {
    thread::spawn(move || {
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
        interrupted.store(true, Ordering::Relaxed);
    });
}

/// Shows the best recipes and how to train by the best one.
fn report(tuner: &Tuner, args: &TuneArgs) -> anyhow::Result<()> {
    anyhow::ensure!(
        !tuner.trials().is_empty(),
        "no recipe was tried to its end in {} minutes: give more of them, or a smaller corpus",
        args.minutes
    );
    let mut out = io::stdout().lock();
    let mut trials: Vec<&Trial> = tuner.trials().iter().collect();
    trials.sort_by(|a, b| b.compare(a));
    writeln!(out, "trials: {}; the best:", trials.len())?;
    for trial in trials.iter().take(SHOWN) {
        writeln!(out, "{}", row(trial))?;
    }
    let best = tuner.best_file();
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
