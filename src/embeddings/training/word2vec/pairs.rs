//! Pairs of rows, and their gradient steps.

use pulp::{Arch, Simd, WithSimd};

use crate::embeddings::training::partition::BLOCKS;

/// The maximum number of pairs with the same left row that are processed together.
const GROUP: usize = 8;

/// The right row of a pair, and whether the pair is a positive or negative sample.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    row: u32,
    is_positive: bool,
}

impl Pair {
    pub(super) fn positive(row: u32) -> Self {
        Self {
            row,
            is_positive: true,
        }
    }

    pub(super) fn negative(row: u32) -> Self {
        Self {
            row,
            is_positive: false,
        }
    }
}

/// Pairs sorted by the blocks of their rows.
pub(super) struct Pairs {
    /// By left block, then right block.
    by_blocks: [[BlockPairs; BLOCKS]; BLOCKS],
}

impl Default for Pairs {
    fn default() -> Self {
        let empty = || std::array::from_fn(|_| BlockPairs(Vec::new()));
        Self {
            by_blocks: std::array::from_fn(|_| empty()),
        }
    }
}

impl Pairs {
    pub(super) fn clear(&mut self) {
        self.by_blocks
            .iter_mut()
            .flatten()
            .for_each(|pairs| pairs.0.clear());
    }

    /// Adds a pair. `left` is the index of the left row in its block.
    #[inline]
    pub(super) fn add(&mut self, left: usize, left_block: usize, Pair { row, is_positive }: Pair) {
        let row = row as usize;
        let pairs = &mut self.by_blocks[left_block][row % BLOCKS];
        pairs
            .0
            .push((left as u32, (row / BLOCKS) as u32, is_positive));
    }

    /// Returns the pairs of a left and a right block.
    pub(super) fn get(&self, left_block: usize, right_block: usize) -> &BlockPairs {
        &self.by_blocks[left_block][right_block]
    }
}

/// The pairs of a left and a right block: the indices of the rows in their blocks, and whether the pair
/// is positive.
pub(super) struct BlockPairs(Vec<(u32, u32, bool)>);

impl BlockPairs {
    /// Runs one step of gradient descent for each pair on the logistic loss of the dot product (equation
    /// 4 of the paper): both rows move by `rate * (target - σ(left · right))` times the other row, where
    /// `target` is 1 for a positive pair and 0 for a negative one.
    pub(super) fn descend(&self, left: &mut [f32], right: &mut [f32], width: usize, rate: f32) {
        Arch::new().dispatch(Descent {
            pairs: &self.0,
            left,
            right,
            width,
            rate,
        });
    }
}

struct Descent<'a> {
    pairs: &'a [(u32, u32, bool)],
    left: &'a mut [f32],
    right: &'a mut [f32],
    width: usize,
    rate: f32,
}

impl WithSimd for Descent<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let by_left_row = self.pairs.chunk_by(|(a, ..), (b, ..)| a == b);
        for group in by_left_row.flat_map(|pairs| pairs.chunks(GROUP)) {
            self.descend_group(simd, group);
        }
    }
}

impl Descent<'_> {
    /// Processes pairs with the same left row. The row is updated only after all their errors are
    /// computed, as in word2vec.c, so that no dot product waits for the previous step.
    #[inline(always)]
    fn descend_group<S: Simd>(&mut self, simd: S, group: &[(u32, u32, bool)]) {
        // The width of a row is a multiple of the SIMD vector size.
        let vectors = self.width / S::F32_LANES;
        let (left, _) = S::as_mut_simd_f32s(self.left);
        let (right, _) = S::as_mut_simd_f32s(self.right);
        let left = &mut left[group[0].0 as usize * vectors..][..vectors];
        let mut steps = [simd.splat_f32s(0.0); GROUP];
        for (step, &(_, row, is_positive)) in steps.iter_mut().zip(group) {
            let mut product = simd.splat_f32s(0.0);
            for (left, right) in left.iter().zip(&right[row as usize * vectors..]) {
                product = simd.mul_add_e_f32s(*left, *right, product);
            }
            let product = simd.reduce_sum_f32s(product);
            let target = if is_positive { 1.0 } else { 0.0 };
            *step = simd.splat_f32s(self.rate * (target - 1.0 / (1.0 + (-product).exp())));
        }
        for (vector, left) in left.iter_mut().enumerate() {
            let before = *left;
            for (&step, &(_, row, _)) in steps.iter().zip(group) {
                let right = &mut right[row as usize * vectors + vector];
                *left = simd.mul_add_e_f32s(step, *right, *left);
                *right = simd.mul_add_e_f32s(step, before, *right);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the step in `f64`, from the gradient of `-ln σ(±left · right)`.
    #[test]
    fn a_step_follows_the_gradient() {
        let (mut left, mut right) = (vec![0.0f32; 16], vec![0.0f32; 32]);
        for (index, value) in left.iter_mut().chain(&mut right).enumerate().take(40) {
            *value = (index as f32 * 0.37).sin();
        }
        let (before_left, before_right) = (left.clone(), right.clone());
        for is_positive in [true, false] {
            let (mut left, mut right) = (before_left.clone(), before_right.clone());
            BlockPairs(vec![(0, 1, is_positive)]).descend(&mut left, &mut right, 16, 0.1);
            let dot: f64 = (0..16)
                .map(|i| f64::from(before_left[i]) * f64::from(before_right[16 + i]))
                .sum();
            let target = if is_positive { 1.0 } else { 0.0 };
            let step = 0.1 * (target - 1.0 / (1.0 + (-dot).exp()));
            for i in 0..16 {
                let (l, r) = (f64::from(before_left[i]), f64::from(before_right[16 + i]));
                assert!((f64::from(left[i]) - (l + step * r)).abs() < 1e-6);
                assert!((f64::from(right[16 + i]) - (r + step * l)).abs() < 1e-6);
            }
            assert_eq!(right[..16], before_right[..16]);
        }
    }
}
