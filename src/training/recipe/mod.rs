//! The recipe: the settings of a training run.

mod changed_settings;
mod class_weights;
mod preset;
mod preset_choice;
mod settings;
mod settings_macro;
mod tokenizer_choice;
mod widths;

pub use changed_settings::changed_settings;
pub use class_weights::ClassWeights;
pub use preset::Preset;
pub use preset_choice::PresetChoice;
pub(super) use preset_choice::of_trained_network;
pub use settings::Recipe;
pub use settings_macro::{Setting, SettingKind};
pub use tokenizer_choice::{ChosenTokenizer, TokenizerChoice};
pub use widths::Widths;
