//! `sentiment train`: trains, evaluates and saves a model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::evaluation::{AnyEvaluation, Intervals, ordinal_values};
#[cfg(feature = "report")]
use sentiment::evaluation::{Evaluation, Mistakes};
use sentiment::model::{self, OutputKind};
use sentiment::training::{
    Calibration, Dataset, Epoch, LabelledTexts, Outcome, Recipe, Run, TensorBoardLogger, Trainer,
    TrainingConfig, peak_memory_bytes,
};

use super::console::Console;
use super::dataset_reader::DatasetReader;
use super::evaluation_table::write_evaluation;
use super::folds;
use super::interrupt::{Interrupted, on_interrupt};
use super::multi_label_table::write_multi_label;
use super::recipe_args::SharedTrainingArgs;
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel};
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
    shared: SharedTrainingArgs,
}

/// Runs `sentiment train`.
pub fn run(args: &TrainArgs, console: &Console) -> anyhow::Result<()> {
    let begin = Instant::now();
    let interrupted = on_interrupt();
    let config = args.shared.config()?;
    let TrainingConfig { source, recipe, .. } = &config;
    let device = args.shared.device.open(console)?;
    anyhow::ensure!(
        source.unlabelled.is_none() || recipe.pretraining_epochs + recipe.self_training > 0,
        "--unlabelled has no effect with --pretraining-epochs 0 and --self-training 0"
    );
    let reader = DatasetReader::new(&args.shared.corpus, console).for_output(recipe.output);
    if let Some(count) = args.folds {
        let command = folds::FoldsCommand {
            config: &config,
            reader: &reader,
            out: &args.out,
            resume: args.resume,
            device: &device,
        };
        return command.run(count, &interrupted, console);
    }
    #[cfg(feature = "report")]
    anyhow::ensure!(
        recipe.output != OutputKind::MultiLabel || !args.report.is_requested(),
        "--report and --plots do not support --multi-label"
    );
    // Printed before the corpus is read, so that the user has time to stop.
    if !args.resume {
        note_replaced(&args.out, console);
    }
    let dataset = reader.dataset(source, recipe.seed)?;
    note_ordinal(recipe, &dataset.labels, console);
    let mut trainer = if args.resume {
        let trainer = Trainer::resume(&dataset, &args.out, &device)?;
        config.check_resumed(trainer.recipe())?;
        trainer
    } else {
        let vectors = source.vectors();
        Trainer::new(&dataset, &vectors, recipe.clone(), &args.out, &device)?
    };
    console.note_vectors(trainer.vector_notes());
    print_summary(&trainer, &dataset, &device, console);
    console.detail(toml::to_string(trainer.recipe())?.trim_end());

    let logger = match &args.tensorboard {
        Some(folder) => Some(TensorBoardLogger::create(folder)?),
        None => None,
    };
    let outcome = run_with_progress(&mut trainer, &args.out, logger, &interrupted, console)?;
    if let (Outcome::StoppedEarly, Some(best)) = (outcome, trainer.best()) {
        console.note(format!(
            "early stopping: no improvement since epoch {}",
            best.epoch
        ));
    }
    // Evaluates the saved model, read back from its folder.
    let classifier = Classifier::load(&args.out, &device)?;
    let LabelledTexts {
        texts,
        labels,
        label_sets,
    } = &dataset.validation;
    let evaluation = AnyEvaluation::of_texts(&classifier, texts, labels, label_sets)?;
    let mut out = styled_output();
    writeln!(out, "validation set, {} texts\n", texts.len())?;
    let seed = trainer.recipe().seed;
    let intervals = write_validation(&mut out, &evaluation, seed, console)?;
    write_curves(
        &mut out,
        trainer.history(),
        Run::read(&args.out)?.calibration,
    )?;
    let peak = peak_memory_bytes().map_or(String::new(), |bytes| {
        format!(", peak memory {} MB", bytes / 1_000_000)
    });
    writeln!(
        out,
        "\nmodel saved in {} after {:.1} s{peak}",
        args.out.display(),
        begin.elapsed().as_secs_f64(),
    )?;
    // Without --model, other commands use the built-in model.
    let folder = args.out.display();
    console.note(format!("evaluate or predict with --model {folder}"));
    // Last, so that an error in the report comes after the message that the model is saved.
    #[cfg(feature = "report")]
    if let (AnyEvaluation::OneLabel(evaluation), Some(intervals)) = (&evaluation, &intervals) {
        args.write_report(&classifier, &dataset, evaluation, intervals, console)?;
    }
    Ok(())
}

