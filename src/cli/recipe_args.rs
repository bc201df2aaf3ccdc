//! The arguments that `train` and `tune` share: the data, the device, and a flag for every setting of a recipe.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};
use sentiment::model::OutputKind;
use sentiment::training::{DataSource, Preset, Recipe, Setting, SettingKind, TrainingConfig};
use serde::Serialize;
use toml::{Table, Value};

use super::corpus_args::CorpusArgs;
use super::device::DeviceChoice;

/// The data to train on.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct SourceArgs {
    /// Labelled corpus: files or a folder [default: the sample corpus]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corpus: Vec<PathBuf>,

    /// Validation set for selecting the best epoch
    #[arg(long, value_name = "FILE", conflicts_with = "validation_split")]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<PathBuf>,

    #[arg(long, value_name = "FRACTION", help = validation_split_help())]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_split: Option<f64>,

    /// Unlabelled texts for pre-training and self-training
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    unlabelled: Option<PathBuf>,

    /// Base model: general, chinese, a folder, an archive or hf:NAME
    #[arg(long, value_name = "MODEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,

    /// Teacher model, whose probabilities are half of the training targets
    #[arg(long, value_name = "MODEL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    distil_from: Option<String>,

    /// Word vectors: a file, `sample` or `none` [default: sample]
    #[arg(long, value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    embeddings: Option<PathBuf>,

    /// File in the ZIP archive of --embeddings
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
}

fn validation_split_help() -> String {
    let default = DataSource::VALIDATION_SPLIT;
    format!("Fraction of the corpus held out for validation [default: {default}]")
}

/// The recipe settings given on the command line, by name.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
struct RecipeArgs(Table);

const PRESET: &str = "preset";

/// The setting that the flags of the kinds of output set.
const OUTPUT: &str = "output";
const ORDINAL: &str = "ordinal";

impl clap::Args for RecipeArgs {
    fn augment_args(command: Command) -> Command {
        let preset = Arg::new(PRESET)
            .long(PRESET)
            .value_name("NAME")
            .value_parser(PossibleValuesParser::new(["auto"].into_iter().chain(Preset::NAMES)))
            .hide_possible_values(true)
            .help(
                "Base settings: auto, reviews, sentences, few or sample [default: auto; sample without a corpus]",
            );
        command
            .next_help_heading(
                "Recipe (also in --config FILE; defaults are those of --preset reviews)",
            )
            .arg(preset)
            .args(
                Recipe::settings()
                    .iter()
                    .filter(|setting| setting.name != OUTPUT)
                    .map(argument),
            )
            .arg(
                Arg::new(ORDINAL)
                    .long(ORDINAL)
                    .action(ArgAction::SetTrue)
                    .conflicts_with("multi_label")
                    .help("Labels are numbers with an order, such as stars"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Returns the flag of a setting.
fn argument(setting: &'static Setting) -> Arg {
    let name = setting.name.as_str();
    let argument = Arg::new(name)
        .long(name)
        .value_name(setting.value_name)
        .help(format!("{} [default: {}]", setting.help, setting.default));
    match setting.kind {
        SettingKind::Boolean => argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .hide_possible_values(true)
            .value_parser(value_parser!(bool)),
        SettingKind::Integer => argument.value_parser(value_parser!(i64).range(0..)),
        SettingKind::Float => argument.value_parser(value_parser!(f64)),
        SettingKind::Text => argument,
    }
}

impl FromArgMatches for RecipeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        let text = |name| matches.get_one::<String>(name).cloned().map(Value::String);
        self.0
            .extend(text(PRESET).map(|name| (PRESET.into(), name)));
        if matches.get_flag(ORDINAL) {
            self.0
                .insert(OUTPUT.into(), OutputKind::Ordinal.to_string().into());
        }
        let settings = Recipe::settings().iter();
        for Setting { name, kind, .. } in settings.filter(|setting| setting.name != OUTPUT) {
            let value = match kind {
                SettingKind::Boolean => matches.get_one::<bool>(name).copied().map(Value::from),
                SettingKind::Integer => matches.get_one::<i64>(name).copied().map(Value::from),
                SettingKind::Float => matches.get_one::<f64>(name).copied().map(Value::from),
                SettingKind::Text => text(name),
            };
            self.0.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(())
    }
}

/// The arguments that `train` and `tune` share.
#[derive(Debug, clap::Args)]
pub struct SharedTrainingArgs {
    #[command(flatten)]
    source: SourceArgs,

    /// Train on the columns probability_LABEL instead of a label
    #[arg(long, requires = "corpus", conflicts_with_all = ["multi_label", ORDINAL, "class-weights", "label_column", "map_labels"])]
    pub soft_labels: bool,

    /// TOML file with settings; command-line flags take precedence
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Device: auto, cpu, cuda or cuda:N
    #[arg(
        long,
        default_value = "auto",
        env = "SENTIMENT_DEVICE",
        hide_env_values = true
    )]
    pub device: DeviceChoice,

    #[command(flatten)]
    pub corpus: CorpusArgs,

    #[command(flatten)]
    recipe: RecipeArgs,
}

impl SharedTrainingArgs {
    /// Merges the preset, the TOML file and the flags.
    pub fn config(&self) -> anyhow::Result<TrainingConfig> {
        #[derive(Serialize)]
        struct Flags<'a> {
            #[serde(flatten)]
            source: &'a SourceArgs,
            #[serde(flatten)]
            recipe: &'a RecipeArgs,
        }
        let mut recipe = self.recipe.clone();
        if self.corpus.is_multi_label() {
            let output = OutputKind::MultiLabel.to_string();
            recipe.0.insert(OUTPUT.into(), output.into());
        }
        let flags = Flags {
            source: &self.source,
            recipe: &recipe,
        };
        Ok(TrainingConfig::resolve(self.config.as_deref(), &flags)?)
    }
}
