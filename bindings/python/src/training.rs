//! The function `train`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::{PyFileExistsError, PyKeyboardInterrupt, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use sentiment::corpus::{CorpusOptions, SeveralLabels};
use sentiment::evaluation::AnyEvaluation;
use sentiment::model::{Implementation, OutputKind, SavedModel, folder};
use sentiment::training::{
    Averaging, Base, DataSource, Dataset, Outcome, Progress, Recipe, Trainer, TrainingConfig,
    TrainingError,
};
use sentiment::{Classifier as Model, Corpus, Device};
use serde_json::{Value, json};

use crate::arguments::{from_json, path_text, settings};
use crate::averaging::{Raised, averaging_of};
use crate::classifier::Classifier;
use crate::compute::detached;
use crate::corpus::{self, CorpusSource, IN_MEMORY};
use crate::errors::Raise;
use crate::progress::report;

/// The least time between two reports of steps.
const REPORT_INTERVAL: Duration = Duration::from_millis(100);

/// Trains a classifier, and returns it with the result in its attribute `training`.
///
/// `corpus` is a path, a list of paths, a table with the columns `text` and `label`, or a tuple of texts and labels; without
/// it, the built-in sample. `validation` is likewise; by default a part of the corpus is held out. `from_pretrained` is a
/// model to start from: `"general"`, `"chinese"` or a folder. Every other setting of a recipe has its name, with underscores: see
/// `sentiment train --help`.
///
/// `out` is the folder to save the model in. Ctrl-C stops the training, and `resume=True` resumes it from there.
/// `progress` is called with a dictionary at each epoch and ten times a second.
///
/// `averaging` makes this process one of several that train one model, as `sentiment_toolkit.ray.train` does: its index,
/// their number, the number of mini-batches between averages, and a function that gets this process's weights and optimizer
/// moments (32-bit floats, as bytes) and returns the average of those of all processes.
#[pyfunction]
#[pyo3(signature = (corpus=None, *, out=None, resume=false, force=false, validation=None, from_pretrained=None, text_column=None, label_column=None, progress=None, averaging=None, **settings))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub fn train(
    py: Python<'_>,
    corpus: Option<&Bound<'_, PyAny>>,
    out: Option<PathBuf>,
    resume: bool,
    force: bool,
    validation: Option<&Bound<'_, PyAny>>,
    from_pretrained: Option<&Bound<'_, PyAny>>,
    text_column: Option<String>,
    label_column: Option<String>,
    progress: Option<Py<PyAny>>,
    averaging: Option<(usize, usize, usize, Py<PyAny>)>,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<Classifier> {
    let config = resolve(corpus.is_some(), from_pretrained, settings)?;
    let is_multi_label = config.recipe.output == OutputKind::MultiLabel;
    let options = CorpusOptions {
        text_column,
        label_column,
        several_labels: is_multi_label.then(SeveralLabels::default),
        ..CorpusOptions::default()
    };
    let corpus = CorpusSource::read(corpus, &options)?;
    let validation = match validation {
        Some(validation) => Some(CorpusSource::read(Some(validation), &options)?),
        None => None,
    };
    let temporary;
    let folder = match &out {
        Some(folder) => {
            check_replaced(folder, resume || force)?;
            folder.as_path()
        }
        None => {
            temporary = tempfile::tempdir()?;
            temporary.path()
        }
    };
    let raised = Raised::default();
    let run = TrainingRun {
        config,
        options,
        folder,
        resume,
        averaging: averaging.map(|averaging| averaging_of(averaging, &raised)),
    };
    let (model, result) = detached(py, || run.train(corpus, validation, progress.as_ref()))?
        .map_err(|error| raised.take().unwrap_or(error))?;
    let result = from_json(py, &result)?.unbind();
    Classifier::from_saved(py, model, Some(result))
}

