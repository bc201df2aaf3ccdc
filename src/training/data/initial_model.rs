//! The model at the start of a run.

use std::collections::BTreeMap;

use super::dataset::Dataset;
use super::initial_vectors::{InitialVectors, initial_embedding};
use super::token_counts::token_counts;
use crate::device::Device;
use crate::embeddings::{VectorNote, WordVectors};
use crate::model::{
    BaseRecord, Decision, DenseWeights, ModelConfig, ModelError, OutputKind, SavedModel, Weights,
    format_version_of, label_value, label_values,
};
use crate::text::{KnownLanguages, Preprocessor, PreprocessorConfig, Tokens};
use crate::training::error::TrainingError;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::{ClassWeights, Recipe};
use crate::vocabulary::Vocabulary;

/// An untrained model.
pub(crate) struct InitialModel {
    pub(crate) model: SavedModel,
    /// The number of tokens with a pre-trained vector, or `None` without a vector file.
    pub(crate) vectors_found: Option<usize>,
    /// The notes about the vector file.
    pub(crate) vector_notes: Vec<VectorNote>,
}

impl InitialModel {
    /// Combines the parts of a model. `found` tokens have one of the pre-trained `vectors`.
    pub(super) fn new(
        config: ModelConfig,
        vocabulary: Vocabulary,
        weights: Weights,
        vectors: Option<&WordVectors>,
        found: usize,
    ) -> Self {
        Self {
            model: SavedModel {
                config,
                vocabulary,
                weights,
                further: DenseWeights::new(),
                ngrams: None,
            },
            vectors_found: vectors.map(|_| found),
            vector_notes: vectors.map_or(Vec::new(), |vectors| vectors.notes().to_vec()),
        }
    }
}

/// Returns an untrained model: the vocabulary of a dataset, its pre-trained word vectors, and random values
/// for the other weights.
pub(crate) fn initial_model(
    dataset: &Dataset,
    vectors: &InitialVectors,
    recipe: &Recipe,
    device: &Device,
) -> Result<InitialModel, TrainingError> {
    check_output(recipe, dataset)?;
    let preprocessor = Preprocessor::new(recipe.preprocessing())?;
    let mut counts = token_counts(dataset, &preprocessor, recipe, None);
    let mut vocabulary =
        Vocabulary::from_counts(counts.iter(), recipe.min_count, recipe.max_vocabulary);
    let mut tokens = Tokens::default();
    for word in vectors.first_words(recipe.vector_words)? {
        // The counts map each new stem to its words.
        counts.add(&preprocessor, &word, &mut tokens);
        for token in tokens.iter() {
            let id = |word: &str| vocabulary.id(word);
            match preprocessor.tokens_of_new_variant(token.word, &id) {
                Some(known) => vocabulary.extend(known.iter().map(String::as_str)),
                None => vocabulary.extend([token.text]),
            }
        }
    }
    let vectors = vectors.read(&counts, &vocabulary)?;
    let size = vectors
        .as_ref()
        .map_or(recipe.embedding_size, WordVectors::dimension);

    let mut rng = RandomStream::InitialWeights.rng(recipe.seed);
    let (embedding, found) =
        initial_embedding(&counts, &vocabulary, vectors.as_ref(), size, &mut rng);
    let config = initial_config(dataset, recipe, recipe.preprocessing(), size, None)?;
    let dense =
        config
            .architecture
            .initial_weights(config.labels.len(), &mut rng, &device.to_candle())?;
    let weights = Weights { embedding, dense };
    Ok(InitialModel::new(
        config,
        vocabulary,
        weights,
        vectors.as_ref(),
        found,
    ))
}

/// Returns the configuration of a model before training. `base` is the model that it starts from.
pub(super) fn initial_config(
    dataset: &Dataset,
    recipe: &Recipe,
    preprocessing: PreprocessorConfig,
    embedding_size: usize,
    base: Option<BaseRecord>,
) -> Result<ModelConfig, ModelError> {
    let architecture = recipe.architecture(embedding_size);
    let config = ModelConfig {
        format_version: format_version_of(&architecture, &recipe.char_ngrams),
        labels: dataset.labels.clone().into(),
        further_labels: Vec::new(),
        preprocessing,
        max_length: recipe.max_length,
        ngrams: recipe.ngrams,
        char_ngrams: recipe.char_ngrams.clone(),
        normalized_ngrams: false,
        base,
        known_languages: Some(KnownLanguages::of(&dataset.train.texts)),
        architecture,
        decision: Decision {
            output: recipe.output,
            ..Decision::default()
        },
        digests: BTreeMap::new(),
        // Numbers, strings and lists always have a JSON form.
        training: serde_json::to_value(recipe).expect("a recipe is JSON"),
    };
    config.check()?;
    Ok(config)
}

/// Checks that the labels suit the kind of output and the class weights: ordinal labels are ascending numbers, and only a multi-label model has
/// texts with several labels.
pub(super) fn check_output(recipe: &Recipe, dataset: &Dataset) -> Result<(), TrainingError> {
    let (output, labels) = (recipe.output, &dataset.labels);
    let is_multi_label = output == OutputKind::MultiLabel;
    if is_multi_label == dataset.train.label_sets.is_empty() {
        return Err(TrainingError::Setting {
            name: "output".into(),
            allowed: match is_multi_label {
                true => "single or ordinal if each text has one label".into(),
                false => "multi-label if texts have lists of labels".into(),
            },
        });
    }
    let has_soft_labels = !dataset.train.distributions.is_empty();
    if has_soft_labels && output != OutputKind::Single {
        return Err(TrainingError::Setting {
            name: "output".into(),
            allowed: "single with soft labels".into(),
        });
    }
    if has_soft_labels && recipe.class_weights != ClassWeights::None {
        return Err(TrainingError::Setting {
            name: "class-weights".into(),
            allowed: "none with soft labels".into(),
        });
    }
    if output != OutputKind::Ordinal || label_values(labels).is_some() {
        return Ok(());
    }
    Err(TrainingError::OrdinalLabels {
        reason: match labels.iter().find(|label| label_value(label).is_none()) {
            Some(label) => format!("{label:?} is not a number"),
            None => format!("they do not ascend: {}", labels.join(", ")),
        },
    })
}
