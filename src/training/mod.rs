//! Training: from a labelled corpus to a saved model.

mod checkpoint;
mod dataset;
mod draws;
mod error;
mod feed;
mod learner;
mod loss;
mod optimizer;
mod progress;
mod recipe;
mod record;
mod schedule;
mod trainer;
mod update;
mod vectors;

pub use dataset::{Dataset, LabelledTexts};
pub use error::TrainingError;
pub use optimizer::{Optimizer, OptimizerKind};
pub use progress::{Outcome, Progress};
pub use recipe::{ClassWeights, Recipe};
pub use record::{Epoch, peak_memory_bytes};
pub use schedule::{Schedule, ScheduleKind};
pub use trainer::Trainer;
pub use vectors::Vectors;
