//! The search space: the settings that a search varies, and their ranges.

use rand::Rng;
use rand::seq::IndexedRandom;

use crate::model::Pooling;
use crate::text::{Preprocessor, PreprocessorConfig, StopwordList};
use crate::training::error::TrainingError;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::{Preset, Recipe};

/// The settings that a search varies.
const SEARCHED: [&str; 14] = [
    "stopwords",
    "vector-words",
    "max-length",
    "freeze-embeddings",
    "hidden-size",
    "pooling",
    "ngrams",
    "dropout",
    "word-dropout",
    "pretraining-epochs",
    "batch-size",
    "epochs",
    "learning-rate",
    "label-smoothing",
];

/// The space of candidate recipes.
#[derive(Clone, Debug)]
pub(super) struct SearchSpace {
    base: Recipe,
    /// The names of the settings that every candidate takes from the base recipe.
    fixed: Vec<String>,
    has_negation_safe_stopwords: bool,
}

impl SearchSpace {
    /// Returns the search space around a base recipe. Every candidate keeps the base recipe's values of the
    /// settings in `given` and of those without effect on its encoder. The random seed of the base recipe determines all candidates.
    pub(super) fn new(base: Recipe, given: &[String]) -> Result<Self, TrainingError> {
        let is_given = |name: &str| given.iter().any(|given| given == name);
        let is_searched = |name: &str| {
            SEARCHED.contains(&name) && !is_given(name) && base.encoder.has_setting(name)
        };
        if !SEARCHED.into_iter().any(is_searched) {
            return Err(TrainingError::NothingToSearch {
                settings: SEARCHED.map(String::from).to_vec(),
            });
        }
        let settings = Recipe::settings().iter().map(|setting| &setting.name);
        let fixed = settings
            .filter(|name| !is_searched(name))
            .cloned()
            .collect();
        let negation_safe = PreprocessorConfig {
            stopwords: StopwordList::NegationSafe,
            language: base.language.clone(),
            ..PreprocessorConfig::default()
        };
        Ok(Self {
            base,
            fixed,
            has_negation_safe_stopwords: Preprocessor::new(negation_safe).is_ok(),
        })
    }

    /// Returns a candidate: first the base recipe, then the preset for sentences, then random ones.
    pub(super) fn recipe(&self, number: usize) -> Recipe {
        let mut rng = RandomStream::Candidate { number }.rng(self.base.seed);
        let mut recipe = match number {
            0 => return self.base.clone(),
            1 => Preset::Sentences.recipe(),
            _ => random_recipe(&mut rng),
        };
        recipe.copy_settings(&self.base, &self.fixed);
        // Few languages have a negation-safe stopword list.
        let is_given = self.fixed.iter().any(|name| name == "stopwords");
        if !is_given && !self.has_negation_safe_stopwords {
            recipe.stopwords = StopwordList::None;
        }
        recipe.vector_words = recipe.vector_words.min(recipe.max_vector_words());
        recipe
    }
}

/// Samples the searched settings. Each value was the best on some corpus.
fn random_recipe(rng: &mut impl Rng) -> Recipe {
    fn sample<T: Clone>(values: &[T], rng: &mut impl Rng) -> T {
        // The slices below are not empty.
        values.choose(rng).expect("a nonempty slice").clone()
    }
    Recipe {
        stopwords: sample(&[StopwordList::None, StopwordList::NegationSafe], rng),
        vector_words: sample(&[0, 50_000], rng),
        max_length: sample(&[400, 1000], rng),
        freeze_embeddings: rng.random_bool(0.2),
        hidden_size: sample(&[64, 128, 192, 256], rng),
        pooling: sample(&[Pooling::Max, Pooling::Mean, Pooling::Attention], rng),
        ngrams: sample(&[0, 2, 3], rng),
        dropout: rng.random_range(0.2..0.6),
        word_dropout: rng.random_range(0.0..0.3),
        pretraining_epochs: sample(&[0, 0, 2, 5], rng),
        batch_size: sample(&[16, 32, 64], rng),
        epochs: rng.random_range(2..=8),
        learning_rate: 5e-4 * 8f64.powf(rng.random()),
        label_smoothing: sample(&[0.0, 0.05], rng),
        ..Recipe::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::recipe::Setting;

    fn candidates(base: Recipe, given: &[&str]) -> Vec<Recipe> {
        let given: Vec<String> = given.iter().map(|name| name.to_string()).collect();
        let space = SearchSpace::new(base, &given).unwrap();
        (0..20).map(|number| space.recipe(number)).collect()
    }

    /// Searched or not, a setting that the user gave stays, and others vary.
    #[test]
    fn candidates_keep_given_settings() {
        let base = Recipe {
            stem: true,
            layers: 2,
            max_vocabulary: 2_097_000,
            pooling: Pooling::Last,
            epochs: 11,
            ..Recipe::default()
        };
        let given = ["stem", "layers", "max-vocabulary", "pooling", "epochs"];
        let candidates = candidates(base, &given);
        for recipe in &candidates {
            recipe.check().unwrap();
            assert!(recipe.stem);
            assert_eq!((recipe.layers, recipe.max_vocabulary), (2, 2_097_000));
            assert_eq!((recipe.pooling, recipe.epochs), (Pooling::Last, 11));
        }
        let of = |value: fn(&Recipe) -> u64| {
            let mut values: Vec<u64> = candidates.iter().map(value).collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        assert!(of(|recipe| recipe.hidden_size as u64) > 2);
        assert!(of(|recipe| recipe.dropout.to_bits()) > 2);
        assert_eq!(of(|recipe| recipe.vector_words as u64), 2);
    }

    #[test]
    fn exactly_the_searched_settings_vary() {
        let json = |recipe: &Recipe| serde_json::to_value(recipe).unwrap();
        let default = json(&Recipe::default());
        let candidates: Vec<_> = candidates(Recipe::default(), &[])
            .iter()
            .map(json)
            .collect();
        for Setting { name, .. } in Recipe::settings() {
            let varies = candidates
                .iter()
                .any(|recipe| recipe[name] != default[name]);
            assert_eq!(varies, SEARCHED.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn candidates_avoid_a_stopword_list_that_the_language_lacks() {
        for (language, lists) in [("zh", 2), ("ta", 1), ("de", 2)] {
            let base = Recipe {
                language: language.into(),
                ..Recipe::default()
            };
            let mut found = Vec::new();
            for recipe in candidates(base, &[]) {
                Preprocessor::new(recipe.preprocessing()).unwrap();
                if !found.contains(&recipe.stopwords) {
                    found.push(recipe.stopwords);
                }
            }
            assert_eq!(found.len(), lists, "{language}");
        }
    }

    #[test]
    fn a_search_needs_a_setting_to_vary() {
        let all = SEARCHED.map(String::from);
        let error = SearchSpace::new(Recipe::default(), &all).unwrap_err();
        assert!(error.to_string().contains("hidden-size"), "{error}");
        SearchSpace::new(Recipe::default(), &all[1..]).unwrap();
    }
}
