//! What a run trains on: texts and labels in two splits, and the word vectors it starts from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rand::Rng;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::TrainingError;
use crate::corpus::{Corpus, Example, stratified_split};
use crate::embeddings::{self, EmbeddingsError, WordVectors};
use crate::model::Embedding;
use crate::text::{Preprocessor, Tokens};
use crate::vocabulary::Vocabulary;

/// Texts that one thread counts in a piece.
const COUNTING_CHUNK: usize = 256;

/// The standard deviation of random vectors where no file sets the scale.
const RANDOM_DEVIATION: f32 = 0.1;

/// The largest number that is drawn for a vector, whatever is in a file.
const MAX_RANDOM_BOUND: f32 = 1e6;

/// Labelled texts to train on and to choose the best epoch by.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// The classes, sorted.
    pub labels: Vec<String>,
    /// What is learned from.
    pub train: LabelledTexts,
    /// What is only measured on.
    pub validation: LabelledTexts,
    /// The digest of the training corpus, before any split: see [`Corpus::digest`].
    pub digest: String,
}

/// Texts and the number of each one's label.
#[derive(Clone, Debug, Default)]
pub struct LabelledTexts {
    /// The texts.
    pub texts: Vec<String>,
    /// Each text's place among the dataset's labels.
    pub labels: Vec<u32>,
}

impl Dataset {
    /// Holds a share of the corpus back for validation, the same share of every class.
    pub fn split(corpus: Corpus, share: f64, seed: u64) -> Result<Self, TrainingError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(TrainingError::Setting {
                name: "validation-split",
                allowed: "above 0 and below 1",
            });
        }
        let digest = corpus.digest();
        let all = LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?;
        let split = stratified_split(&all.labels, share, seed);
        if split.validation.is_empty() {
            return Err(TrainingError::TooFew { share });
        }
        Ok(Self {
            labels: corpus.labels,
            train: all.select(&split.train),
            validation: all.select(&split.validation),
            digest,
        })
    }

    /// Trains on all of one corpus and validates on another, whose labels must be among the first's.
    pub fn with_validation(
        corpus: Corpus,
        validation: Vec<Example>,
        name: &str,
    ) -> Result<Self, TrainingError> {
        Ok(Self {
            digest: corpus.digest(),
            train: LabelledTexts::new(corpus.examples, &corpus.labels, "the corpus")?,
            validation: LabelledTexts::new(validation, &corpus.labels, name)?,
            labels: corpus.labels,
        })
    }
}

impl LabelledTexts {
    /// Numbers the labels of examples by their place in `labels`; `name` stands for the examples in
    /// the message about a label that is not there.
    pub fn new(
        examples: Vec<Example>,
        labels: &[String],
        name: &str,
    ) -> Result<Self, TrainingError> {
        let mut numbered = Self::default();
        for Example { text, label } in examples {
            let Some(number) = labels.iter().position(|known| *known == label) else {
                return Err(TrainingError::UnknownLabel {
                    place: name.into(),
                    label,
                    labels: labels.to_vec(),
                });
            };
            numbered.texts.push(text);
            numbered.labels.push(number as u32);
        }
        Ok(numbered)
    }

    fn select(&self, indices: &[usize]) -> Self {
        Self {
            texts: indices
                .iter()
                .map(|&index| self.texts[index].clone())
                .collect(),
            labels: indices.iter().map(|&index| self.labels[index]).collect(),
        }
    }

    /// How many texts each of `classes` labels has.
    pub fn label_counts(&self, classes: usize) -> Vec<u64> {
        let mut counts = vec![0; classes];
        self.labels
            .iter()
            .for_each(|&label| counts[label as usize] += 1);
        counts
    }
}

/// Where a run's word vectors come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Vectors {
    /// Drawn at random.
    #[default]
    Random,
    /// The GloVe sample in the binary.
    Sample,
    /// A file in GloVe's or word2vec's format.
    File(PathBuf),
}

