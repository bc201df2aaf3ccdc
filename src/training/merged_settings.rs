//! The settings of a run, merged from a preset, a TOML file and command-line flags.

use std::path::Path;

use serde::Serialize;
use strsim::damerau_levenshtein;
use toml::{Table, Value};

use super::data::base::Base;
use super::data::initial_vectors::InitialVectors;
use super::data::source::DataSource;
use super::error::TrainingError;
use super::recipe::{ChosenTokenizer, Preset, PresetChoice, Recipe, of_trained_network};
use crate::files::FileError;
use crate::text::{Preprocessor, SameWords, StopwordList, WordDictionary};

const PRESET: &str = "preset";

/// The settings of a run. Flags take precedence over the TOML file, and the file over the preset.
#[derive(Clone, Debug)]
pub struct TrainingConfig {
    /// The data to train on.
    pub source: DataSource,
    /// The recipe. Until [`TrainingConfig::choose_preset`], one whose preset depends on the data is that of
    /// [`Preset::Reviews`].
    pub recipe: Recipe,
    /// The names of the settings that the file or the flags set.
    given: Vec<String>,
    /// The settings that the file or the flags set.
    settings: Table,
    /// The preset, or `None` if the data decide.
    preset: Option<Preset>,
    is_preset_given: bool,
}

/// One character in so many may be mistyped in the name of a setting.
const MISTYPED_PART: usize = 3;

/// The name of the preset that the data decide.
const AUTO: &str = "auto";

impl TrainingConfig {
    /// Merges the settings of a TOML file and of flags, which serialize to a map of the same names.
    pub fn resolve(file: Option<&Path>, flags: &impl Serialize) -> Result<Self, TrainingError> {
        let location = || file.map_or("the command line".into(), |path| path.display().to_string());
        let invalid = |message: String| TrainingError::Config {
            location: location(),
            message,
        };
        let mut table = match file {
            Some(path) => read_table(path)?,
            None => Table::new(),
        };
        table.extend(Table::try_from(flags).map_err(|error| invalid(error.to_string()))?);
        let value = |list: Result<Value, toml::ser::Error>| {
            list.map_err(|error| invalid(error.to_string()))
        };
        if let Some(Value::String(list)) = table.get("stopwords") {
            let list = value(Value::try_from(StopwordList::parse(list)?))?;
            table.insert("stopwords".into(), list);
        }
        if let Some(Value::String(file)) = table.get("dictionary") {
            let words = value(Value::try_from(WordDictionary::parse(file)?))?;
            table.insert("dictionary".into(), words);
        }
        if let Some(Value::String(file)) = table.get("same-words") {
            let groups = value(Value::try_from(SameWords::parse(file)?))?;
            table.insert("same-words".into(), groups);
        }
        let preset_name = table.remove(PRESET);
        let is_preset_given = preset_name.is_some();
        let preset = match preset_name {
            Some(Value::String(name)) if name == AUTO => None,
            Some(Value::String(name)) => Some(name.parse().map_err(invalid)?),
            Some(other) => {
                return Err(invalid(format!(
                    "expected the name of a preset, got {other}"
                )));
            }
            None if table.contains_key("corpus") => None,
            None => Some(Preset::Sample),
        };
        let (source, given): (Table, Table) = table
            .into_iter()
            .partition(|(name, _)| DataSource::NAMES.contains(&name.as_str()));
        if let Some(name) = given.keys().find(|name| !is_recipe_setting(name)) {
            return Err(unknown_setting(location(), name));
        }
        let names: Vec<String> = given.keys().cloned().collect();
        let mut source: DataSource = source.try_into().map_err(one_line).map_err(invalid)?;
        let has_own_size = given.contains_key("embedding-size") && !source.corpus.is_empty();
        if has_own_size && source.embeddings.is_none() {
            // The vectors of the sample have another size.
            source.embeddings = Some("none".into());
        }
        if source.member.is_some() && !matches!(source.vectors(), InitialVectors::File(_)) {
            return Err(invalid(
                "member requires a ZIP archive in embeddings".into(),
            ));
        }
        let recipe = merged(preset.unwrap_or(Preset::Reviews), &source, &given);
        Ok(Self {
            source,
            recipe: recipe.map_err(invalid)?,
            given: names,
            settings: given,
            preset,
            is_preset_given,
        })
    }

