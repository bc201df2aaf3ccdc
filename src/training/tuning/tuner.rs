//! The search loop: trains candidates one after the other and saves the trials.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::search_space::SearchSpace;
use super::successive_halving::Search;
use super::trial::{Candidate, Trial};
use crate::device::Device;
use crate::embeddings::VectorNote;
use crate::files::{FileError, write_whole};
use crate::model::BaseRecord;
use crate::model::folder::FolderLock;
use crate::training::data::base::Base;
use crate::training::data::dataset::Dataset;
use crate::training::data::initial_vectors::InitialVectors;
use crate::training::error::TrainingError;
use crate::training::merged_settings::TrainingConfig;
use crate::training::recipe::Recipe;
use crate::training::run::progress::Outcome;
use crate::training::trainer::Trainer;

/// The files of a search.
const TRIALS: &str = "trials.json";
const BEST: &str = "best.toml";

/// A hyperparameter search.
pub struct Tuner<'a> {
    dataset: &'a Dataset,
    dataset_digest: String,
    base: Option<Arc<Base>>,
    vectors: InitialVectors,
    vector_notes: Vec<VectorNote>,
    folder: PathBuf,
    device: &'a Device,
    search: Search,
    _lock: FolderLock,
}

/// The content of [`TRIALS`].
#[derive(Debug, Serialize, Deserialize)]
struct SavedTrials<'a> {
    dataset_digest: Cow<'a, str>,
    /// The model that each candidate starts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base: Option<BaseRecord>,
    trials: Cow<'a, [Trial]>,
}

impl<'a> Tuner<'a> {
    /// Sets up a search that saves its trials in `folder` and continues after the trials already there.
    /// Every candidate keeps the settings given in the config, and starts from `base`.
    pub fn new(
        dataset: &'a Dataset,
        config: &TrainingConfig,
        base: Option<Arc<Base>>,
        folder: &Path,
        device: &'a Device,
    ) -> Result<Self, TrainingError> {
        let (mut config, mut given) = (config.clone(), config.given().to_vec());
        if let Some(base) = &base {
            config.adopt_base(base)?;
            given.extend(Recipe::OF_BASE.map(String::from));
        }
        let vectors = config.source.vectors();
        let space = SearchSpace::new(config.recipe, &given)?;
        let lock = FolderLock::create(folder)?;
        let dataset_digest = dataset.digest();
        let base_record = base.as_deref().map(Base::record);
        let trials = read_trials(folder, &dataset_digest, base_record)?;
        Ok(Self {
            dataset,
            dataset_digest,
            base,
            vectors,
            vector_notes: Vec::new(),
            folder: folder.into(),
            device,
            search: Search::new(space, dataset.train.texts.len(), trials),
            _lock: lock,
        })
    }

    /// Returns every trial in the order of training.
    pub fn trials(&self) -> &[Trial] {
        self.search.trials()
    }

    /// Returns the notes about the vector file, after the first trial.
    pub fn vector_notes(&self) -> &[VectorNote] {
        &self.vector_notes
    }

    /// Returns the path of the TOML file with the best recipe.
    pub fn best_file(&self) -> PathBuf {
        self.folder.join(BEST)
    }

    /// Trains candidates until `interrupted` is set.
    pub fn run(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(&Trial),
    ) -> Result<(), TrainingError> {
        while !interrupted.load(Ordering::Relaxed) {
            let candidate = self.search.next();
            let Some(trial) = self.train(candidate, interrupted)? else {
                break;
            };
            progress(&trial);
            self.search.add(trial);
            self.save()?;
        }
        Ok(())
    }

    /// Trains a candidate. Returns the metrics of its best epoch, or `None` if interrupted. A run that
    /// diverges has accuracy 0.
    fn train(
        &mut self,
        candidate: Candidate,
        interrupted: &AtomicBool,
    ) -> Result<Option<Trial>, TrainingError> {
        let begin = Instant::now();
        let Candidate {
            number,
            texts,
            recipe,
        } = candidate;
        let folder =
            tempfile::tempdir().map_err(FileError::context("create", &std::env::temp_dir()))?;
        let dataset = self.dataset.subset(texts, recipe.seed);
        let (vectors, folder) = (&self.vectors, folder.path());
        let base = self.base.as_ref();
        let mut trainer =
            Trainer::from_base(&dataset, base, vectors, recipe.clone(), folder, self.device)?;
        self.vector_notes = trainer.vector_notes().to_vec();
        let (accuracy, loss) = match trainer.run(interrupted, &mut |_| {}) {
            Ok(Outcome::Interrupted) => return Ok(None),
            Err(TrainingError::Diverged { .. }) => (0.0, f64::MAX),
            Err(error) => return Err(error),
            Ok(_) => match trainer.best() {
                Some(best) => (best.validation_accuracy, best.validation_loss),
                None => return Ok(None),
            },
        };
        Ok(Some(Trial {
            number,
            texts,
            accuracy,
            loss,
            seconds: begin.elapsed().as_secs_f64(),
            recipe,
        }))
    }

    fn save(&self) -> Result<(), TrainingError> {
        let saved = SavedTrials {
            dataset_digest: self.dataset_digest.as_str().into(),
            base: self.base.as_deref().map(Base::record),
            trials: self.trials().into(),
        };
        // Numbers, strings and maps with string keys always have a JSON and a TOML form.
        let trials = serde_json::to_string(&saved).expect("trials are JSON");
        write_whole(&self.folder.join(TRIALS), |out| writeln!(out, "{trials}"))?;
        if let Some(Trial {
            recipe, accuracy, ..
        }) = self.search.best()
        {
            let recipe = toml::to_string(recipe).expect("a recipe is TOML");
            write_whole(&self.best_file(), |out| {
                write!(out, "# validation accuracy {accuracy:.4}\n{recipe}")
            })?;
        }
        Ok(())
    }
}

/// Reads the trials of an earlier search on the same dataset, from the same base.
fn read_trials(
    folder: &Path,
    dataset_digest: &str,
    base: Option<BaseRecord>,
) -> Result<Vec<Trial>, TrainingError> {
    let path = folder.join(TRIALS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let content = fs::read_to_string(&path).map_err(FileError::context("read", &path))?;
    let saved: SavedTrials =
        serde_json::from_str(&content).map_err(TrainingError::unreadable(&path))?;
    if saved.dataset_digest != dataset_digest || saved.base != base {
        return Err(TrainingError::DatasetMismatch { path });
    }
    Ok(saved.trials.into_owned())
}