impl Vectors {
    /// The vectors of the wanted words that there are; None where all are to be random.
    pub(super) fn read(
        &self,
        wanted: &FxHashSet<String>,
    ) -> Result<Option<WordVectors>, EmbeddingsError> {
        match self {
            Self::Random => Ok(None),
            Self::Sample => embeddings::sample(Some(wanted)).map(Some),
            Self::File(path) => embeddings::read(path, Some(wanted)).map(Some),
        }
    }
}

/// How often each token occurs, and which words it was before stemming.
#[derive(Clone, Debug, Default)]
pub(super) struct TokenCounts {
    counts: FxHashMap<String, u64>,
    words: BTreeMap<String, BTreeSet<String>>,
}

impl TokenCounts {
    /// Counts the tokens of texts, on all cores.
    pub(super) fn of(preprocessor: &Preprocessor, texts: &[String]) -> Self {
        texts
            .par_chunks(COUNTING_CHUNK)
            .fold(Self::default, |mut counts, texts| {
                let mut tokens = Tokens::default();
                for text in texts {
                    preprocessor.tokenize(text, &mut tokens);
                    tokens
                        .iter()
                        .for_each(|token| counts.add(token.text, token.word));
                }
                counts
            })
            .reduce(Self::default, Self::merge)
    }

    fn add(&mut self, token: &str, word: &str) {
        match self.counts.get_mut(token) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(token.into(), 1);
            }
        }
        if token != word
            && !self
                .words
                .get(token)
                .is_some_and(|words| words.contains(word))
        {
            self.words
                .entry(token.into())
                .or_default()
                .insert(word.into());
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (token, count) in other.counts {
            *self.counts.entry(token).or_default() += count;
        }
        for (token, words) in other.words {
            self.words.entry(token).or_default().extend(words);
        }
        self
    }

    /// The most frequent tokens.
    pub(super) fn vocabulary(&self, min_count: u64, max_size: usize) -> Vocabulary {
        let counts = self
            .counts
            .iter()
            .map(|(token, &count)| (token.as_str(), count));
        Vocabulary::from_counts(counts, min_count, max_size)
    }

    /// The words whose vectors make a token's: those it was before stemming and itself.
    fn words<'a>(&'a self, token: &'a str) -> impl Iterator<Item = &'a str> {
        let stemmed = self
            .words
            .get(token)
            .into_iter()
            .flatten()
            .map(String::as_str);
        stemmed.chain(std::iter::once(token))
    }

    /// Every word whose vector could be used.
    pub(super) fn wanted(&self, vocabulary: &Vocabulary) -> FxHashSet<String> {
        let words = vocabulary.tokens().flat_map(|token| self.words(token));
        words.map(String::from).collect()
    }

    /// A table with a row for each token: the mean of its words' vectors, or drawn at random with
    /// the deviation of those that are known (Kim, 2014, section 3.1), so that they are of one scale.
    /// Also the number of tokens that have vectors.
    pub(super) fn embedding(
        &self,
        vocabulary: &Vocabulary,
        vectors: Option<&WordVectors>,
        size: usize,
        rng: &mut impl Rng,
    ) -> (Embedding, usize) {
        let deviation = vectors
            .and_then(WordVectors::deviation)
            .unwrap_or(RANDOM_DEVIATION);
        // A uniform distribution on ±a has the deviation a / √3.
        let bound = (deviation * 3f32.sqrt()).clamp(f32::MIN_POSITIVE, MAX_RANDOM_BOUND);
        let mut table = Vec::with_capacity(vocabulary.len() * size);
        let mut known = 0;
        for token in vocabulary.tokens() {
            let found: Vec<&[f32]> = vectors
                .into_iter()
                .flat_map(|vectors| self.words(token).filter_map(|word| vectors.get(word)))
                .collect();
            if found.is_empty() {
                table.extend((0..size).map(|_| rng.random_range(-bound..bound)));
            } else {
                known += 1;
                let sum = |index| found.iter().map(|vector| vector[index]).sum::<f32>();
                table.extend((0..size).map(|index| sum(index) / found.len() as f32));
            }
        }
        (Embedding::new(table, size), known)
    }
}
