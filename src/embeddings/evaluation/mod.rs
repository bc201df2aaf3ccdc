//! Evaluates word vectors on word similarity (correlation with human scores) and analogies
//! (accuracy).

mod analogies;
mod benchmark;

use serde::Serialize;

use self::analogies::{AnalogySolver, Question};
use super::nearest::cosine;
use super::vectors::WordVectors;
use crate::correlation::{pearson, spearman};

pub use benchmark::{AnalogySection, Benchmark, WordPair};

/// The result of evaluating word vectors on a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BenchmarkResult {
    /// The result on word pairs.
    WordPairs(WordPairResult),
    /// The result on analogies.
    Analogies(AnalogyResult),
}

/// The correlation between cosine similarities and human scores of word pairs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordPairResult {
    /// Spearman's rank correlation; ties have their mean rank. `None` if it is undefined: with fewer
    /// than two pairs, or if all scores or all cosines are equal.
    pub spearman: Option<f64>,
    /// Pearson's correlation; `None` if it is undefined.
    pub pearson: Option<f64>,
    /// The number of evaluated pairs: both words have a vector.
    pub known: usize,
    /// The number of pairs in the file.
    pub pairs: usize,
}

/// The accuracy on analogies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AnalogyResult {
    /// The sections in the order of the file.
    pub sections: Vec<SectionResult>,
    /// The score over all sections.
    pub total: AnalogyScore,
}

/// The result on one section of analogies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SectionResult {
    /// The section's name in the file.
    pub section: String,
    /// The score on the section.
    #[serde(flatten)]
    pub score: AnalogyScore,
}

/// A score on analogy questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct AnalogyScore {
    /// The share of correct answers among known questions; `None` without known questions.
    pub accuracy: Option<f64>,
    /// The number of correct answers.
    pub correct: usize,
    /// The number of evaluated questions: all four words have a vector.
    pub known: usize,
    /// The number of questions in the file.
    pub questions: usize,
}

/// Evaluates word vectors on a benchmark.
///
/// Words are looked up as written, then in lower case. A word with a zero vector is unknown.
///
/// The answer to an analogy is the word with the highest cosine similarity to *b* − *a* + *c* of unit
/// vectors, in single precision. The three words are excluded, and the first of tied words in the
/// file wins. The answer is correct if it is the fourth word.
///
/// For lower-case vectors, the results equal those of gensim's `evaluate_word_pairs` and
/// `evaluate_word_analogies` with a `restrict_vocab` that covers all words.
pub fn evaluate(vectors: &WordVectors, benchmark: &Benchmark) -> BenchmarkResult {
    match benchmark {
        Benchmark::WordPairs(pairs) => BenchmarkResult::WordPairs(word_pairs(vectors, pairs)),
        Benchmark::Analogies(sections) => BenchmarkResult::Analogies(analogies(vectors, sections)),
    }
}

fn word_pairs(vectors: &WordVectors, pairs: &[WordPair]) -> WordPairResult {
    let known: Vec<(f64, f64)> = pairs
        .iter()
        .filter_map(
            |WordPair {
                 words: [a, b],
                 score,
             }| {
                let (a, b) = (known_row(vectors, a)?, known_row(vectors, b)?);
                let cosine = cosine(vectors.vector(a), vectors.vector(b))?;
                Some((*score, cosine.into()))
            },
        )
        .collect();
    WordPairResult {
        spearman: spearman(&known),
        pearson: pearson(&known),
        known: known.len(),
        pairs: pairs.len(),
    }
}

fn analogies(vectors: &WordVectors, sections: &[AnalogySection]) -> AnalogyResult {
    let solver = AnalogySolver::new(vectors);
    let known: Vec<Vec<Question>> = sections
        .iter()
        .map(|section| {
            let rows = |words: &[String; 4]| {
                let mut rows = [0; 4];
                for (row, word) in rows.iter_mut().zip(words) {
                    *row = known_row(vectors, word).filter(|&row| solver.has_direction(row))?;
                }
                Some(rows)
            };
            section.questions.iter().filter_map(rows).collect()
        })
        .collect();
    let questions: Vec<Question> = known.concat();
    let mut is_correct = solver.are_correct(&questions).into_iter();
    let sections: Vec<SectionResult> = sections
        .iter()
        .zip(&known)
        .map(|(section, known)| {
            let answered = is_correct.by_ref().take(known.len());
            let correct = answered.filter(|is_correct| *is_correct).count();
            SectionResult {
                section: section.name.clone(),
                score: AnalogyScore::new(correct, known.len(), section.questions.len()),
            }
        })
        .collect();
    let sum =
        |part: fn(&AnalogyScore) -> usize| sections.iter().map(|result| part(&result.score)).sum();
    let total = AnalogyScore::new(
        sum(|score| score.correct),
        sum(|score| score.known),
        sum(|score| score.questions),
    );
    AnalogyResult { sections, total }
}

impl AnalogyScore {
    fn new(correct: usize, known: usize, questions: usize) -> Self {
        Self {
            accuracy: (known > 0).then(|| correct as f64 / known as f64),
            correct,
            known,
            questions,
        }
    }
}

fn known_row(vectors: &WordVectors, word: &str) -> Option<usize> {
    let in_lower_case = || vectors.row(&word.to_lowercase());
    vectors.row(word).or_else(in_lower_case)
}
