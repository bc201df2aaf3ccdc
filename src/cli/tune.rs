//! `sentiment tune`: searches for the best recipe within a time limit.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sentiment::training::{Trial, Tuner, changed_settings};

use super::console::Console;
use super::dataset_reader::DatasetReader;
use super::interrupt::on_interrupt;
use super::recipe_args::SharedTrainingArgs;
use super::training_setup::TrainingSetup;

/// The number of best trials to print.
const PRINTED_TRIALS: usize = 5;

/// The arguments of `sentiment tune`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("distil_from", |teacher| teacher.hide(true)))]
pub struct TuneArgs {
    /// Time limit in minutes
    #[arg(long, value_name = "N", value_parser = minutes)]
    minutes: f64,

    /// Folder for the trials and the best recipe
    #[arg(long, value_name = "DIR", default_value = "tuned")]
    out: PathBuf,

    #[command(flatten)]
    shared: SharedTrainingArgs,
}

/// Runs `sentiment tune`.
pub fn run(args: &TuneArgs, console: &Console) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs_f64(60.0 * args.minutes);
    let interrupted = on_interrupt();
    let device = args.shared.device.open(console)?;
    let config = args.shared.config()?;
    anyhow::ensure!(
        config.source.distil_from.is_none(),
        "--distil-from works with train, not with tune"
    );
    let reader = DatasetReader::new(&args.shared.corpus, console)
        .for_output(config.recipe.output)
        .with_soft_labels(args.shared.soft_labels);
    let setup = TrainingSetup::read(config, true, &reader, &device, console)?;
    let TrainingSetup {
        config,
        corpus,
        base,
    } = setup;
    let dataset = reader.dataset(corpus, &config.source, &config.recipe)?;
    let mut tuner = Tuner::new(&dataset, &config, base, &args.out, &device)?;
    if !tuner.trials().is_empty() {
        console.note(format!("resuming after {} trials", tuner.trials().len()));
    }
    stop_at(deadline, Arc::clone(&interrupted));
    tuner.run(&interrupted, &mut |trial| console.note(row(trial)))?;
    console.note_vectors(tuner.vector_notes());
    print_best(&tuner, args, config.source.from.as_deref())
}

/// Sets the flag at the deadline.
fn stop_at(deadline: Instant, interrupted: Arc<AtomicBool>) {
    thread::spawn(move || {
        thread::sleep(deadline.saturating_duration_since(Instant::now()));
        interrupted.store(true, Ordering::Relaxed);
    });
}

/// Prints the best trials and the command to train with the best recipe.
fn print_best(tuner: &Tuner, args: &TuneArgs, from: Option<&str>) -> anyhow::Result<()> {
    anyhow::ensure!(
        !tuner.trials().is_empty(),
        "no trial finished within {} minutes; increase --minutes or use a smaller corpus",
        args.minutes
    );
    let mut out = io::stdout().lock();
    let mut trials: Vec<&Trial> = tuner.trials().iter().collect();
    trials.sort_by(|a, b| b.compare(a));
    writeln!(out, "trials: {}; best:", trials.len())?;
    for trial in trials.iter().take(PRINTED_TRIALS) {
        writeln!(out, "{}", row(trial))?;
    }
    let best = tuner.best_file();
    let from = from.map_or(String::new(), |base| format!(" --from {base}"));
    writeln!(
        out,
        "\nbest recipe saved in {0}; train with --config {0}{from}",
        best.display()
    )?;
    Ok(())
}

/// Returns a trial on one line: its metrics, and the settings that differ from the default recipe.
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
    // A week. Much larger values would overflow the deadline.
    let max = 7.0 * 24.0 * 60.0;
    let minutes = text
        .parse()
        .ok()
        .filter(|&minutes| minutes > 0.0 && minutes <= max);
    minutes.ok_or_else(|| format!("expected a number of minutes above 0 and at most {max}"))
}
