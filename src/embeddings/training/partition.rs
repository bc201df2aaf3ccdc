//! Tables that are partitioned into blocks, so that threads can change rows without sharing any.
//!
//! An update changes a row of a left table and one of a right table. Updates are sorted by the blocks of
//! their two rows; in a round every left block is paired with one right block (a stratum), a thread takes
//! such a pair, and after as many rounds as there are blocks all pairs are done (the schedule of Gemulla et al., 2011,
//! "Large-Scale Matrix Factorization with Distributed Stochastic Gradient Descent"). Nobody waits for a
//! lock, no update is lost, and the result is the same for any number of threads.

use std::convert::Infallible;

use rayon::prelude::*;

/// Blocks of a table: the most threads that have work at one time.
pub(super) const BLOCKS: usize = 8;

/// Rows of a table begin so many numbers apart, or a multiple: whole vectors of every instruction set.
const ROW_MULTIPLE: usize = 16;

/// Rows of numbers, row `r` in block `r % BLOCKS`. A row is followed by zeros up to [`Table::width`].
pub(super) struct Table {
    pub(super) blocks: Vec<Vec<f32>>,
    pub(super) width: usize,
}

impl Table {
    /// Rows whose numbers are given one after the other.
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

    /// A row, `[width]`.
    pub(super) fn row(&self, row: usize) -> &[f32] {
        &self.blocks[row % BLOCKS][row / BLOCKS * self.width..][..self.width]
    }

    /// As [`Table::row`], to change it.
    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.blocks[row % BLOCKS][row / BLOCKS * self.width..][..self.width]
    }
}

/// Lets every left block meet one right block, another one in each of [`BLOCKS`] rounds:
/// `process(left, right, a, b)` for blocks `a` and `b`.
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

/// Processes all strata: [`process_stratum`] for every round.
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
    fn all_blocks_meet_once() {
        let (mut left, mut right) = (vec![0u64; BLOCKS], vec![0u64; BLOCKS]);
        process_all_strata(&mut left, &mut right, |left, right, a, b| {
            *left |= 1 << b;
            *right += 1 << (8 * a);
        });
        assert!(left.iter().all(|&met| met == 0xff));
        assert!(right.iter().all(|&met| met == 0x0101_0101_0101_0101));
    }

    #[test]
    fn rows_are_where_they_were_put() {
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
