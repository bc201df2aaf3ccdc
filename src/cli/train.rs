//! `sentiment train`: from labelled texts to a saved, measured model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::evaluation::Evaluation;
#[cfg(feature = "report")]
use sentiment::evaluation::{Intervals, Mistakes};
use sentiment::training::{
    Calibration, Dataset, Epoch, Outcome, Run, TensorBoardLogger, Trainer, TrainingConfig,
    peak_memory_bytes,
};

use super::console::Console;
use super::evaluation_table::write_evaluation;
use super::folds;
use super::interrupt::{Interrupted, on_interrupt};
use super::recipe_args::LearningArgs;
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel};
use super::source::read_dataset;
use super::styled_text::{sparkline, styled_output};

/// The arguments of `sentiment train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Folder to save the model in
    #[arg(long, value_name = "DIR", default_value = "models/default")]
    out: PathBuf,

    /// Run K-fold cross-validation
    #[arg(long, value_name = "K", conflicts_with = "validation", value_parser = clap::value_parser!(u16).range(2..))]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    folds: Option<u16>,

    /// Resume the interrupted run in the --out folder
    #[arg(long)]
    resume: bool,

    /// Write TensorBoard event files to this folder
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
    let config = args.learning.config()?;
    let TrainingConfig { source, recipe, .. } = &config;
    let device = args.learning.device.open(console)?;
    anyhow::ensure!(
        source.unlabelled.is_none() || recipe.pretraining_epochs + recipe.self_training > 0,
        "--unlabelled gives texts to pre-training and self-training, of which --pretraining-epochs 0 and \
         --self-training 0 leave nothing"
    );
    let options = args.learning.reading.options();
    if let Some(count) = args.folds {
        let run = folds::Run {
            config: &config,
            options: &options,
            out: &args.out,
            resume: args.resume,
            device: &device,
        };
        return run.measure(count, &interrupted, console);
    }
    // Said before anything is read, so that there is time to stop.
    if !args.resume && Trainer::is_unfinished(&args.out) {
        console.note(format!(
            "a new run takes the place of the unfinished one in {}, which --resume would go on with",
            args.out.display()
        ));
    }
    let dataset = read_dataset(source, &options, recipe.seed, console)?;
    let mut trainer = if args.resume {
        let trainer = Trainer::resume(&dataset, &args.out, &device)?;
        config.check_resumed(trainer.recipe())?;
        trainer
    } else {
        let vectors = source.vectors();
        Trainer::new(&dataset, &vectors, recipe.clone(), &args.out, &device)?
    };
    introduce(&trainer, &dataset, &device, console);
    console.detail(toml::to_string(trainer.recipe())?.trim_end());

    let logger = match &args.tensorboard {
        Some(folder) => Some(TensorBoardLogger::create(folder)?),
        None => None,
    };
    let outcome = run_to_end(&mut trainer, &args.out, logger, &interrupted, console)?;
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
    let mut mistakes = Mistakes::new(REPORTED_MISTAKES);
    for (text, row) in dataset.validation.texts.iter().zip(&evaluation.rows) {
        mistakes.record(text, row);
    }
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
            mistakes.record(text, row);
        }
        let model = ReportedModel {
            title: format!("Training on {}", dataset.name),
            classifier,
            folder: Some(&self.out),
            intervals,
        };
        self.report
            .write(&model, evaluation, mistakes.most_confident(), console)
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

/// Trains and shows the progress, for TensorBoard too if there is a logger. Returns [`Interrupted`] with the command
/// that resumes the run in `folder`.
fn run_to_end(
    trainer: &mut Trainer,
    folder: &Path,
    mut logger: Option<TensorBoardLogger>,
    interrupted: &AtomicBool,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let progress = console.training_progress(trainer.epochs());
    let mut unwritten = None;
    let outcome = trainer.run(interrupted, &mut |step| {
        progress.show(&step);
        if let Some(Err(error)) = logger.as_mut().map(|logger| logger.add(&step)) {
            // Ends the run as Ctrl-C does, which saves its state.
            interrupted.store(true, Ordering::Relaxed);
            logger = None;
            unwritten = Some(error);
        }
    })?;
    drop(progress);
    let interruption = Interrupted::new(folder);
    match (outcome, unwritten) {
        (Outcome::Interrupted, Some(error)) => {
            Err(anyhow::Error::from(error).context(interruption))
        }
        (Outcome::Interrupted, None) => Err(interruption.into()),
        (_, Some(error)) => Err(error.into()),
        (outcome, None) => Ok(outcome),
    }
}

/// Says what is about to be trained.
fn introduce(trainer: &Trainer, dataset: &Dataset, device: &Device, console: &Console) {
    let network = trainer.network();
    console.note(format!(
        "{} texts to train on, {} to validate on; labels: {}",
        dataset.train.texts.len(),
        dataset.validation.texts.len(),
        dataset.labels.join(", ")
    ));
    let (words, size) = (network.embedding().words(), network.embedding().size());
    let vectors = match trainer.vectors_found() {
        Some(found) => {
            let share = 100.0 * found as f64 / words as f64;
            format!("{found} of them ({share:.1}%) with vectors of {size} numbers")
        }
        None => format!("vectors of {size} numbers drawn at random"),
    };
    console.note(format!("{words} tokens in the vocabulary, {vectors}"));
    let weights = network.weights();
    console.note(format!("{weights} weights; {device}"));
    match (trainer.history().len(), trainer.pretrained_epochs()) {
        (0, 0) if trainer.steps() == 0 => {}
        (0, 0) => console.note("going on in the first epoch"),
        (0, done) => console.note(format!("going on after pre-training epoch {done}")),
        (done, _) => console.note(format!("going on after epoch {done}")),
    }
}
