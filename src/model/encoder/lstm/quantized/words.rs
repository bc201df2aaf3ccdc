//! The first layer's input projections of words.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pulp::Arch;
use rustc_hash::FxHashMap;

use super::forward::Projections;
use crate::model::Embedding;
use crate::model::encoder::recurrent::kernel::project_inputs;
use crate::model::kernel::{Buffer, Lanes, Panels};

/// The number of words at the start of the vocabulary, the most frequent ones, whose projections are kept. In English
/// reviews they are 94% of the tokens.
const FREQUENT_WORDS: usize = 8_192;

/// The maximum memory for these projections.
const MAX_BYTES: usize = 64 << 20;

/// The number of tokens to score after which these projections are kept: about as many words are projected for them.
const TOKENS_BEFORE: usize = 4 * FREQUENT_WORDS;

/// Projects words. Keeps the projections of frequent words once many tokens are scored.
#[derive(Debug)]
pub(super) struct WordProjector {
    arch: Arch,
    /// The input weights and the bias of each direction.
    weights: Vec<Panels>,
    /// The number of tokens scored so far.
    tokens: AtomicUsize,
    /// Whether a thread projects the frequent words, or has done so.
    has_begun: AtomicBool,
    frequent: OnceLock<Buffer>,
}

impl WordProjector {
    pub(super) fn new(arch: Arch, weights: Vec<Panels>) -> Self {
        Self {
            arch,
            weights,
            tokens: AtomicUsize::new(0),
            has_begun: AtomicBool::new(false),
            frequent: OnceLock::new(),
        }
    }

    /// Counts the tokens to score and projects the frequent words when it is worth it. Other threads do not wait for them.
    pub(super) fn expect_tokens(&self, tokens: usize, embedding: &Embedding) {
        let tokens = tokens.saturating_add(self.tokens.fetch_add(tokens, Ordering::Relaxed));
        if tokens < TOKENS_BEFORE || self.has_begun.swap(true, Ordering::Relaxed) {
            return;
        }
        let words = self.frequent_words(embedding);
        let vectors = embedding.first_rows(words);
        let projected = project_inputs(self.arch, &vectors, embedding.size(), &self.weights);
        // Only this thread sets it.
        let _ = self.frequent.set(projected);
    }

    /// Returns the number of words whose projections are kept.
    fn frequent_words(&self, embedding: &Embedding) -> usize {
        let lanes = self.arch.dispatch(Lanes);
        let width: usize = self
            .weights
            .iter()
            .map(|weights| weights.width(lanes))
            .sum();
        let words = MAX_BYTES / (width * size_of::<f32>());
        words.min(FREQUENT_WORDS).min(embedding.words())
    }

    /// Projects the words of a batch, except the frequent ones that are kept.
    pub(super) fn project(
        &self,
        word_of_token: &[u32],
        embedding: &Embedding,
    ) -> ProjectedWords<'_> {
        let frequent = self.frequent.get().map(|frequent| &frequent[..]);
        let kept = match frequent {
            Some(_) => self.frequent_words(embedding),
            None => 0,
        };
        let mut vectors = Vec::new();
        let mut index_of_word = FxHashMap::default();
        let input = |&word: &u32| match (word as usize) < kept {
            true => word,
            false => *index_of_word.entry(word).or_insert_with(|| {
                vectors.extend_from_slice(&embedding.row(word));
                (kept + vectors.len() / embedding.size()) as u32 - 1
            }),
        };
        let input_of_token = word_of_token.iter().map(input).collect();
        ProjectedWords {
            frequent: frequent.unwrap_or_default(),
            kept,
            others: project_inputs(self.arch, &vectors, embedding.size(), &self.weights),
            input_of_token,
        }
    }
}

/// The projected words of a batch.
pub(super) struct ProjectedWords<'a> {
    frequent: &'a [f32],
    /// The number of frequent words.
    kept: usize,
    others: Buffer,
    input_of_token: Vec<u32>,
}

impl ProjectedWords<'_> {
    pub(super) fn projections(&self) -> Projections<'_> {
        Projections {
            tables: [self.frequent, &self.others],
            first: self.kept,
            input_of_token: Some(&self.input_of_token),
        }
    }
}
