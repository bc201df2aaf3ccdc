//! Solves many analogies, each answer looked for among all words. Questions-words has 19,544, and a
//! file of vectors may have millions of words, so the cosines are computed as a matrix product:
//! several questions with each vector that is read.

use pulp::Arch;
use rayon::prelude::*;

use crate::embeddings::nearest::unit;
use crate::embeddings::vectors::WordVectors;

/// The rows of four words: the first is to the second as the third is to the fourth.
pub(super) type Question = [usize; 4];

/// Questions that are answered side by side: enough sums to keep vector units busy, few enough to
/// stay in their registers.
const LANES: usize = 32;

/// Solves analogies with vectors of length one.
pub(super) struct AnalogySolver {
    /// `[words, dimension]`; of NaN where a vector is zeros: it has no direction, and NaN is no
    /// highest cosine.
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

    /// Whether the row's vector is not all zeros.
    pub(super) fn has_direction(&self, row: usize) -> bool {
        !self.unit(row)[0].is_nan()
    }

    /// For each question whether its fourth word is the answer.
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

    /// The answers to at most [`LANES`] questions.
    #[inline(always)] // So that it is compiled for the vector units that `dispatch` found.
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

    /// *b* − *a* + *c* of each question: `[dimension, LANES]`, zeros where there is no question.
    /// Their lengths do not matter to which cosine is the highest.
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
