//! Training: from a labelled corpus to a saved model.

mod checkpoint;
mod dataset;
mod draws;
mod error;
mod feed;
mod folds;
mod language_model;
mod learner;
mod loss;
mod mixture;
mod ngrams;
mod optimizer;
mod preset;
mod pretraining;
mod progress;
mod recipe;
mod record;
mod schedule;
mod search;
mod trainable;
mod trainer;
mod update;
mod vectors;

pub use dataset::{Dataset, LabelledTexts};
pub use error::TrainingError;
pub use folds::Folds;
pub use optimizer::{Optimizer, OptimizerKind};
pub use preset::Preset;
pub use progress::{Outcome, Progress, Stage};
pub use recipe::{ClassWeights, Recipe};
pub use record::{Epoch, peak_memory_bytes};
pub use schedule::{Schedule, ScheduleKind};
pub use search::{Candidate, Search, Trial};
pub use trainer::Trainer;
pub use vectors::Vectors;