    /// Chooses the tokenizer for the texts of a corpus, unless it is given. Returns the choice if the script of the texts decided.
    pub fn choose_tokenizer<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a str>,
    ) -> Option<ChosenTokenizer> {
        let choice = self.recipe.choose_tokenizer(texts);
        let Recipe {
            tokenizer,
            language,
            ..
        } = &self.recipe;
        // The recipe of the preset that is chosen later has them too.
        let settings = [
            ("tokenizer", String::from(*tokenizer)),
            ("language", language.clone()),
        ];
        for (name, value) in settings {
            self.settings.insert(name.into(), value.into());
        }
        choice
    }

    /// Chooses the preset for the texts of a corpus with `labels` labels, unless it is given. `base` is the model to start from, which
    /// decides what a word is. `trains_network` is whether the whole network must be trained, as it is with unlabelled texts or a teacher.
    /// Returns the choice.
    pub fn choose_preset<'a>(
        &mut self,
        texts: impl Iterator<Item = &'a str>,
        labels: usize,
        base: Option<&Base>,
        trains_network: bool,
    ) -> Result<Option<PresetChoice>, TrainingError> {
        if self.preset.is_some() {
            return Ok(None);
        }
        let is_unfrozen = self.settings.get("freeze-encoder") == Some(&Value::Boolean(false));
        let DataSource {
            unlabelled,
            distil_from,
            ..
        } = &self.source;
        let trains_network = trains_network
            || unlabelled.is_some()
            || distil_from.is_some()
            || is_unfrozen
            || self.of_trained_network().next().is_some();
        self.recipe.check()?;
        let preprocessor = Preprocessor::new(match base {
            Some(base) => base.config().preprocessing.clone(),
            None => self.recipe.preprocessing(),
        })?;
        let choice = PresetChoice::of(texts, &preprocessor, labels, trains_network);
        let recipe = merged(choice.preset, &self.source, &self.settings);
        self.recipe = recipe.map_err(|message| TrainingError::Config {
            location: "the settings".into(),
            message,
        })?;
        Ok(Some(choice))
    }

    /// Takes over the settings that the base decides. It is an error if other ones are given.
    pub fn adopt_base(&mut self, base: &Base) -> Result<(), TrainingError> {
        let mut adopted = self.recipe.clone();
        adopted.adopt(base);
        let json = |recipe| serde_json::to_value(recipe).unwrap_or_default();
        let (given, decided) = (json(&self.recipe), json(&adopted));
        let mut names = Recipe::OF_BASE
            .iter()
            .filter(|name| self.given.iter().any(|g| g == *name));
        match names.find(|name| given[*name] != decided[*name]) {
            None => {
                self.recipe = adopted;
                Ok(())
            }
            Some(name) => Err(TrainingError::SettingOfBase {
                name: (*name).into(),
                base: base.name().into(),
            }),
        }
    }

    /// Returns the given settings that have no effect with a fixed encoder.
    pub(super) fn of_trained_network(&self) -> impl Iterator<Item = &str> {
        of_trained_network(&self.given)
    }

    /// Returns the names of the settings that the file or the flags set individually.
    pub fn given(&self) -> &[String] {
        &self.given
    }

    /// Checks that the run to resume starts from the given model, if one is given.
    pub fn check_resumed_base(&self, resumed: Option<&Base>) -> Result<(), TrainingError> {
        let resumed = resumed.map_or("none", Base::name);
        match &self.source.from {
            Some(given) if given != resumed => Err(TrainingError::ChangedSetting {
                name: "from".into(),
                resumed: resumed.into(),
                given: given.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Checks that the given settings equal those of the run to resume. A given preset sets all of them.
    pub fn check_resumed(&self, resumed: &Recipe) -> Result<(), TrainingError> {
        let json = |recipe| serde_json::to_value(recipe).unwrap_or_default();
        let (given, resumed) = (json(&self.recipe), json(resumed));
        for (name, value) in given.as_object().into_iter().flatten() {
            let is_given = self.is_preset_given || self.given.contains(name);
            if is_given && value != &resumed[name] {
                return Err(TrainingError::ChangedSetting {
                    name: name.clone(),
                    resumed: resumed[name].to_string(),
                    given: value.to_string(),
                });
            }
        }
        Ok(())
    }
}

/// Returns the recipe of a preset with other settings. The encoder decides the pooling unless that is given.
fn merged(preset: Preset, source: &DataSource, given: &Table) -> Result<Recipe, String> {
    let recipe = match source.from {
        Some(_) => preset.recipe_from_base(source.unlabelled.is_some()),
        None => preset.recipe(),
    };
    let settings = Table::try_from(recipe);
    let mut settings = settings.map_err(|error| error.to_string())?;
    settings.extend(given.clone());
    let mut recipe: Recipe = settings.try_into().map_err(one_line)?;
    if let (Some(pooling), false) = (
        recipe.encoder.usual_pooling(),
        given.contains_key("pooling"),
    ) {
        recipe.pooling = pooling;
    }
    Ok(recipe)
}

fn read_table(path: &Path) -> Result<Table, TrainingError> {
    let content = std::fs::read_to_string(path).map_err(FileError::context("read", path))?;
    content.parse().map_err(|error: toml::de::Error| {
        let before = &content[..error.span().map_or(0, |span| span.start)];
        let line = before.matches('\n').count() + 1;
        TrainingError::Config {
            location: format!("{}:{line}", path.display()),
            message: error.message().into(),
        }
    })
}

fn is_recipe_setting(name: &str) -> bool {
    Recipe::settings()
        .iter()
        .any(|setting| setting.name == name)
}

/// Returns the error for a key that is not a setting, with the setting of the most similar name. Replaces serde's message,
/// which lists all settings.
fn unknown_setting(location: String, name: &str) -> TrainingError {
    let kebab_case = name.replace('_', "-").to_lowercase();
    let recipe = Recipe::settings().iter().map(|setting| &*setting.name);
    let known = recipe.chain(DataSource::NAMES).chain([PRESET]);
    let with_edits = known.map(|known| (damerau_levenshtein(&kebab_case, known), known));
    let nearest = with_edits.min_by_key(|(edits, _)| *edits);
    let nearest = nearest.filter(|(edits, known)| *edits <= known.len() / MISTYPED_PART);
    TrainingError::UnknownSetting {
        location,
        name: name.into(),
        similar: nearest.map(|(_, known)| known.into()),
    }
}

/// Returns the error message on one line; TOML names the setting on a second line.
fn one_line(error: toml::de::Error) -> String {
    error.to_string().trim_end().replace('\n', " ")
}
