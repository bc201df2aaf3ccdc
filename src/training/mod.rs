//! Training: from a labelled corpus to a saved model.

mod checkpoint;
mod dataset;
mod draws;
mod error;
mod feed;
mod learner;
mod loss;
mod optimizer;
mod recipe;
mod schedule;
mod trainer;

pub use dataset::{Dataset, LabelledTexts, Vectors};
pub use error::TrainingError;
pub use optimizer::{Optimizer, OptimizerKind};
pub use recipe::{ClassWeights, Recipe};
pub use schedule::{Schedule, ScheduleKind};
pub use trainer::{Epoch, Outcome, Progress, Trainer, peak_memory_bytes};
