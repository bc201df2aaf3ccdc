//! `sentiment train`: trains, evaluates and saves a model.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use sentiment::Device;
use sentiment::corpus::{Corpus, TableFormat};
#[cfg(feature = "report")]
use sentiment::evaluation::Mistakes;
use sentiment::evaluation::ordinal_values;
use sentiment::model::{self, OutputKind};
use sentiment::training::{
    Base, ClassWeights, DataSource, Dataset, Outcome, Recipe, Run, TensorBoardLogger, Trainer,
    TrainingConfig, peak_memory_bytes,
};

use super::console::Console;
use super::corpus_args::refuse_to_overwrite;
use super::dataset_reader::DatasetReader;
use super::folds;
use super::interrupt::{Interrupted, forget_interrupt, on_interrupt};
use super::model_location::read_base;
use super::recipe_args::SharedTrainingArgs;
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel, file_names};
use super::styled_text::styled_output;
use super::training_progress::TrainingProgress;
use super::training_result::{TrainingResult, write_multi_label_result};
use super::training_setup::TrainingSetup;

/// The arguments of `sentiment train`.
#[derive(Debug, clap::Args)]
pub struct TrainArgs {
    /// Folder to save the model in [default: models/ with the corpus's name]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Replace a model that was trained on another corpus
    #[arg(long)]
    force: bool,

    /// Run K-fold cross-validation
    #[arg(long, value_name = "K", conflicts_with = "validation", value_parser = clap::value_parser!(u16).range(2..))]
    #[cfg_attr(feature = "report", arg(conflicts_with_all = ["report", "plots"]))]
    folds: Option<u16>,

    /// Write each text with its prediction by the fold's model
    #[arg(long, value_name = "FILE", requires = "folds")]
    predictions: Option<PathBuf>,

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
    let config = args.shared.config()?;
    let predictions = args.predictions(&config.source)?;
    let TrainingConfig { source, recipe, .. } = &config;
    let device = args.shared.device.open(console)?;
    anyhow::ensure!(
        source.unlabelled.is_none() || recipe.language_model_epochs() + recipe.self_training > 0,
        "--unlabelled has no effect: neither language-model pre-training nor self-training would read it"
    );
    #[cfg(feature = "report")]
    anyhow::ensure!(
        recipe.output != OutputKind::MultiLabel || !args.report.is_requested(),
        "--report and --plots do not support --multi-label"
    );
    let reader = DatasetReader::new(&args.shared.corpus, console)
        .for_output(recipe.output)
        .with_soft_labels(args.shared.soft_labels);
    let folder = &args.folder(&config.source);
    for (option, model) in [
        ("--from", &source.from),
        ("--distil-from", &source.distil_from),
    ] {
        let model = model.as_ref().map(Path::new);
        anyhow::ensure!(
            !model.is_some_and(|model| is_same_folder(model, folder)),
            "{}: --out is the model of {option}; choose another folder",
            folder.display()
        );
    }
    let teacher = match &source.distil_from {
        Some(name) => Some(args.teacher(name, recipe, &device, console)?),
        None => None,
    };
    let setup = TrainingSetup::read(config, false, &reader, &device, console)?;
    if !args.resume {
        check_replaced(folder, &setup.corpus, args.force, console)?;
    }
    if let Some(count) = args.folds {
        let command = folds::FoldsCommand {
            config: &setup.config,
            corpus: setup.corpus,
            base: setup.base.as_ref(),
            reader: &reader,
            out: folder,
            resume: args.resume,
            predictions,
            device: &device,
        };
        return command.run(count, console);
    }
    let TrainingSetup {
        config,
        corpus,
        base,
    } = setup;
    anyhow::ensure!(
        !(config.recipe.freeze_encoder && config.source.unlabelled.is_some()),
        "--unlabelled has no effect with a fixed encoder, as in --preset few"
    );
    anyhow::ensure!(
        !(config.recipe.freeze_encoder && teacher.is_some()),
        "--distil-from does not work with a fixed encoder, as in --preset few"
    );
    let recipe = match args.resume {
        true => Trainer::unfinished_recipe(folder)?,
        false => config.recipe.clone(),
    };
    let mut dataset = reader.dataset(corpus, &config.source, &recipe)?;
    if let Some(teacher) = &teacher {
        distil(&mut dataset, teacher, &device, console)?;
    }
    let vectors = config.source.vectors();
    let mut trainer = match args.resume {
        true => {
            config.check_resumed(&recipe)?;
            let base = Trainer::unfinished_base(folder)?;
            let base = base.map(|name| read_base(&name, &device, console));
            let base = base.transpose()?;
            let trainer = Trainer::resume(&dataset, base.as_ref(), folder, &device)?;
            config.check_resumed_base(trainer.base().map(Arc::as_ref))?;
            trainer
        }
        false => Trainer::from_base(&dataset, base.as_ref(), &vectors, recipe, folder, &device)?,
    };
    console.note_vectors(trainer.vector_notes());
    print_summary(&trainer, &dataset, &device, console);
    note_ordinal(trainer.recipe(), &dataset.labels, console);
    console.detail(toml::to_string(trainer.recipe())?.trim_end());