/// Writes the metrics of the validation set. Returns their intervals for a report, which a multi-label model has none of.
fn write_validation(
    out: &mut impl Write,
    evaluation: &AnyEvaluation,
    seed: u64,
    console: &Console,
) -> io::Result<Option<Intervals>> {
    match evaluation {
        AnyEvaluation::OneLabel(evaluation) => {
            if evaluation.has_equal_predictions() {
                console.note(
                    "all validation predictions are equal: the model has learned nothing; train on more texts or for more epochs",
                );
            }
            let intervals = evaluation.intervals(seed);
            write_evaluation(out, evaluation, &intervals)?;
            Ok(Some(intervals))
        }
        AnyEvaluation::MultiLabel(evaluation) => {
            write_multi_label(out, evaluation, &evaluation.intervals(seed))?;
            Ok(None)
        }
    }
}

#[cfg(feature = "report")]
impl TrainArgs {
    /// Writes the report and the plots of the validation set.
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

/// Writes the loss curves and the calibration.
fn write_curves(
    out: &mut impl Write,
    history: &[Epoch],
    calibration: Option<Calibration>,
) -> io::Result<()> {
    let curve = |loss: fn(&Epoch) -> f64| {
        let losses: Vec<f64> = history.iter().map(loss).collect();
        let (first, last) = (losses.first().copied(), losses.last().copied());
        let ends = first.zip(last);
        let ends = ends.map_or(String::new(), |(a, b)| format!("  {a:.4} to {b:.4}"));
        sparkline(&losses) + &ends
    };
    writeln!(
        out,
        "\ntraining loss     {}\nvalidation loss   {}",
        curve(|epoch| epoch.train_loss),
        curve(|epoch| epoch.validation_loss)
    )?;
    if let Some(calibration) = calibration {
        writeln!(
            out,
            "calibration       temperature {:.3}, calibration error {:.4} before and {:.4} after",
            calibration.temperature, calibration.error_before, calibration.error_after
        )?;
    }
    Ok(())
}

/// Prints what a new run replaces in its output folder.
fn note_replaced(folder: &Path, console: &Console) {
    let name = folder.display();
    if Trainer::is_unfinished(folder) {
        console.note(format!(
            "replacing the unfinished run in {name}; --resume would resume it"
        ));
    } else if model::folder::current(folder, "config.json").exists() {
        console.note(format!("replaces the model in {name}"));
    }
}

/// Trains, shows the progress and logs it to TensorBoard if there is a logger. An interruption returns the error
/// [`Interrupted`] with the command that resumes the run in `folder`.
fn run_with_progress(
    trainer: &mut Trainer,
    folder: &Path,
    mut logger: Option<TensorBoardLogger>,
    interrupted: &AtomicBool,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let progress = console.training_progress(trainer.epochs());
    let mut log_error = None;
    let outcome = trainer.run(interrupted, &mut |step| {
        progress.show(&step);
        if let Some(Err(error)) = logger.as_mut().map(|logger| logger.add(&step)) {
            // Interrupts the run like Ctrl-C, which writes a checkpoint.
            interrupted.store(true, Ordering::Relaxed);
            logger = None;
            log_error = Some(error);
        }
    })?;
    drop(progress);
    let interruption = Interrupted::new(folder);
    match (outcome, log_error) {
        (Outcome::Interrupted, Some(error)) => {
            Err(anyhow::Error::from(error).context(interruption))
        }
        (Outcome::Interrupted, None) => Err(interruption.into()),
        (_, Some(error)) => Err(error.into()),
        (outcome, None) => Ok(outcome),
    }
}

/// Offers `--ordinal` if the labels are numbers.
fn note_ordinal(recipe: &Recipe, labels: &[String], console: &Console) {
    if recipe.output == OutputKind::Single && ordinal_values(labels).is_some() {
        console.note("note: the labels are numbers; if they have an order, such as stars, train with --ordinal");
    }
}

/// Prints the size of the dataset, the vocabulary and the model before training.
fn print_summary(trainer: &Trainer, dataset: &Dataset, device: &Device, console: &Console) {
    let network = trainer.network();
    console.note(format!(
        "training set: {} texts, validation set: {} texts; labels: {}",
        dataset.train.texts.len(),
        dataset.validation.texts.len(),
        dataset.labels.join(", ")
    ));
    let tokens = network.embedding().words();
    let dimension = network.embedding().size();
    let vectors = match trainer.vectors_found() {
        Some(found) => {
            let percent = 100.0 * found as f64 / tokens as f64;
            format!("{found} ({percent:.1}%) with pre-trained vectors")
        }
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
