//! `sentiment train`: trains, evaluates and saves a model.

mod output_folder;
mod summary;
mod teacher;
mod training_run;

use std::path::{Path, PathBuf};
use std::time::Instant;

use sentiment::corpus::TableFormat;
#[cfg(feature = "report")]
use sentiment::evaluation::Mistakes;
#[cfg(feature = "report")]
use sentiment::model::OutputKind;
use sentiment::training::{DataSource, TrainingConfig};

pub use self::output_folder::OtherModel;
use self::output_folder::{check_not_read, check_replaced, corpus_name};
use self::teacher::read_teacher;
use self::training_run::TrainingRun;
use super::console::Console;
use super::corpus_args::refuse_to_overwrite;
use super::dataset_reader::DatasetReader;
use super::folds;
use super::recipe_args::SharedTrainingArgs;
#[cfg(feature = "report")]
use super::report::{REPORTED_MISTAKES, ReportArgs, ReportedModel, file_names};
#[cfg(feature = "report")]
use super::training_result::TrainingResult;
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
    let folder = &args.folder(&config.source);
    args.check(&config, folder)?;
    let device = &args.shared.device.open(console)?;
    let reader = DatasetReader::new(&args.shared.corpus, console)
        .for_output(config.recipe.output)
        .with_soft_labels(args.shared.soft_labels);
    let teacher = match &config.source.distil_from {
        Some(name) => {
            let has_folds = args.folds.is_some();
            let teacher = read_teacher(name, &config.recipe, has_folds, device, console)?;
            Some(teacher)
        }
        None => None,
    };
    let setup = TrainingSetup::read(config, false, &reader, device, console)?;
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
            device,
        };
        return command.run(count, console);
    }
    let training = TrainingRun {
        args,
        folder,
        reader: &reader,
        teacher,
        device,
        console,
    };
    training.run(setup, begin)
}

impl TrainArgs {
    /// Fails if a setting has no effect, or if the output folder is that of a model to read.
    fn check(&self, config: &TrainingConfig, folder: &Path) -> anyhow::Result<()> {
        let TrainingConfig { source, recipe, .. } = config;
        anyhow::ensure!(
            source.unlabelled.is_none()
                || recipe.language_model_epochs() + recipe.self_training > 0,
            "--unlabelled has no effect: neither language-model pre-training nor self-training would read it"
        );
        #[cfg(feature = "report")]
        anyhow::ensure!(
            recipe.output != OutputKind::MultiLabel || !self.report.is_requested(),
            "--report and --plots do not support --multi-label"
        );
        check_not_read(folder, source)
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
