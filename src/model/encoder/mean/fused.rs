//! The fused implementation: word vectors are reduced in one candle operation.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use pulp::Arch;

use crate::batch::PackedLayout;
use crate::model::kernel::{Saved, tensor_like, values, with_values};
use crate::model::pooling::{Reduced, Reduction, TokenStates};

/// Reduces the word vectors of each row's tokens: `[words, size]` to `[rows, size]`.
pub(super) fn reduce(
    vectors: &Tensor,
    word_of_token: &[u32],
    layout: &PackedLayout,
    reduction: Reduction,
) -> Result<Tensor> {
    let vectors = vectors.contiguous()?;
    vectors.apply_op1(ReducedVectors {
        size: vectors.dim(1)?,
        word_of_token: word_of_token.to_vec(),
        layout: layout.clone(),
        reduction,
        saved: Saved::nothing(),
    })
}

struct ReducedVectors {
    size: usize,
    word_of_token: Vec<u32>,
    layout: PackedLayout,
    reduction: Reduction,
    /// The result of the forward pass, for the backward pass.
    saved: Saved<Reduced>,
}

impl CustomOp1 for ReducedVectors {
    fn name(&self) -> &'static str {
        "reduced word vectors"
    }

    fn cpu_fwd(&self, vectors: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let states = WordStates {
            vectors: values(vectors, layout)?,
            of: self,
        };
        let reduced = Reduced::new(Arch::new(), self.reduction, states);
        let values = CpuStorage::F32(reduced.values().to_vec());
        self.saved.put(reduced);
        Ok((values, Shape::from((self.layout.rows(), self.size))))
    }

    fn bwd(&self, vectors: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let reduced = self.saved.take(self.name())?;
        let gradient = gradient.contiguous()?;
        let words = vectors.dim(0)?;
        let gradient = with_values([&gradient], |[gradient]| {
            Arch::new().dispatch(
                #[inline(always)]
                || self.gradient(words, &reduced, gradient),
            )
        })?;
        Ok(Some(tensor_like(gradient, vectors)?))
    }
}

impl ReducedVectors {
    /// Returns the gradient of the word vectors, `[words, size]`, from that of the reduced ones, `[rows, size]`.
    ///
    /// One thread is enough: these are as many additions as the batch has tokens times features.
    #[inline(always)]
    fn gradient(&self, words: usize, reduced: &Reduced, gradient: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0; words * self.size];
        for (row, gradient) in gradient.chunks_exact(self.size).enumerate() {
            match self.reduction {
                Reduction::Mean => self.add_mean(row, gradient, &mut sums),
                Reduction::Last | Reduction::Max if self.layout.lengths()[row] > 0 => {
                    let tokens = reduced.tokens(row, self.size);
                    for (feature, (&token, gradient)) in tokens.iter().zip(gradient).enumerate() {
                        let word = self.word_of_token[token as usize] as usize;
                        sums[word * self.size + feature] += gradient;
                    }
                }
                Reduction::Last | Reduction::Max => {}
            }
        }
        sums
    }

    /// Adds the gradient of a row's mean to each of its words.
    #[inline(always)]
    fn add_mean(&self, row: usize, gradient: &[f32], sums: &mut [f32]) {
        let length = self.layout.lengths()[row];
        let factor = 1.0 / length as f32;
        for offset in &self.layout.offsets()[..length] {
            let word = self.word_of_token[offset + row] as usize;
            let sums = sums[word * self.size..][..self.size].iter_mut();
            for (sum, value) in sums.zip(gradient) {
                *sum += value * factor;
            }
        }
    }
}

/// The vector of each token's word, as its state.
struct WordStates<'a> {
    /// `[words, size]`
    vectors: &'a [f32],
    of: &'a ReducedVectors,
}

impl TokenStates for WordStates<'_> {
    fn layout(&self) -> &PackedLayout {
        &self.of.layout
    }

    fn directions(&self) -> usize {
        1
    }

    fn hidden_size(&self) -> usize {
        self.of.size
    }

    #[inline(always)]
    fn state<'s>(&'s self, row: usize, step: usize, _: &'s mut [f32]) -> &'s [f32] {
        let ReducedVectors {
            size,
            word_of_token,
            layout,
            ..
        } = self.of;
        let word = word_of_token[layout.offsets()[step] + row] as usize;
        &self.vectors[word * size..][..*size]
    }
}
