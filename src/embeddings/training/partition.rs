//! Tables partitioned into blocks, so that threads update rows without sharing any.
//!
//! An update changes one row of a left table and one of a right table. Updates are sorted by the blocks
//! of their rows. Each round processes a stratum: it pairs every left block with a different right
//! block, and each pair is one thread's task. After [`BLOCKS`] rounds, all pairs of blocks are done. This
//! is the schedule of Gemulla et al. (2011), "Large-Scale Matrix Factorization with Distributed
//! Stochastic Gradient Descent". It needs no locks, loses no updates and gives the same result for any
//! number of threads.

use std::convert::Infallible;

use rayon::prelude::*;

/// The number of blocks of a table: the maximum number of busy threads.
pub(super) const BLOCKS: usize = 8;

/// The width of a row is a multiple of this: whole SIMD vectors for every instruction set.
const ROW_MULTIPLE: usize = 16;

/// A table whose row `r` is in block `r % BLOCKS`. Rows are padded with zeros.
pub(super) struct Table {
    /// `[rows of the block, width]` each.
    pub(super) blocks: Vec<Vec<f32>>,
    /// The padded size of a row.
    pub(super) width: usize,
}

impl Table {
    /// Creates a table, calling `number` for each number in row-major order.
    pub(super) fn new(rows: usize, dimension: usize, mut number: impl FnMut() -> f32) -> Self {
        let width = dimension.next_multiple_of(ROW_MULTIPLE);
        let mut table = Self {
            blocks: (0..BLOCKS)
                .map(|block| vec![0.0; (rows + BLOCKS - 1 - block) / BLOCKS * width])
                .collect(),
            width,
        };
        for row in 0..rows {
            table.row_mut(row)[..dimension].fill_with(&mut number);
        }
        table
    }

    /// Returns a row, `[width]`.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.blocks[row % BLOCKS][row / BLOCKS * self.width..][..self.width]
    }

    /// Returns a mutable row, `[width]`.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.blocks[row % BLOCKS][row / BLOCKS * self.width..][..self.width]
    }
}

/// Processes the stratum of a round: calls `process(left, right, a, b)` for each left block `a` and its
/// right block `b` in parallel. A left block has a different right block in each of [`BLOCKS`] rounds.
pub(super) fn process_stratum<L: Send, R: Send, E: Send>(
    left: &mut [L],
    right: &mut [R],
    round: usize,
    process: impl Fn(&mut L, &mut R, usize, usize) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let mut rights: Vec<(usize, &mut R)> = right.iter_mut().enumerate().collect();
    rights.rotate_left(round);
    left.par_iter_mut()
        .zip(rights)
        .enumerate()
        .try_for_each(|(a, (left, (b, right)))| process(left, right, a, b))
}

/// Processes the strata of all rounds.
pub(super) fn process_all_strata<L: Send, R: Send>(
    left: &mut [L],
    right: &mut [R],
    process: impl Fn(&mut L, &mut R, usize, usize) + Sync,
) {
    for round in 0..BLOCKS {
        let Ok(()) = process_stratum(left, right, round, |left, right, a, b| {
            process(left, right, a, b);
            Ok::<_, Infallible>(())
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_of_blocks_is_processed_once() {
        let (mut left, mut right) = (vec![0u64; BLOCKS], vec![0u64; BLOCKS]);
        process_all_strata(&mut left, &mut right, |left, right, a, b| {
            *left |= 1 << b;
            *right += 1 << (8 * a);
        });
        assert!(left.iter().all(|&partners| partners == 0xff));
        assert!(
            right
                .iter()
                .all(|&partners| partners == 0x0101_0101_0101_0101)
        );
    }

    #[test]
    fn rows_are_stored_in_order_and_padded() {
        let mut number = 0.0;
        let table = Table::new(19, 3, || {
            number += 1.0;
            number
        });
        assert_eq!(table.width, 16);
        for row in 0..19 {
            let first = 3.0 * row as f32;
            assert_eq!(
                table.row(row)[..4],
                [first + 1.0, first + 2.0, first + 3.0, 0.0]
            );
        }
    }
}
