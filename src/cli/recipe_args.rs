//! The settings of `train`, on the command line and in a TOML file by the same names.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sentiment::text::StopwordList;
use sentiment::training::{Preset, Recipe};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::corpus_args::CorpusArgs;
use super::device::DeviceChoice;

/// What a run trains on; the part of its settings that is not the recipe.
#[derive(Clone, Debug, Default, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceArgs {
    /// The labelled corpus: a file, or a folder with a folder per label [default: the sample corpus
    /// in the program, with its GloVe vectors]
    pub corpus: Option<PathBuf>,

    /// Choose the best epoch on this corpus
    #[arg(long, value_name = "FILE", conflicts_with = "validation_split")]
    pub validation: Option<PathBuf>,

    /// Hold back this share of the corpus to choose the best epoch on [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    pub validation_split: Option<f64>,

    /// Texts without labels, for pre-training and self-training
    #[arg(long, value_name = "FILE")]
    pub unlabelled: Option<PathBuf>,

    /// Word vectors to start from: a GloVe, word2vec or safetensors file, `sample` for those in the
    /// program, or `none` [default: none, and with the sample corpus the sample]
    #[arg(long, value_name = "FILE")]
    pub embeddings: Option<PathBuf>,
}

/// The recipe, where the command line says something of it.
#[derive(Clone, Debug, Default, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
#[command(next_help_heading = "Recipe (also in --config FILE, by the same names)")]
pub struct RecipeArgs {
    /// The settings that all others change: reviews (long texts), sentences (short ones) or sample [default:
    /// reviews, and without a corpus sample]. The defaults below are those of reviews
    #[arg(long, value_name = "NAME", value_parser = Preset::NAMES, hide_possible_values = true)]
    preset: Option<String>,
    /// Words to leave out: negation-safe, nltk, none, or a file with a word a line [default: none]
    #[arg(long, value_name = "LIST")]
    stopwords: Option<String>,
    /// Reduce words to their stems
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    stem: Option<bool>,
    /// Language of stopword list and stemmer (ISO 639-1) [default: en]
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Leave tokens that are rarer than this out of the vocabulary [default: 1]
    #[arg(long, value_name = "N")]
    min_count: Option<u32>,
    /// Most tokens of the vocabulary [default: 30000]
    #[arg(long, value_name = "N")]
    max_vocabulary: Option<u32>,
    /// Words of the vectors' file that are in the vocabulary too, the first ones [default: 0]
    #[arg(long, value_name = "N")]
    vector_words: Option<u32>,
    /// Tokens of a text that are read; of a longer one, the last [default: 1000]
    #[arg(long, value_name = "N")]
    max_length: Option<u32>,
    /// Numbers in a word's vector, where no file decides it [default: 100]
    #[arg(long, value_name = "N")]
    embedding_size: Option<u32>,
    /// Keep the words' vectors as they are loaded
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    freeze_embeddings: Option<bool>,
    /// Numbers in the LSTM's state, for each direction [default: 128]
    #[arg(long, value_name = "N")]
    hidden_size: Option<u32>,
    /// LSTM layers [default: 1]
    #[arg(long, value_name = "N")]
    layers: Option<u32>,
    /// Read each text from its end too [default: true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    bidirectional: Option<bool>,
    /// From states to one vector: last, mean, max or attention [default: attention]
    #[arg(long, value_name = "KIND")]
    pooling: Option<String>,
    /// Tokens of the longest n-grams whose weights are fitted beside the network; 0 is none
    /// [default: 3]
    #[arg(long, value_name = "N")]
    ngrams: Option<u32>,
    /// Share of pooled features dropped at a step [default: 0.5]
    #[arg(long, value_name = "SHARE")]
    dropout: Option<f64>,
    /// Share of tokens replaced by the unknown token at a step [default: 0.1]
    #[arg(long, value_name = "SHARE")]
    word_dropout: Option<f64>,
    /// Share of a step's words whose vector is dropped [default: 0]
    #[arg(long, value_name = "SHARE")]
    embedding_dropout: Option<f64>,
    /// Times to go through the texts before labels are learned, to learn which word comes next
    /// [default: 2]
    #[arg(long, value_name = "N")]
    pretraining_epochs: Option<u32>,
    /// Times to let the best model label the texts of --unlabelled and go on with them too [default: 1]
    #[arg(long, value_name = "N")]
    self_training: Option<u32>,
    /// Texts a step [default: 32]
    #[arg(long, value_name = "N")]
    batch_size: Option<u32>,
    /// Most times to go through the corpus [default: 3]
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    /// sgd, adam or adamw [default: adam]
    #[arg(long, value_name = "KIND")]
    optimizer: Option<String>,
    /// Largest step size [default: 0.001]
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// How much of the last change SGD keeps [default: 0.9]
    #[arg(long, value_name = "SHARE")]
    momentum: Option<f64>,
    /// Step size after the warm-up: constant, linear, cosine or plateau [default: linear]
    #[arg(long, value_name = "KIND")]
    schedule: Option<String>,
    /// Share of the run over which the step size grows from zero [default: 0.05]
    #[arg(long, value_name = "SHARE")]
    warmup: Option<f64>,
    /// Share of a weight taken away at a step, times the step size [default: 0]
    #[arg(long, value_name = "SHARE")]
    weight_decay: Option<f64>,
    /// Scale gradients down to this norm; 0 is no limit [default: 1]
    #[arg(long, value_name = "NORM")]
    clip_norm: Option<f64>,
    /// Share of the target spread over all labels [default: 0]
    #[arg(long, value_name = "SHARE")]
    label_smoothing: Option<f64>,
    /// How much classes count: none, balanced, or LABEL=WEIGHT,… [default: none]
    #[arg(long, value_name = "WEIGHTS")]
    class_weights: Option<String>,
    /// Epochs without a better one that end the run [default: 2]
    #[arg(long, value_name = "N")]
    patience: Option<u32>,
    /// Leave probabilities as the network gives them, in place of fitting a temperature to the validation texts
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_calibration: Option<bool>,
    /// What decides every random draw [default: 42]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
}