/// Merges the settings with the preset.
fn resolve(
    has_corpus: bool,
    base: Option<&Bound<'_, PyAny>>,
    given: Option<&Bound<'_, PyDict>>,
) -> PyResult<TrainingConfig> {
    let mut table = settings(given)?;
    if let Some(name) = table.keys().find(|name| !is_setting(name)) {
        let name = name.replace('-', "_");
        return Err(PyTypeError::new_err(format!(
            "train() has no setting {name}: see `sentiment train --help` for those that it has"
        )));
    }
    if has_corpus {
        // The name decides that the data choose the preset.
        table.insert("corpus".into(), Value::from(IN_MEMORY));
    }
    if let Some(base) = base {
        table.insert("from".into(), Value::from(path_text(base)?));
    }
    TrainingConfig::resolve(None, &table).map_err(Raise::raise)
}

fn is_setting(name: &str) -> bool {
    const OF_DATA: [&str; 6] = [
        "preset",
        "validation-split",
        "unlabelled",
        "distil-from",
        "embeddings",
        "member",
    ];
    let mut of_recipe = Recipe::settings().iter();
    OF_DATA.contains(&name) || of_recipe.any(|setting| setting.name == name)
}

/// Fails if a new run would replace a model.
fn check_replaced(folder: &Path, is_allowed: bool) -> PyResult<()> {
    let has_model = folder::current(folder, "config.json").exists();
    match has_model && !is_allowed {
        false => Ok(()),
        true => Err(PyFileExistsError::new_err(format!(
            "{} has a model: choose another folder, or replace it with force=True",
            folder.display()
        ))),
    }
}

/// A training run.
struct TrainingRun<'a> {
    config: TrainingConfig,
    options: CorpusOptions,
    folder: &'a Path,
    resume: bool,
    averaging: Option<Averaging>,
}

impl TrainingRun<'_> {
    /// Trains the model. Returns it with the result as JSON.
    fn train(
        mut self,
        corpus: CorpusSource,
        validation: Option<CorpusSource>,
        progress: Option<&Py<PyAny>>,
    ) -> PyResult<(SavedModel, Value)> {
        let device = Device::Cpu;
        let corpus = corpus.collect(&self.options).map_err(Raise::raise)?;
        let mut notes: Vec<String> = corpus.notes.iter().map(ToString::to_string).collect();
        let base = match &self.config.source.from {
            Some(name) => Some(Arc::new(Base::read(name, &device).map_err(Raise::raise)?)),
            None => None,
        };
        let texts = corpus.examples.iter().map(|example| example.text.as_str());
        if base.is_none() {
            let choice = self.config.choose_tokenizer(texts.clone());
            notes.extend(choice.map(|choice| choice.to_string()));
        }
        let labels = corpus.labels.len();
        let choice =
            self.config
                .choose_preset(texts, labels, base.as_deref(), corpus.is_multi_label);
        notes.extend(
            choice
                .map_err(Raise::raise)?
                .map(|choice| choice.to_string()),
        );
        if let Some(base) = &base {
            self.config.adopt_base(base).map_err(Raise::raise)?;
        }
        let recipe = match self.resume {
            true => Trainer::unfinished_recipe(self.folder).map_err(Raise::raise)?,
            false => self.config.recipe.clone(),
        };
        let dataset = self.dataset(corpus, validation, &recipe)?;
        let mut trainer = self
            .trainer(&dataset, base.as_ref(), recipe)
            .map_err(Raise::raise)?;
        if let Some(averaging) = self.averaging.take() {
            trainer.set_averaging(averaging).map_err(Raise::raise)?;
        }
        notes.extend(trainer.vector_notes().iter().map(ToString::to_string));
        let outcome = run(&mut trainer, progress)?;
        let model = SavedModel::read(self.folder, &device).map_err(Raise::raise)?;
        let evaluation = evaluate(&trainer, &dataset, &model)?;
        let result = json!({
            "outcome": match outcome {
                Outcome::StoppedEarly => "stopped early",
                Outcome::Finished | Outcome::Interrupted => "finished",
            },
            "train_texts": dataset.train.texts.len(),
            "evaluated_texts": evaluation.texts(),
            "cross_validation_folds": trainer.folds(),
            "evaluation": evaluation.summary(),
            "history": trainer.history(),
            "recipe": trainer.recipe(),
            "seconds": trainer.seconds(),
            "notes": notes,
        });
        Ok((model, result))
    }

    /// Sets up a new run, or the one to resume.
    fn trainer(
        &self,
        dataset: &Dataset,
        base: Option<&Arc<Base>>,
        recipe: Recipe,
    ) -> Result<Trainer, TrainingError> {
        let device = Device::Cpu;
        if self.resume {
            self.config.check_resumed(&recipe)?;
            let trainer = Trainer::resume(dataset, None, self.folder, &device)?;
            let base = trainer.base().map(Arc::as_ref);
            self.config.check_resumed_base(base)?;
            return Ok(trainer);
        }
        let vectors = self.config.source.vectors();
        Trainer::from_base(dataset, base, &vectors, recipe, self.folder, &device)
    }

    /// Divides the corpus into a training set and a validation set, as `sentiment train` does.
    fn dataset(
        &self,
        corpus: Corpus,
        validation: Option<CorpusSource>,
        recipe: &Recipe,
    ) -> PyResult<Dataset> {
        let DataSource {
            validation_split,
            unlabelled,
            distil_from,
            ..
        } = &self.config.source;
        let dataset = match (validation, validation_split) {
            (Some(validation), _) => {
                let examples = validation.validation(&self.options, &corpus.labels);
                let examples = examples.map_err(Raise::raise)?;
                Dataset::with_validation(corpus, examples, "the validation set")
            }
            (None, None) if recipe.freeze_encoder => Dataset::whole(corpus),
            (None, _) => {
                let fraction = self.config.source.validation_split();
                Dataset::split(corpus, fraction, recipe.seed)
            }
        };
        let mut dataset = dataset.map_err(Raise::raise)?;
        if let Some(path) = unlabelled {
            dataset.unlabelled = corpus::unlabelled(path, &self.options)?;
        }
        if let Some(name) = distil_from {
            let teacher = Arc::new(Base::read(name, &Device::Cpu).map_err(Raise::raise)?);
            dataset
                .distil(&teacher, &Device::Cpu)
                .map_err(Raise::raise)?;
        }
        dataset.name = self.config.source.name();
        Ok(dataset)
    }
}

