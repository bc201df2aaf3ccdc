//! The recipe: every setting of a training run, by the names of the command line and the TOML file.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{OptimizerKind, ScheduleKind, TrainingError};
use crate::model::{Architecture, MAX_NGRAM, NgramKey, Pooling};
use crate::text::{PreprocessorConfig, StopwordList};

/// The settings of a training run; [`Recipe::default`] is what `sentiment train` does with a corpus when
/// nothing else is asked of it, and [`Preset`](super::Preset) has others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Recipe {
    /// Which tokens are filtered out.
    pub stopwords: StopwordList,
    /// Whether tokens are stemmed.
    pub stem: bool,
    /// The language of stopwords and stemming, as ISO 639-1 has it.
    pub language: String,
    /// How often a token must occur to enter the vocabulary.
    pub min_count: u64,
    /// How many tokens the vocabulary has at most.
    pub max_vocabulary: usize,
    /// How many words are in the vocabulary too because they stand first in the file of vectors, whether or
    /// not the texts have them.
    pub vector_words: usize,
    /// How many tokens of a text are read; of a longer one, the last.
    pub max_length: usize,
    /// Numbers in a word's vector, where no file of vectors decides it.
    pub embedding_size: usize,
    /// Whether the words' vectors stay as they are loaded.
    pub freeze_embeddings: bool,
    /// Numbers in the LSTM's state, for each direction.
    pub hidden_size: usize,
    /// LSTM layers, one upon the other.
    pub layers: usize,
    /// Whether a second LSTM reads each text from its end.
    pub bidirectional: bool,
    /// How hidden states become one vector.
    pub pooling: Pooling,
    /// Tokens of the longest n-grams whose weights are fitted beside the network; 0 is none.
    pub ngrams: usize,
    /// The share of pooled features, and of features between layers, dropped at each step.
    pub dropout: f64,
    /// The share of tokens replaced by the unknown token at each step.
    pub word_dropout: f64,
    /// The share of the batch's distinct words whose vector is dropped at each step.
    pub embedding_dropout: f64,
    /// How often the texts are gone through to learn which word comes next, before labels are learned.
    pub pretraining_epochs: usize,
    /// How often texts without labels, if there are any, are labelled by the best model so far, which then learns
    /// from them too.
    pub self_training: usize,
    /// Texts a step.
    pub batch_size: usize,
    /// How often the corpus is gone through, at most.
    pub epochs: usize,
    /// What turns gradients into changes of weights.
    pub optimizer: OptimizerKind,
    /// The largest step size, reached after the warm-up.
    pub learning_rate: f64,
    /// How much of the last change SGD keeps.
    pub momentum: f64,
    /// How the step size changes over the run.
    pub schedule: ScheduleKind,
    /// The share of the run's steps over which the step size grows from zero.
    pub warmup: f64,
    /// The share of a weight that is taken away at each step, before the step size multiplies it.
    pub weight_decay: f64,
    /// The largest norm of all gradients together; longer ones are scaled down. 0 is no limit.
    pub clip_norm: f64,
    /// The share of the target spread evenly over all labels.
    pub label_smoothing: f64,
    /// How much each class counts in the loss.
    pub class_weights: ClassWeights,
    /// How many epochs without a better one end the run: one with more validation texts right or, of
    /// equals, a lower loss.
    pub patience: usize,
    /// Whether probabilities stay as the network gives them, and are not calibrated on the validation texts.
    pub no_calibration: bool,
    /// What decides every random draw.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        let PreprocessorConfig { language, stem, .. } = PreprocessorConfig::default();
        Self {
            stopwords: StopwordList::None,
            stem,
            language,
            min_count: 1,
            max_vocabulary: 30_000,
            vector_words: 0,
            max_length: 1000,
            embedding_size: 100,
            freeze_embeddings: false,
            hidden_size: 128,
            layers: 1,
            bidirectional: true,
            pooling: Pooling::Attention,
            ngrams: 3,
            dropout: 0.5,
            word_dropout: 0.1,
            embedding_dropout: 0.0,
            pretraining_epochs: 2,
            self_training: 1,
            batch_size: 32,
            epochs: 3,
            optimizer: OptimizerKind::Adam,
            learning_rate: 1e-3,
            momentum: 0.9,
            schedule: ScheduleKind::Linear,
            warmup: 0.05,
            weight_decay: 0.0,
            clip_norm: 1.0,
            label_smoothing: 0.0,
            class_weights: ClassWeights::None,
            patience: 2,
            no_calibration: false,
            seed: 42,
        }
    }
}

impl Recipe {
    /// What the recipe says of preprocessing.
    pub fn preprocessing(&self) -> PreprocessorConfig {
        PreprocessorConfig {
            stopwords: self.stopwords.clone(),
            language: self.language.clone(),
            stem: self.stem,
        }
    }