/// What learning of any kind is told: on what, how and where.
#[derive(Debug, clap::Args)]
pub struct LearningArgs {
    #[command(flatten)]
    source: SourceArgs,

    /// Take settings from a TOML file; the command line goes before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// auto, cpu, cuda or cuda:N
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,

    #[command(flatten)]
    pub reading: CorpusArgs,

    #[command(flatten)]
    recipe: RecipeArgs,
}

impl LearningArgs {
    /// The settings of the TOML file, and of the command line what that says otherwise.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        settings(self.config.as_deref(), &self.source, &self.recipe)
    }
}

/// What a recipe, as JSON, has that the default has not, on a line.
pub fn changed_settings(recipe: &serde_json::Value) -> String {
    let default = serde_json::to_value(Recipe::default()).unwrap_or_default();
    let settings = recipe.as_object().into_iter().flatten();
    let changed = settings.filter(|(name, value)| default.get(name) != Some(*value));
    let changed = changed.map(
        |(name, value)| match value.as_f64().filter(|_| value.is_f64()) {
            Some(number) => format!("{name}={number:.4}"),
            None => {
                let text = value.as_str().map_or(value.to_string(), String::from);
                format!("{name}={text}")
            }
        },
    );
    changed.collect::<Vec<_>>().join(" ")
}

/// The settings of a run, from a file and the command line.
pub struct Settings {
    /// What to train on.
    pub source: SourceArgs,
    /// How.
    pub recipe: Recipe,
    /// The recipe's settings that were given, by name, with the values they now have.
    pub given: serde_json::Map<String, serde_json::Value>,
}

fn settings(
    config: Option<&Path>,
    source: &SourceArgs,
    recipe: &RecipeArgs,
) -> anyhow::Result<Settings> {
    let mut table = match config {
        Some(path) => read_table(path)?,
        None => Table::new(),
    };
    table.extend(Table::try_from(source)?);
    table.extend(Table::try_from(recipe)?);
    if let Some(Value::String(list)) = table.get("stopwords") {
        let list = StopwordList::parse(list)?;
        table.insert("stopwords".into(), Value::try_from(list)?);
    }
    let place = || config.map_or("the command line".into(), |path| path.display().to_string());
    let named = table.remove("preset");
    let is_preset_given = named.is_some();
    let preset = match named {
        Some(Value::String(name)) => name
            .parse()
            .map_err(anyhow::Error::msg)
            .with_context(place)?,
        Some(other) => anyhow::bail!("{}: a preset is a name, not {other}", place()),
        None if table.contains_key("corpus") => Preset::Reviews,
        None => Preset::Sample,
    };
    let of_source = Table::try_from(SourceArgs::all())?;
    let (source, recipe): (Table, Table) = table
        .into_iter()
        .partition(|(name, _)| of_source.contains_key(name));
    let mut settings = Table::try_from(preset.recipe())?;
    let given: Vec<String> = match is_preset_given {
        true => settings.keys().chain(recipe.keys()).cloned().collect(),
        false => recipe.keys().cloned().collect(),
    };
    settings.extend(recipe);
    let recipe: Recipe = settings.try_into().map_err(one_line).with_context(place)?;
    let mut resolved = match serde_json::to_value(&recipe)? {
        serde_json::Value::Object(map) => map,
        _ => serde_json::Map::new(),
    };
    resolved.retain(|name, _| given.contains(name));
    Ok(Settings {
        source: source.try_into().map_err(one_line).with_context(place)?,
        recipe,
        given: resolved,
    })
}

fn read_table(path: &Path) -> anyhow::Result<Table> {
    let content = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    content.parse().map_err(|error: toml::de::Error| {
        let before = &content[..error.span().map_or(0, |span| span.start)];
        let line = before.matches('\n').count() + 1;
        anyhow::anyhow!("{}:{line}: {}", path.display(), error.message())
    })
}

/// An error about a setting, which says its name on a second line.
fn one_line(error: toml::de::Error) -> anyhow::Error {
    anyhow::Error::msg(error.to_string().trim_end().replace('\n', " "))
}

impl SourceArgs {
    /// One with every setting, to know their names by.
    fn all() -> Self {
        Self {
            corpus: Some(PathBuf::new()),
            validation: Some(PathBuf::new()),
            validation_split: Some(0.0),
            embeddings: Some(PathBuf::new()),
            unlabelled: Some(PathBuf::new()),
        }
    }
}
