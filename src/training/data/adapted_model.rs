//! The model at the start of a run from a trained model.

use super::base::Base;
use super::dataset::Dataset;
use super::initial_model::{InitialModel, check_output, initial_config};
use super::initial_vectors::{InitialVectors, initial_vector};
use super::token_counts::token_counts;
use crate::device::Device;
use crate::embeddings::WordVectors;
use crate::model::{Architecture, DenseWeights, Embedding, EncoderConfig, ModelConfig, Weights};
use crate::text::{Preprocessor, TokenCounts};
use crate::training::error::TrainingError;
use crate::training::random_streams::RandomStream;
use crate::training::recipe::{Recipe, TokenizerChoice};
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

impl Recipe {
    /// Takes over the settings that a base decides: preprocessing, maximum length, architecture and, if the base has some,
    /// the character n-grams.
    pub(crate) fn adopt(&mut self, base: &Base) {
        let ModelConfig {
            preprocessing,
            max_length,
            ngrams,
            char_ngrams,
            architecture,
            ..
        } = base.config();
        self.stopwords = preprocessing.stopwords.clone();
        self.language.clone_from(&preprocessing.language);
        self.tokenizer = TokenizerChoice::Given(preprocessing.tokenizer);
        self.dictionary.clone_from(&preprocessing.dictionary);
        self.fold_width = preprocessing.fold_width;
        self.stem = preprocessing.stem;
        self.redact = preprocessing.redact;
        self.number_token = preprocessing.number_token;
        self.same_words.clone_from(&preprocessing.same_words);
        self.max_length = *max_length;
        self.ngrams = self.ngrams.max(*ngrams);
        if !char_ngrams.is_none() {
            self.char_ngrams.clone_from(char_ngrams);
        }
        let Architecture {
            embedding_size,
            encoder,
            pooling,
            word_mean,
        } = architecture;
        self.embedding_size = *embedding_size;
        self.encoder = encoder.kind();
        match encoder {
            EncoderConfig::Lstm(recurrent)
            | EncoderConfig::Gru(recurrent)
            | EncoderConfig::Sru(recurrent) => {
                self.hidden_size = recurrent.hidden_size;
                self.layers = recurrent.layers;
                self.bidirectional = recurrent.bidirectional;
            }
            EncoderConfig::Cnn(cnn) => {
                self.filters = cnn.filters;
                self.widths = cnn.widths.as_slice().into();
            }
            EncoderConfig::Mean(_) => {}
        }
        self.pooling = *pooling;
        self.word_mean |= word_mean;
    }

    /// The names of the settings that a base decides.
    pub(crate) const OF_BASE: [&str; 20] = [
        "stopwords",
        "language",
        "tokenizer",
        "dictionary",
        "fold-width",
        "stem",
        "redact",
        "number-token",
        "same-words",
        "max-length",
        "ngrams",
        "char-ngrams",
        "embedding-size",
        "encoder",
        "hidden-size",
        "layers",
        "bidirectional",
        "filters",
        "widths",
        "pooling",
    ];
}

/// Returns a model with the weights of a base, for the labels of a dataset. `recipe` has adopted the base.
///
/// The vocabulary is that of the base and the new tokens of the dataset. A new token begins with its vector in the vector
/// file or else with the vector of the unknown token, as which the base reads it.
pub(crate) fn adapted_model(
    base: &Base,
    dataset: &Dataset,
    vectors: &InitialVectors,
    recipe: &Recipe,
    device: &Device,
) -> Result<InitialModel, TrainingError> {
    check_output(recipe, dataset)?;
    let preprocessing = base.config().preprocessing.clone();
    let preprocessor = Preprocessor::new(preprocessing.clone())?;
    let counts = token_counts(dataset, &preprocessor, recipe, Some(&base.model.vocabulary));
    let new = Vocabulary::from_counts(counts.iter(), recipe.min_count, recipe.max_vocabulary);
    let mut vocabulary = base.model.vocabulary.clone();
    vocabulary.extend(new.tokens());

    let vectors = vectors.read(&counts, &vocabulary)?;
    if let Some(vectors) = &vectors
        && vectors.dimension() != recipe.embedding_size
    {
        return Err(TrainingError::VectorSize {
            base: base.name().into(),
            expected: recipe.embedding_size,
            found: vectors.dimension(),
        });
    }
    let (embedding, found) = extended_embedding(base, &vocabulary, &counts, vectors.as_ref());
    let record = Some(base.record());
    let mut config = initial_config(
        dataset,
        recipe,
        preprocessing,
        recipe.embedding_size,
        record,
    )?;
    config.known_languages = match (&base.config().known_languages, config.known_languages) {
        (Some(of_base), Some(of_corpus)) => {
            let mut known = of_base.clone();
            known.extend(of_corpus);
            Some(known)
        }
        // The languages of the base are not known.
        _ => None,
    };
    let weights = Weights {
        embedding,
        dense: adapted_weights(base, &config, recipe, device)?,
    };
    Ok(InitialModel::new(
        config,
        vocabulary,
        weights,
        vectors.as_ref(),
        found,
    ))
}

/// Returns the embedding of the extended vocabulary, and the number of new tokens with a pre-trained vector.
fn extended_embedding(
    base: &Base,
    vocabulary: &Vocabulary,
    counts: &TokenCounts,
    vectors: Option<&WordVectors>,
) -> (Embedding, usize) {
    let table = &base.model.weights.embedding;
    let mut rows = table.weights().into_owned();
    let unknown = table.row(UNKNOWN_ID);
    let mut found = 0;
    for token in vocabulary.tokens().skip(table.words()) {
        let vector = vectors.and_then(|vectors| initial_vector(counts, token, vectors));
        found += usize::from(vector.is_some());
        rows.extend_from_slice(vector.as_deref().unwrap_or(&unknown));
    }
    (Embedding::new(rows, table.size()), found)
}

/// Returns the dense weights of the base, with a linear layer for the labels of `config`: that of the base if it has the
/// same labels, else random numbers.
fn adapted_weights(
    base: &Base,
    config: &ModelConfig,
    recipe: &Recipe,
    device: &Device,
) -> Result<DenseWeights, TrainingError> {
    let mut rng = RandomStream::InitialWeights.rng(recipe.seed);
    let device = device.to_candle();
    let mut weights =
        config
            .architecture
            .initial_weights(config.labels.len(), &mut rng, &device)?;
    let has_labels = base.has_labels(&config.labels, config.decision.output);
    for (name, tensor) in &base.model.weights.dense {
        let is_linear = name.starts_with("linear.");
        let tensor = match name.as_str() {
            _ if is_linear && !has_labels => continue,
            "linear.weight" => {
                let missing = config.architecture.pooled_features() - tensor.dim(1)?;
                tensor.pad_with_zeros(1, 0, missing)?
            }
            _ => tensor.clone(),
        };
        weights.insert(name.clone(), tensor);
    }
    Ok(weights)
}
