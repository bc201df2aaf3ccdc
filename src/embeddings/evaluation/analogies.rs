//! Solves many analogies, comparing each question with all words.
//!
//! `questions-words.txt` has 19,544 questions and vector files may have millions of words. Cosines
//! are therefore computed as a matrix product: each vector is loaded once for several questions.

use pulp::Arch;
use rayon::prelude::*;

use crate::embeddings::nearest::unit;
use crate::embeddings::vectors::WordVectors;

/// The rows of four words *a*, *b*, *c*, *d*: *a* is to *b* as *c* is to *d*.
pub(super) type Question = [usize; 4];

/// The number of questions solved together: enough sums to keep the SIMD units busy, few enough to
/// stay in registers.
const LANES: usize = 32;

/// Solves analogies with unit vectors.
pub(super) struct AnalogySolver {
    /// The unit vectors, `[words, dimension]`. A zero vector has no direction and becomes NaN, which
    /// never wins a comparison of cosines.
    units: Vec<f32>,
    dimension: usize,
}

impl AnalogySolver {
    pub(super) fn new(vectors: &WordVectors) -> Self {
        let dimension = vectors.dimension();
        let mut units = Vec::with_capacity(vectors.len() * dimension);
        for (_, vector) in vectors.iter() {
            match unit(vector) {
                Some(unit) => units.extend(unit.into_iter().map(|number| number as f32)),
                None => units.extend(std::iter::repeat_n(f32::NAN, dimension)),
            }
        }
        Self { units, dimension }
    }

    /// Returns whether the row's vector is not zero.
    pub(super) fn has_direction(&self, row: usize) -> bool {
        !self.unit(row)[0].is_nan()
    }

    /// Returns for each question whether the answer is its fourth word.
    pub(super) fn are_correct(&self, questions: &[Question]) -> Vec<bool> {
        let arch = Arch::new();
        questions
            .par_chunks(LANES)
            .flat_map_iter(|questions| {
                let answers = arch.dispatch(
                    #[inline(always)]
                    || self.answer(questions),
                );
                let is_correct = |(question, answer): (&Question, _)| answer == Some(question[3]);
                questions.iter().zip(answers).map(is_correct)
            })
            .collect()
    }

    /// Returns the answers to at most [`LANES`] questions.
    #[inline(always)] // Compiles it for the instruction set that `dispatch` selects.
    fn answer(&self, questions: &[Question]) -> [Option<usize>; LANES] {
        let targets = self.targets(questions);
        let mut best = [f32::NEG_INFINITY; LANES];
        let mut answers = [None; LANES];
        for (row, unit) in self.units.chunks_exact(self.dimension).enumerate() {
            let mut cosines = [0.0; LANES];
            for (number, lanes) in unit.iter().zip(&targets) {
                for (cosine, target) in cosines.iter_mut().zip(lanes) {
                    *cosine += number * target;
                }
            }
            for (lane, [a, b, c, _]) in questions.iter().enumerate().take(LANES) {
                if cosines[lane] > best[lane] && ![a, b, c].contains(&&row) {
                    best[lane] = cosines[lane];
                    answers[lane] = Some(row);
                }
            }
        }
        answers
    }

    /// Returns *b* − *a* + *c* of each question, `[dimension, LANES]`; zeros for unused lanes.
    ///
    /// They are not normalized, because their length does not change which cosine is the highest.
    #[inline(always)]
    fn targets(&self, questions: &[Question]) -> Vec<[f32; LANES]> {
        let mut targets = vec![[0.0; LANES]; self.dimension];
        for (lane, &[a, b, c, _]) in questions.iter().enumerate() {
            let numbers = self.unit(a).iter().zip(self.unit(b)).zip(self.unit(c));
            for (target, ((a, b), c)) in targets.iter_mut().zip(numbers) {
                target[lane] = b - a + c;
            }
        }
        targets
    }

    fn unit(&self, row: usize) -> &[f32] {
        &self.units[row * self.dimension..][..self.dimension]
    }
}
