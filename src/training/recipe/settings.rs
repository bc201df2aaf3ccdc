//! The table of settings: every setting of a training run is one row.
//!
//! A row defines the field of [`Recipe`], its default, its bounds, its flag with the help text, and its name in
//! the TOML file.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::class_weights::ClassWeights;
use super::settings_macro::{Bounds, Setting, kebab_case, settings};
use super::tokenizer_choice::TokenizerChoice;
use super::widths::Widths;
use crate::model::{
    Architecture, CnnConfig, EncoderConfig, EncoderKind, MAX_NGRAM, MeanConfig, NgramKey,
    OutputKind, Pooling, RecurrentConfig,
};
use crate::text::{
    CharNgrams, PreprocessorConfig, SameWords, StopwordList, WordDictionary, check_language,
};
use crate::training::error::TrainingError;
use crate::training::optimizer::parameters::OptimizerSettings;
use crate::training::optimizer::schedule::ScheduleKind;
use crate::training::optimizer::update_rule::OptimizerKind;

/// The maximum vocabulary size, including words of the vector file.
const MAX_VOCABULARY: usize = NgramKey::MAX_VOCABULARY - 1;

settings! {
    /// Stopword list: negation-safe, nltk, none or a file
    stopwords: StopwordList = StopwordList::None, "LIST";
    /// Reduce tokens to their stems
    stem: bool = false, "BOOL";
    /// Tokenizer: auto, penn-treebank, unicode, jieba, icu or characters
    /// The choice `auto` is that of the language or, for languages with spaces, of the script of the corpus.
    tokenizer: TokenizerChoice = TokenizerChoice::Auto, "NAME";
    /// Words for the dictionary of jieba: none or a file
    /// The file has a word a line, maybe with its frequency, as jieba's own.
    dictionary: WordDictionary = WordDictionary::None, "FILE";
    /// Replace full-width and half-width characters by ordinary ones
    fold_width: bool = false, "BOOL";
    /// Language of tokenizer, stopwords and stemmer (ISO 639-1)
    language: String = "en".into(), "CODE";
    /// Replace URLs, users, e-mail addresses and phone numbers by tokens
    /// The tokens are `<url>`, `<user>`, `<email>` and `<phone>`, so that the vocabulary has no personal data.
    redact: bool = false, "BOOL";
    /// Replace numbers by one token
    /// The token is `<number>`.
    number_token: bool = false, "BOOL";
    /// File with groups of words to read as one word
    /// The words of a line, such as `he she`, become its first word, so that no prediction depends on which of them a
    /// text has.
    same_words: SameWords = SameWords::None, "FILE";
    /// Minimum token frequency for the vocabulary
    min_count: u64 = 1, "N";
    /// Maximum vocabulary size
    max_vocabulary: usize = 30_000, "N", Bounds::Between(2.0, MAX_VOCABULARY as f64);
    /// Words added to the vocabulary from the vector file
    /// The first words of the file are added, even if they do not occur in the texts. The sum of this setting
    /// and `max_vocabulary` is at most 2,097,150.
    vector_words: usize = 0, "N";
    /// Maximum tokens per text; longer texts keep the last
    max_length: usize = 1000, "N", Bounds::AtLeast(1.0);
    /// Embedding dimension without a vector file
    embedding_size: usize = 100, "N";
    /// Keep word embeddings fixed during training
    freeze_embeddings: bool = false, "BOOL";
    /// Encoder: lstm, gru, sru, cnn or mean
    /// The pooling is by default that of the encoder's publication, if it has one: the maximum for `cnn` and the mean for
    /// `mean`, which has no weights beside the word vectors. Only recurrent encoders are pre-trained as language models.
    encoder: EncoderKind = EncoderKind::Lstm, "KIND";
    /// Hidden size of each direction of a recurrent encoder
    hidden_size: usize = 128, "N";
    /// Number of layers of a recurrent encoder
    layers: usize = 1, "N";
    /// Let a recurrent encoder read in both directions
    bidirectional: bool = true, "BOOL";
    /// Filters of each width of the encoder cnn
    filters: usize = 100, "N";
    /// Filter widths of the encoder cnn in tokens
    widths: Widths = Widths::default(), "LIST";
    /// Pooling of hidden states: last, mean, max or attention
    pooling: Pooling = Pooling::Attention, "KIND";
    /// Add the mean word vector to the pooled features
    word_mean: bool = false, "BOOL";
    /// Longest n-gram of the linear n-gram model; 0 disables
    ngrams: usize = 3, "N", Bounds::Between(0.0, MAX_NGRAM as f64);
    /// Lengths of character n-grams of the n-gram model, or none
    /// `2..5` adds the n-grams of 2 to 5 characters of each token, which misspelt and inflected words share with others
    /// (Bojanowski et al., 2017, section 3.2).
    char_ngrams: CharNgrams = CharNgrams::default(), "MIN..MAX";
    /// Keep the encoder fixed and fit the linear layer only
    /// The linear layer and the n-gram weights are fitted together by logistic regression, whose regularization
    /// strength is selected by cross-validation. The settings of the optimizer and of the epochs have no effect.
    freeze_encoder: bool = false, "BOOL";
    /// Dropout rate of pooled features and between layers
    dropout: f64 = 0.5, "RATE", Bounds::Below(0.0, 1.0);
    /// Word dropout rate
    /// The fraction of tokens replaced by the unknown token at each step.
    word_dropout: f64 = 0.1, "RATE", Bounds::Below(0.0, 1.0);
    /// Embedding dropout rate
    /// The fraction of the batch's distinct words whose embedding is dropped at each step.
    embedding_dropout: f64 = 0.0, "RATE", Bounds::Below(0.0, 1.0);
    /// Epochs of language-model pre-training
    pretraining_epochs: usize = 2, "N";
    /// Self-training rounds on pseudo-labelled texts
    /// In each round the best model labels the unlabelled texts, and training continues on all texts.
    self_training: usize = 1, "N";
    /// Mini-batch size
    batch_size: usize = 32, "N", Bounds::Between(1.0, 65_536.0);
    /// Maximum number of epochs
    epochs: usize = 3, "N", Bounds::AtLeast(1.0);
    /// Optimizer: sgd, adam or adamw
    optimizer: OptimizerKind = OptimizerKind::Adam, "KIND";
    /// Peak learning rate, reached after the warm-up
    learning_rate: f64 = 1e-3, "RATE", Bounds::Above(0.0);
    /// Learning rate factor from each layer to the one below
    /// Less than 1 keeps lower layers near the model that training starts from (Howard and Ruder, 2018).
    layer_decay: f64 = 1.0, "FACTOR", Bounds::Between(0.0, 1.0);
    /// Momentum of SGD
    momentum: f64 = 0.9, "RATE", Bounds::Below(0.0, 1.0);
    /// Learning rate schedule: constant, linear, cosine or plateau
    schedule: ScheduleKind = ScheduleKind::Linear, "KIND";
    /// Warm-up fraction of the training steps
    /// The learning rate grows from zero during these steps.
    warmup: f64 = 0.05, "FRACTION", Bounds::Between(0.0, 1.0);
    /// Weight decay coefficient
    /// The fraction of a weight subtracted at each step, multiplied by the learning rate.
    weight_decay: f64 = 0.0, "RATE", Bounds::AtLeast(0.0);
    /// Maximum gradient norm; 0 disables clipping
    clip_norm: f64 = 1.0, "NORM", Bounds::AtLeast(0.0);
    /// Label smoothing factor
    /// The fraction of the target probability spread evenly over all labels.
    label_smoothing: f64 = 0.0, "FRACTION", Bounds::Below(0.0, 1.0);
    /// Kind of output: single or ordinal
    /// The flag `--ordinal` sets it.
    output: OutputKind = OutputKind::Single, "KIND";
    /// Class weights: none, balanced or LABEL=WEIGHT,…
    /// A label with a comma is quoted as in CSV: `"a, b"=2,c=1`.
    class_weights: ClassWeights = ClassWeights::None, "WEIGHTS";
    /// Stop after N epochs without improvement
    /// An epoch improves on another if its validation accuracy is higher or, if equal, its validation
    /// loss is lower.
    patience: usize = 2, "N", Bounds::AtLeast(1.0);
    /// Skip temperature calibration on the validation set
    no_calibration: bool = false, "BOOL";
    /// Random seed
    seed: u64 = 42, "N";
}

