//! `sentiment train`: from labelled texts to a saved, measured model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use candle_core::Device;
use sentiment::classifier::Classifier;
use sentiment::evaluation::Evaluation;
#[cfg(feature = "report")]
use sentiment::evaluation::{Intervals, Mistakes};
use sentiment::training::{
    Calibration, Curves, Dataset, Epoch, Outcome, Recipe, Run, Trainer, peak_memory_bytes,
};
use thiserror::Error;

use super::console::Console;
use super::device;
use super::evaluation_table::write_evaluation;
use super::folds::CrossValidation;
use super::interrupt::on_interrupt;
use super::recipe_args::{LearningArgs, Settings};
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel};
use super::source::{read_dataset, vectors};
use super::styled_text::{sparkline, styled_output};

/// The arguments of `sentiment train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Folder to save the model in; made if need be
    #[arg(long, value_name = "DIR", default_value = "models/default")]
    out: PathBuf,

    /// Train as many models, each on all but a part of the corpus, and measure each on that part: cross-validation
    #[arg(long, value_name = "K", conflicts_with = "validation", value_parser = clap::value_parser!(u16).range(2..))]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    folds: Option<u16>,

    /// Go on with the run that was interrupted in the folder
    #[arg(long)]
    resume: bool,

    /// Write the curves of the run for TensorBoard as it goes on; give each run a folder of its own
    #[arg(long, value_name = "DIR", conflicts_with = "folds")]
    tensorboard: Option<PathBuf>,

    #[cfg(feature = "report")]
    #[command(flatten)]
    report: ReportArgs,

    #[command(flatten)]
    learning: LearningArgs,
}

/// Runs `sentiment train`.
pub fn run(args: &TrainArgs, console: &Console) -> anyhow::Result<()> {
    let begin = Instant::now();
    let interrupted = on_interrupt()?;
    let Settings {
        source,
        recipe,
        given,
    } = args.learning.settings()?;
    let device = args.learning.device.open(console)?;
    anyhow::ensure!(
        source.unlabelled.is_none() || recipe.pretraining_epochs + recipe.self_training > 0,
        "--unlabelled gives texts to pre-training and self-training, of which --pretraining-epochs 0 and \
         --self-training 0 leave nothing"
    );
    let options = args.learning.reading.options();
    if let Some(count) = args.folds {
        let run = CrossValidation {
            source: &source,
            options: &options,
            recipe,
            out: &args.out,
            is_resumed: args.resume,
            device,
            console,
        };
        return run.measure(count, &interrupted);
    }
    // Said before anything is read, so that there is time to stop.
    if !args.resume && Trainer::is_unfinished(&args.out) {
        console.note(format!(
            "a new run takes the place of the unfinished one in {}, which --resume would go on with",
            args.out.display()
        ));
    }
    let dataset = read_dataset(&source, &options, recipe.seed, console)?;
    let mut trainer = if args.resume {
        let trainer = Trainer::resume(&dataset, &args.out, &device)?;
        check_same_recipe(&given, trainer.recipe())?;
        trainer
    } else {
        Trainer::new(&dataset, &vectors(&source), recipe, &args.out, &device)?
    };
    introduce(&trainer, &dataset, &device, console);
    console.detail(toml::to_string(trainer.recipe())?.trim_end());

    let curves = match &args.tensorboard {
        Some(folder) => Some(Curves::create(folder)?),
        None => None,
    };
    let outcome = run_to_end(&mut trainer, &args.out, curves, &interrupted, console)?;
    if let (Outcome::StoppedEarly, Some(best)) = (outcome, trainer.best()) {
        console.note(format!(
            "no better epoch since epoch {}: training ends here",
            best.epoch
        ));
    }
    // What is measured is what was saved, read back.
    let classifier = Classifier::load(&args.out, &device)?;
    let evaluation = Evaluation::of_texts(
        &classifier,
        &dataset.validation.texts,
        &dataset.validation.labels,
    )?;
    let intervals = evaluation.intervals(trainer.recipe().seed);
    let mut out = styled_output();
    writeln!(
        out,
        "validation, {} texts\n",
        dataset.validation.texts.len()
    )?;
    write_evaluation(&mut out, &evaluation, &intervals)?;
    write_course(
        &mut out,
        trainer.history(),
        Run::read(&args.out)?.calibration,
    )?;
    let peak = peak_memory_bytes().map_or(String::new(), |bytes| {
        format!(", peak memory {} MB", bytes / 1_000_000)
    });
    writeln!(
        out,
        "\nsaved in {} after {:.1} s{peak}",
        args.out.display(),
        begin.elapsed().as_secs_f64(),
    )?;
    // Without it the others take the model in the program, not this one.
    let folder = args.out.display();
    console.note(format!("eval and predict take it with --model {folder}"));
    // Last, so that an error of these does not hide that the model is there.
    #[cfg(feature = "report")]
    args.write_report(&classifier, &dataset, &evaluation, &intervals, console)?;
    Ok(())
}