    let logger = match &args.tensorboard {
        Some(folder) => Some(TensorBoardLogger::create(folder)?),
        None => None,
    };
    let outcome = run_with_progress(&mut trainer, folder, logger, console)?;
    if let (Outcome::StoppedEarly, Some(best)) = (outcome, trainer.best()) {
        console.note(format!(
            "early stopping: no improvement since epoch {}",
            best.epoch
        ));
    }
    if trainer.recipe().output == OutputKind::MultiLabel {
        write_multi_label_result(&trainer, &dataset, folder, &device)?;
        write_saved(folder, begin)?;
        note_use(folder, console);
        return Ok(());
    }
    let result = TrainingResult::of(&trainer, &dataset, folder, &device)?;
    result.write(&trainer, folder, console)?;
    // The built-in model was trained on the sample corpus.
    if !config.source.corpus.is_empty() {
        result.write_comparison(trainer.base(), &device, console)?;
    }
    if let Some(teacher) = &teacher {
        result.write_teacher(teacher, &device)?;
    }
    write_saved(folder, begin)?;
    result.warn(&trainer, console);
    note_use(folder, console);
    // Last, so that an error in the report comes after the message that the model is saved.
    #[cfg(feature = "report")]
    args.write_report(&result, folder, &config.source, console)?;
    Ok(())
}

impl TrainArgs {
    /// Reads the teacher, and checks that it can teach.
    fn teacher(
        &self,
        name: &str,
        recipe: &Recipe,
        device: &Device,
        console: &Console,
    ) -> anyhow::Result<Arc<Base>> {
        let has_weights = recipe.class_weights != ClassWeights::None;
        anyhow::ensure!(
            recipe.output == OutputKind::Single && !has_weights && self.folds.is_none(),
            "--distil-from works without --multi-label, --ordinal, --class-weights and --folds"
        );
        read_base(name, device, console)
    }

    /// Returns the file for the predictions and its format.
    fn predictions(&self, source: &DataSource) -> anyhow::Result<Option<(&Path, TableFormat)>> {
        let Some(file) = self.predictions.as_deref() else {
            return Ok(None);
        };
        for corpus in &source.corpus {
            refuse_to_overwrite(corpus, file, "corpus")?;
        }
        Ok(Some((file, TableFormat::of(file)?)))
    }

    /// Returns the output folder, by default `models/` with the name of the first corpus file.
    fn folder(&self, source: &DataSource) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let corpus = source.corpus.first();
            let name = corpus.map_or("sample".into(), |path| corpus_name(path));
            Path::new("models").join(name)
        })
    }
}

/// Makes the probabilities of a teacher a part of the targets.
fn distil(
    dataset: &mut Dataset,
    teacher: &Arc<Base>,
    device: &Device,
    console: &Console,
) -> anyhow::Result<()> {
    let taught = dataset.distil(teacher, device)?;
    let texts = dataset.train.texts.len();
    let name = teacher.name();
    console.note(match texts - taught {
        0 => format!("targets: the mean of labels and probabilities of the model {name}"),
        abstained => format!(
            "targets: the mean of labels and probabilities of the model {name}; the label alone for {abstained} of {texts} texts, for which it abstains"
        ),
    });
    Ok(())
}