impl Recipe {
    /// Returns every setting with its name, help text and default.
    pub fn settings() -> &'static [Setting] {
        static SETTINGS: LazyLock<Vec<Setting>> = LazyLock::new(Recipe::list_settings);
        &SETTINGS
    }

    /// Returns the preprocessing settings.
    pub fn preprocessing(&self) -> PreprocessorConfig {
        PreprocessorConfig {
            tokenizer: self.tokenizer(),
            dictionary: self.dictionary.clone(),
            fold_width: self.fold_width,
            stopwords: self.stopwords.clone(),
            language: self.language.clone(),
            stem: self.stem,
            redact: self.redact,
            number_token: self.number_token,
            same_words: self.same_words.clone(),
            ..PreprocessorConfig::default()
        }
    }

    /// Returns the network's settings for an embedding dimension.
    pub fn architecture(&self, embedding_size: usize) -> Architecture {
        Architecture {
            embedding_size,
            encoder: self.encoder_config(),
            pooling: self.pooling,
            word_mean: self.word_mean,
        }
    }

    fn encoder_config(&self) -> EncoderConfig {
        let recurrent = RecurrentConfig {
            hidden_size: self.hidden_size,
            layers: self.layers,
            bidirectional: self.bidirectional,
        };
        match self.encoder {
            EncoderKind::Lstm => EncoderConfig::Lstm(recurrent),
            EncoderKind::Gru => EncoderConfig::Gru(recurrent),
            EncoderKind::Sru => EncoderConfig::Sru(recurrent),
            EncoderKind::Cnn => EncoderConfig::Cnn(CnnConfig {
                filters: self.filters,
                widths: self.widths.as_slice().to_vec(),
            }),
            EncoderKind::Mean => EncoderConfig::Mean(MeanConfig {}),
        }
    }

    /// Returns the number of epochs of language-model pre-training that the encoder can run: none unless it is recurrent.
    pub fn language_model_epochs(&self) -> usize {
        match self.encoder.is_recurrent() {
            true => self.pretraining_epochs,
            false => 0,
        }
    }

    /// Returns the optimizer's settings.
    pub(crate) fn optimizer_settings(&self) -> OptimizerSettings {
        OptimizerSettings {
            kind: self.optimizer,
            momentum: self.momentum,
            weight_decay: self.weight_decay,
            clip_norm: self.clip_norm,
            freeze_embeddings: self.freeze_embeddings,
            layer_decay: self.layer_decay,
        }
    }

    /// Returns the maximum of `vector_words`, given `max_vocabulary`.
    pub(crate) fn max_vector_words(&self) -> usize {
        MAX_VOCABULARY.saturating_sub(self.max_vocabulary)
    }

    /// Checks that every number is within its bounds.
    pub fn check(&self) -> Result<(), TrainingError> {
        self.check_bounds()?;
        if self.vector_words > self.max_vector_words() {
            return Err(TrainingError::Setting {
                name: "vector-words".into(),
                allowed: format!("from 0 to {MAX_VOCABULARY} minus max-vocabulary"),
            });
        }
        if self.freeze_encoder && self.output == OutputKind::MultiLabel {
            return Err(TrainingError::Setting {
                name: "freeze-encoder".into(),
                allowed: "false for several labels a text".into(),
            });
        }
        check_language(&self.language)?;
        self.architecture(self.embedding_size).check()?;
        Ok(())
    }
}
