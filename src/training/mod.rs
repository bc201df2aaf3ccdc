//! Training: from a labelled corpus to a saved model.

mod averaging;
mod card;
mod cross_entropy;
mod cross_validation;
mod data;
mod error;
mod head;
mod merged_settings;
mod ngrams;
mod optimizer;
mod pretraining;
mod random_streams;
mod recipe;
mod run;
mod supervised;
mod trainer;
mod tuning;
mod unused_settings;

pub use averaging::{Average, Averaging};
pub use card::{Accuracy, CardFacts, ModelCard};
pub(crate) use card::{README, card_file};
pub use cross_validation::{CrossValidation, FoldMetrics, FoldProgress, mean_and_deviation};
pub use data::base::Base;
pub use data::dataset::Dataset;
pub use data::folds::Folds;
pub use data::initial_vectors::InitialVectors;
pub use data::labelled_texts::LabelledTexts;
pub use data::source::DataSource;
pub use error::TrainingError;
pub use merged_settings::TrainingConfig;
pub use optimizer::schedule::ScheduleKind;
pub use optimizer::update_rule::OptimizerKind;
pub use recipe::{
    ChosenTokenizer, ClassWeights, Preset, PresetChoice, Recipe, Setting, SettingKind,
    TokenizerChoice, Widths, changed_settings,
};
pub use run::progress::{Outcome, PlannedEpoch, Progress, Stage};
pub(crate) use run::record::shared_metrics_file;
pub use run::record::{Calibration, Epoch, Run, peak_memory_bytes, read_history};
pub use run::tensorboard::TensorBoardLogger;
pub use trainer::Trainer;
pub use tuning::trial::Trial;
pub use tuning::tuner::Tuner;
pub use unused_settings::UnusedSettings;