/// Writes where the model is saved and how long training took.
fn write_saved(folder: &Path, begin: Instant) -> io::Result<()> {
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
fn note_use(folder: &Path, console: &Console) {
    let name = folder.display();
    console.note(format!("evaluate or predict with --model {name}"));
}

fn is_same_folder(a: &Path, b: &Path) -> bool {
    let pair = a.canonicalize().ok().zip(b.canonicalize().ok());
    pair.is_some_and(|(a, b)| a == b)
}

/// Returns the name of a corpus without its folders and endings, such as `reviews` for `data/reviews.csv.gz`.
fn corpus_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').find(|part| !part.is_empty());
    let is_plain = |c: &char| c.is_alphanumeric() || "-_".contains(*c);
    let name: String = stem.unwrap_or_default().chars().filter(is_plain).collect();
    match name.is_empty() {
        true => "default".into(),
        false => name,
    }
}

#[cfg(feature = "report")]
impl TrainArgs {
    /// Writes the report and the plots of the evaluated texts.
    fn write_report(
        &self,
        result: &TrainingResult,
        folder: &Path,
        source: &DataSource,
        console: &Console,
    ) -> anyhow::Result<()> {
        let corpus = match source.corpus.as_slice() {
            [] => source.name(),
            paths => file_names(paths.iter().map(PathBuf::as_path)),
        };
        let mut mistakes = Mistakes::new(REPORTED_MISTAKES);
        for (text, row) in result.texts.texts.iter().zip(&result.evaluation.rows) {
            mistakes.record(text, row);
        }
        let model = ReportedModel {
            title: format!("Training on {corpus}"),
            classifier: &result.classifier,
            folder: Some(folder),
            intervals: &result.intervals,
        };
        self.report.write(
            &model,
            &result.evaluation,
            mistakes.most_confident(),
            console,
        )
    }
}

/// Prints what a new run replaces in its output folder. The model of another corpus is an error without `--force`.
fn check_replaced(
    folder: &Path,
    corpus: &Corpus,
    is_forced: bool,
    console: &Console,
) -> anyhow::Result<()> {
    let name = folder.display();
    if Trainer::is_unfinished(folder) {
        console.note(format!(
            "replacing the unfinished run in {name}; --resume would resume it"
        ));
    } else if model::folder::has_model(folder) {
        let is_same = Run::read(folder).is_ok_and(|run| run.corpus_digest == corpus.digest());
        if !is_same && !is_forced {
            return Err(OtherModel {
                folder: folder.into(),
            }
            .into());
        }
        console.note(format!("replaces the model in {name}"));
    }
    Ok(())
}

/// The output folder has the model of another corpus.
#[derive(Debug, thiserror::Error)]
#[error("{} has a model that was trained on another corpus", folder.display())]
pub struct OtherModel {
    folder: PathBuf,
}

/// Trains, shows the progress and logs it to TensorBoard if there is a logger. An interruption returns the error
/// [`Interrupted`] with the command that resumes the run in `folder`.
fn run_with_progress(
    trainer: &mut Trainer,
    folder: &Path,
    mut logger: Option<TensorBoardLogger>,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let mut progress = TrainingProgress::new(console, trainer.planned_epochs(), 0);
    let mut log_error = None;
    // Before, there is nothing to save.
    let interrupted = on_interrupt();
    let outcome = trainer.run(&interrupted, &mut |step| {
        progress.show(&step);
        if let Some(Err(error)) = logger.as_mut().map(|logger| logger.add(&step)) {
            // Interrupts the run like Ctrl-C, which writes a checkpoint.
            interrupted.store(true, Ordering::Relaxed);
            logger = None;
            log_error = Some(error);
        }
    })?;
    forget_interrupt();
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
