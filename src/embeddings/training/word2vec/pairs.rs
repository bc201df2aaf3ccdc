//! Pairs of rows, and the gradient step of one.

use pulp::{Arch, Simd, WithSimd};

use crate::embeddings::training::partition::BLOCKS;

/// The most pairs of one left row that are processed together.
const GROUP: usize = 8;

/// A row of a right table, and whether it was seen with the left one.
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

/// Pairs by the blocks of their rows.
pub(super) struct Pairs {
    of_blocks: [[BlockPairs; BLOCKS]; BLOCKS],
}

impl Default for Pairs {
    fn default() -> Self {
        let empty = || std::array::from_fn(|_| BlockPairs(Vec::new()));
        Self {
            of_blocks: std::array::from_fn(|_| empty()),
        }
    }
}

impl Pairs {
    pub(super) fn clear(&mut self) {
        self.of_blocks
            .iter_mut()
            .flatten()
            .for_each(|pairs| pairs.0.clear());
    }

    /// Adds a pair; `left` is the row's place in its block.
    #[inline]
    pub(super) fn add(&mut self, left: usize, left_block: usize, Pair { row, is_positive }: Pair) {
        let row = row as usize;
        let pairs = &mut self.of_blocks[left_block][row % BLOCKS];
        pairs
            .0
            .push((left as u32, (row / BLOCKS) as u32, is_positive));
    }

    /// The pairs of a left and a right block.
    pub(super) fn get(&self, left_block: usize, right_block: usize) -> &BlockPairs {
        &self.of_blocks[left_block][right_block]
    }
}

/// Pairs of one left and one right block: the rows' places in those, and whether they were seen together.
pub(super) struct BlockPairs(Vec<(u32, u32, bool)>);

impl BlockPairs {
    /// One step of gradient descent for each, on the logistic loss of the rows' product
    /// (equation 4 of the paper): both rows move by `rate * (seen - σ(left · right))` times the other.
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
        let of_one_row = self.pairs.chunk_by(|(a, ..), (b, ..)| a == b);
        for group in of_one_row.flat_map(|pairs| pairs.chunks(GROUP)) {
            self.descend_group(simd, group);
        }
    }
}

impl Descent<'_> {
    /// Processes pairs of one left row, which stays as it is until all their errors are known, as in
    /// word2vec.c: no product waits for the step before.
    #[inline(always)]
    fn descend_group<S: Simd>(&mut self, simd: S, group: &[(u32, u32, bool)]) {
        // A row is whole vectors long.
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

    /// The step in `f64`, from the gradient of `-ln σ(±left · right)`.
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