    /// What the recipe says of the network, for word vectors of this size.
    pub fn architecture(&self, embedding_size: usize) -> Architecture {
        Architecture {
            embedding_size,
            hidden_size: self.hidden_size,
            layers: self.layers,
            bidirectional: self.bidirectional,
            pooling: self.pooling,
        }
    }

    /// Checks that every number is one that training can work with.
    pub fn check(&self) -> Result<(), TrainingError> {
        let share = |value: f64| (0.0..1.0).contains(&value);
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let settings = [
            ("dropout", share(self.dropout), "from 0 to below 1"),
            (
                "word-dropout",
                share(self.word_dropout),
                "from 0 to below 1",
            ),
            (
                "embedding-dropout",
                share(self.embedding_dropout),
                "from 0 to below 1",
            ),
            (
                "label-smoothing",
                share(self.label_smoothing),
                "from 0 to below 1",
            ),
            ("momentum", share(self.momentum), "from 0 to below 1"),
            ("warmup", (0.0..=1.0).contains(&self.warmup), "from 0 to 1"),
            ("learning-rate", positive(self.learning_rate), "above 0"),
            ("weight-decay", not_negative(self.weight_decay), "0 or more"),
            ("clip-norm", not_negative(self.clip_norm), "0 or more"),
            (
                "batch-size",
                (1..=65_536).contains(&self.batch_size),
                "from 1 to 65536",
            ),
            ("epochs", self.epochs >= 1, "1 or more"),
            ("patience", self.patience >= 1, "1 or more"),
            ("max-length", self.max_length >= 1, "1 or more"),
            (
                "max-vocabulary",
                (2..NgramKey::MAX_VOCABULARY).contains(&self.max_vocabulary),
                "from 2 to 2097150",
            ),
            (
                "vector-words",
                self.vector_words < NgramKey::MAX_VOCABULARY - self.max_vocabulary,
                "with max-vocabulary from 0 to 2097150",
            ),
            (
                "ngrams",
                (0..=MAX_NGRAM).contains(&self.ngrams),
                "from 0 to 3",
            ),
        ];
        for (name, is_good, allowed) in settings {
            if !is_good {
                return Err(TrainingError::Setting { name, allowed });
            }
        }
        self.architecture(self.embedding_size).check()?;
        Ok(())
    }
}

/// How much each class counts in the loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ClassWeights {
    /// Every example counts alike.
    #[default]
    None,
    /// Every class counts alike: an example by the inverse of its class's frequency, as
    /// scikit-learn's `balanced` has it.
    Balanced,
    /// As given; classes left out count 1.
    Given(BTreeMap<String, f64>),
}

impl ClassWeights {
    /// The weight of each label, of which there are `counts` examples in the training split.
    pub(super) fn resolve(
        &self,
        labels: &[String],
        counts: &[u64],
    ) -> Result<Vec<f32>, TrainingError> {
        let examples: u64 = counts.iter().sum();
        match self {
            Self::None => Ok(vec![1.0; labels.len()]),
            Self::Balanced => Ok(counts
                .iter()
                .map(|&count| examples as f32 / (labels.len() as f32 * count.max(1) as f32))
                .collect()),
            Self::Given(weights) => {
                if let Some(label) = weights.keys().find(|label| !labels.contains(label)) {
                    return Err(TrainingError::UnknownLabel {
                        place: "the class weights".into(),
                        label: label.clone(),
                        labels: labels.to_vec(),
                    });
                }
                let weight = |label| weights.get(label).map_or(1.0, |&weight| weight as f32);
                Ok(labels.iter().map(weight).collect())
            }
        }
    }
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Balanced => f.write_str("balanced"),
            Self::Given(weights) => {
                let pairs: Vec<String> = weights
                    .iter()
                    .map(|(label, weight)| format!("{label}={weight}"))
                    .collect();
                f.write_str(&pairs.join(","))
            }
        }
    }
}

impl FromStr for ClassWeights {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "balanced" => Ok(Self::Balanced),
            pairs => pairs
                .split(',')
                .map(parse_pair)
                .collect::<Result<_, _>>()
                .map(Self::Given),
        }
    }
}

fn parse_pair(pair: &str) -> Result<(String, f64), String> {
    let parsed = pair.rsplit_once('=').and_then(|(label, weight)| {
        let weight: f64 = weight.trim().parse().ok()?;
        (weight.is_finite() && weight > 0.0).then(|| (label.trim().to_string(), weight))
    });
    parsed.ok_or_else(|| {
        format!("{pair:?} is not `none`, `balanced`, or LABEL=WEIGHT with a weight above 0")
    })
}

impl TryFrom<String> for ClassWeights {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ClassWeights> for String {
    fn from(weights: ClassWeights) -> Self {
        weights.to_string()
    }
}