#[cfg(feature = "report")]
impl TrainArgs {
    /// Writes the page and the charts of the validation set.
    fn write_report(
        &self,
        classifier: &Classifier,
        dataset: &Dataset,
        evaluation: &Evaluation,
        intervals: &Intervals,
        console: &Console,
    ) -> anyhow::Result<()> {
        let mut mistakes = Mistakes::new(REPORTED_MISTAKES);
        for (text, row) in dataset.validation.texts.iter().zip(&evaluation.rows) {
            mistakes.see(text, row);
        }
        let model = ReportedModel {
            title: format!("Training on {}", dataset.name),
            classifier,
            folder: Some(&self.out),
            intervals,
        };
        self.report
            .write(&model, evaluation, mistakes.surest(), console)
    }
}

/// Writes the course of the losses, and what calibration did.
fn write_course(
    out: &mut impl Write,
    history: &[Epoch],
    calibration: Option<Calibration>,
) -> io::Result<()> {
    let course = |loss: fn(&Epoch) -> f64| {
        let losses: Vec<f64> = history.iter().map(loss).collect();
        let (first, last) = (losses.first().copied(), losses.last().copied());
        let ends = first.zip(last);
        let ends = ends.map_or(String::new(), |(a, b)| format!("  {a:.4} to {b:.4}"));
        sparkline(&losses) + &ends
    };
    writeln!(
        out,
        "\ntraining loss     {}\nvalidation loss   {}",
        course(|epoch| epoch.train_loss),
        course(|epoch| epoch.validation_loss)
    )?;
    if let Some(calibration) = calibration {
        writeln!(
            out,
            "calibration       temperature {:.3}, error {:.4} before and {:.4} after",
            calibration.temperature, calibration.error_before, calibration.error_after
        )?;
    }
    Ok(())
}

/// Trains and shows how it goes on, in curves too where there are some; that it was interrupted is an error, which
/// says how to go on in `folder`.
pub fn run_to_end(
    trainer: &mut Trainer,
    folder: &Path,
    mut curves: Option<Curves>,
    interrupted: &AtomicBool,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let progress = console.training_progress(trainer.epochs());
    let mut unwritten = None;
    let outcome = trainer.run(interrupted, &mut |step| {
        progress.show(&step);
        if let Some(Err(error)) = curves.as_mut().map(|curves| curves.add(&step)) {
            // Ends the run as Ctrl-C does, which saves its state.
            interrupted.store(true, Ordering::Relaxed);
            curves = None;
            unwritten = Some(error);
        }
    })?;
    drop(progress);
    let interruption = Interrupted {
        folder: folder.into(),
        command: resuming_command(std::env::args()),
    };
    match (outcome, unwritten) {
        (Outcome::Interrupted, Some(error)) => {
            Err(anyhow::Error::from(error).context(interruption))
        }
        (Outcome::Interrupted, None) => Err(interruption.into()),
        (_, Some(error)) => Err(error.into()),
        (outcome, None) => Ok(outcome),
    }
}

/// Ctrl-C ended the run.
#[derive(Debug, Error)]
#[error("training was interrupted; its state is saved in {}", folder.display())]
pub struct Interrupted {
    folder: PathBuf,
    /// The command that goes on with it.
    pub command: String,
}

/// Returns the command with `--resume`, quoted for a shell.
fn resuming_command(arguments: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = arguments
        .filter(|argument| argument != "--resume")
        .collect();
    words.push("--resume".into());
    let quoter = shlex::Quoter::new().allow_nul(true);
    // With NUL allowed every word can be quoted.
    quoter
        .join(words.iter().map(String::as_str))
        .unwrap_or_default()
}

/// A run goes on as it began: settings that are given with `--resume` must be the ones it has.
fn check_same_recipe(
    given: &serde_json::Map<String, serde_json::Value>,
    recipe: &Recipe,
) -> anyhow::Result<()> {
    let recipe = serde_json::to_value(recipe)?;
    for (name, value) in given {
        anyhow::ensure!(
            recipe.get(name) == Some(value),
            "the run goes on with --{name} {}, not {value}",
            recipe.get(name).unwrap_or(&serde_json::Value::Null)
        );
    }
    Ok(())
}

/// Says what is about to be trained.
fn introduce(trainer: &Trainer, dataset: &Dataset, device: &Device, console: &Console) {
    let classifier = trainer.classifier();
    console.note(format!(
        "{} texts to train on, {} to validate on; labels: {}",
        dataset.train.texts.len(),
        dataset.validation.texts.len(),
        dataset.labels.join(", ")
    ));
    let words = classifier.vocabulary().len();
    let size = classifier.network().embedding().size();
    let vectors = match trainer.vectors_found() {
        Some(found) => {
            let share = 100.0 * found as f64 / words as f64;
            format!("{found} of them ({share:.1}%) with vectors of {size} numbers")
        }
        None => format!("vectors of {size} numbers drawn at random"),
    };
    console.note(format!("{words} tokens in the vocabulary, {vectors}"));
    let weights = classifier.network().weights();
    console.note(format!("{weights} weights; {}", device::name(device)));
    match (trainer.history().len(), trainer.pretrained_epochs()) {
        (0, 0) if trainer.steps() == 0 => {}
        (0, 0) => console.note("going on in the first epoch"),
        (0, done) => console.note(format!("going on after pre-training epoch {done}")),
        (done, _) => console.note(format!("going on after epoch {done}")),
    }
}