/// Trains until the end, Ctrl-C or an exception of the callback.
fn run(trainer: &mut Trainer, callback: Option<&Py<PyAny>>) -> PyResult<Outcome> {
    let interrupted = AtomicBool::new(false);
    let mut raised: Option<PyErr> = None;
    let mut last_report: Option<Instant> = None;
    let outcome = trainer.run(&interrupted, &mut |progress| {
        let is_step = matches!(progress, Progress::Step { .. });
        if is_step && last_report.is_some_and(|last| last.elapsed() < REPORT_INTERVAL) {
            return;
        }
        last_report = Some(Instant::now());
        let answer = Python::attach(|py| {
            py.check_signals()?;
            if let Some(callback) = callback {
                callback.call1(py, (from_json(py, &report(&progress))?,))?;
            }
            PyResult::Ok(())
        });
        if let Err(error) = answer {
            // Ends the run after a checkpoint.
            interrupted.store(true, Ordering::Relaxed);
            raised.get_or_insert(error);
        }
    });
    match (raised, outcome.map_err(Raise::raise)?) {
        (Some(error), _) => Err(error),
        (None, Outcome::Interrupted) => Err(PyKeyboardInterrupt::new_err("")),
        (None, outcome) => Ok(outcome),
    }
}

/// Evaluates the saved model on the validation set; without one, returns the evaluation by cross-validation.
fn evaluate(trainer: &Trainer, dataset: &Dataset, model: &SavedModel) -> PyResult<AnyEvaluation> {
    let validation = &dataset.validation;
    if let Some(evaluation) = trainer.cross_validated()
        && validation.texts.is_empty()
    {
        return Ok(AnyEvaluation::OneLabel(evaluation.clone()));
    }
    let classifier = Model::new(model.clone(), Implementation::Fused).map_err(Raise::raise)?;
    let labels = (&validation.labels, &validation.label_sets);
    AnyEvaluation::of_texts(&classifier, &validation.texts, labels.0, labels.1)
        .map_err(Raise::raise)
}
