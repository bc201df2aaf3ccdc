//! The recipe: the settings of a training run.

mod changes;
mod class_weights;
mod preset;
mod settings;
mod table;

pub use changes::changed_settings;
pub use class_weights::ClassWeights;
pub use preset::Preset;
pub use settings::Recipe;
pub use table::{Setting, SettingKind};
