//! The training of one model, from the dataset to its figures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use sentiment::Device;
use sentiment::model::OutputKind;
use sentiment::training::{
    Base, DataSource, Dataset, Outcome, Recipe, TensorBoardLogger, Trainer, TrainingConfig,
};

use super::TrainArgs;
use super::summary::{note_ordinal, note_use, print_summary, write_saved};
use super::teacher::distil;
use crate::cli::console::Console;
use crate::cli::dataset_reader::DatasetReader;
use crate::cli::interrupt::{Interrupted, forget_interrupt, on_interrupt};
use crate::cli::model_location::read_base;
use crate::cli::training_progress::TrainingProgress;
use crate::cli::training_result::{TrainingResult, write_multi_label_result};
use crate::cli::training_setup::TrainingSetup;

/// The training of one model.
pub(super) struct TrainingRun<'a> {
    pub(super) args: &'a TrainArgs,
    pub(super) folder: &'a Path,
    pub(super) reader: &'a DatasetReader<'a>,
    pub(super) teacher: Option<Arc<Base>>,
    pub(super) device: &'a Device,
    pub(super) console: &'a Console,
}

impl TrainingRun<'_> {
    /// Trains a model and writes it with its figures. The whole run began at a time.
    pub(super) fn run(&self, setup: TrainingSetup, begin: Instant) -> anyhow::Result<()> {
        let (folder, device, console) = (self.folder, self.device, self.console);
        let TrainingSetup {
            config,
            corpus,
            base,
        } = setup;
        self.check_fixed_encoder(&config)?;
        let recipe = match self.args.resume {
            true => Trainer::unfinished_recipe(folder)?,
            false => config.recipe.clone(),
        };
        let mut dataset = self.reader.dataset(corpus, &config.source, &recipe)?;
        if let Some(teacher) = &self.teacher {
            distil(&mut dataset, teacher, device, console)?;
        }
        let mut trainer = match self.args.resume {
            true => self.resume(&config, &recipe, &dataset, base)?,
            false => {
                let vectors = config.source.vectors();
                Trainer::from_base(&dataset, base.as_ref(), &vectors, recipe, folder, device)?
            }
        };
        console.note_vectors(trainer.vector_notes());
        print_summary(&trainer, &dataset, device, console);
        note_ordinal(trainer.recipe(), &dataset.labels, console);
        console.detail(toml::to_string(trainer.recipe())?.trim_end());
        let logger = self.args.tensorboard.as_deref();
        let logger = logger.map(TensorBoardLogger::create).transpose()?;
        let outcome = run_with_progress(&mut trainer, folder, logger, console)?;
        if let (Outcome::StoppedEarly, Some(best)) = (outcome, trainer.best()) {
            console.note(format!(
                "early stopping: no improvement since epoch {}",
                best.epoch
            ));
        }
        self.write_result(&trainer, &dataset, &config.source, begin)
    }

    /// Fails if a setting has no effect beside a fixed encoder.
    fn check_fixed_encoder(&self, config: &TrainingConfig) -> anyhow::Result<()> {
        let is_fixed = config.recipe.freeze_encoder;
        anyhow::ensure!(
            !(is_fixed && config.source.unlabelled.is_some()),
            "--unlabelled has no effect with a fixed encoder, as in --preset few"
        );
        anyhow::ensure!(
            !(is_fixed && self.teacher.is_some()),
            "--distil-from does not work with a fixed encoder, as in --preset few"
        );
        Ok(())
    }

    /// Resumes the run in the folder, from the base that it started from.
    fn resume(
        &self,
        config: &TrainingConfig,
        recipe: &Recipe,
        dataset: &Dataset,
        base: Option<Arc<Base>>,
    ) -> anyhow::Result<Trainer> {
        config.check_resumed(recipe)?;
        let base = match Trainer::unfinished_base(self.folder)? {
            Some(name) => match base {
                Some(base) if base.name() == name => Some(base),
                _ => Some(read_base(&name, self.device, self.console)?),
            },
            None => None,
        };
        let trainer = Trainer::resume(dataset, base.as_ref(), self.folder, self.device)?;
        config.check_resumed_base(trainer.base().map(Arc::as_ref))?;
        Ok(trainer)
    }

    /// Writes the figures of the model, where it is saved and, if asked for, its report.
    fn write_result(
        &self,
        trainer: &Trainer,
        dataset: &Dataset,
        source: &DataSource,
        begin: Instant,
    ) -> anyhow::Result<()> {
        let (folder, device, console) = (self.folder, self.device, self.console);
        if trainer.recipe().output == OutputKind::MultiLabel {
            write_multi_label_result(trainer, dataset, folder, device)?;
            write_saved(folder, begin)?;
            note_use(folder, console);
            return Ok(());
        }
        let result = TrainingResult::of(trainer, dataset, folder, device)?;
        result.write(trainer, folder, console)?;
        // The built-in model was trained on the sample corpus.
        if !source.corpus.is_empty() {
            result.write_comparison(trainer.base(), device, console)?;
        }
        if let Some(teacher) = &self.teacher {
            result.write_teacher(teacher, device)?;
        }
        write_saved(folder, begin)?;
        result.warn(trainer, console);
        note_use(folder, console);
        // Last, so that an error in the report comes after the message that the model is saved.
        #[cfg(feature = "report")]
        self.args.write_report(&result, folder, source, console)?;
        Ok(())
    }
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
