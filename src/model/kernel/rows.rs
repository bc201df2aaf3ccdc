//! The partition of a recurrent layer's work among threads, by direction and by rows of the batch. The parts are
//! independent, so a thread computes all steps of a part without waiting for others.

use std::ops::Range;

use crate::batch::PackedLayout;

/// Adjacent rows of a batch in one direction.
#[derive(Clone, Debug)]
pub(crate) struct RowGroup<'a> {
    /// 0 from a row's first token to its last, 1 from the last to the first.
    pub(crate) direction: usize,
    rows: Range<usize>,
    layout: &'a PackedLayout,
    /// The number of the group's tokens before each step: `[steps]`.
    tokens_before: Vec<usize>,
}

impl<'a> RowGroup<'a> {
    /// Cuts the work into at least `parts` groups with nearly the same number of tokens, direction 0 before direction 1.
    ///
    /// Returns fewer groups if there are not enough rows.
    pub(crate) fn cut(layout: &'a PackedLayout, directions: usize, parts: usize) -> Vec<Self> {
        let lengths = &layout.lengths()[..layout.rows_with_tokens()];
        let parts = parts.div_ceil(directions).min(lengths.len());
        let mut groups = Vec::with_capacity(directions * parts);
        let (mut row, mut tokens) = (0, 0);
        for part in 0..parts {
            let start = row;
            let share = layout.tokens() * (part + 1) / parts;
            // As near to `share` as possible, with at least one row for this part and for each later one.
            while row < lengths.len() - (parts - 1 - part)
                && (row == start || tokens + lengths[row] / 2 <= share)
            {
                tokens += lengths[row];
                row += 1;
            }
            groups.push(Self::new(0, start..row, layout));
        }
        for direction in 1..directions {
            for part in 0..parts {
                groups.push(Self {
                    direction,
                    ..groups[part].clone()
                });
            }
        }
        groups
    }

    fn new(direction: usize, rows: Range<usize>, layout: &'a PackedLayout) -> Self {
        let mut group = Self {
            direction,
            rows,
            layout,
            tokens_before: Vec::new(),
        };
        let mut tokens = 0;
        for step in 0..group.steps() {
            group.tokens_before.push(tokens);
            tokens += group.active(step);
        }
        group
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the index of the first row in the batch.
    pub(crate) fn first_row(&self) -> usize {
        self.rows.start
    }

    /// Returns the number of steps of the longest row.
    fn steps(&self) -> usize {
        self.layout.lengths()[self.rows.start]
    }

    /// Iterates over the steps in the order of the direction.
    pub(crate) fn ordered_steps(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (steps, direction) = (self.steps(), self.direction);
        (0..steps).map(move |i| if direction == 0 { i } else { steps - 1 - i })
    }

    /// Returns the number of rows with a token at a step, which are the group's first rows.
    #[inline]
    pub(crate) fn active(&self, step: usize) -> usize {
        self.layout
            .step(step)
            .len()
            .clamp(self.rows.start, self.rows.end)
            - self.rows.start
    }

    /// Returns the position of the group's first token at a step in the packed batch.
    #[inline]
    pub(crate) fn first_token(&self, step: usize) -> usize {
        self.layout.step(step).start + self.rows.start
    }

    /// Returns the previous step in the direction, and the number of rows with a token at both steps.
    #[inline]
    pub(crate) fn previous(&self, step: usize) -> Option<(usize, usize)> {
        if self.direction == 0 {
            step.checked_sub(1)
                .map(|previous| (previous, self.active(step)))
        } else {
            Some((step + 1, self.active(step + 1))).filter(|&(_, active)| active > 0)
        }
    }

    /// Returns the next step in the direction.
    #[inline]
    pub(crate) fn next(&self, step: usize) -> Option<usize> {
        match self.direction {
            0 => Some(step + 1).filter(|&next| next < self.steps()),
            _ => step.checked_sub(1),
        }
    }

    /// Returns the range of a step's tokens among all tokens of the group.
    #[inline]
    pub(crate) fn local_tokens(&self, step: usize) -> Range<usize> {
        let start = self.tokens_before[step];
        start..start + self.active(step)
    }

    /// Splits `[tokens, directions * width]` into slices of `[width]` per token, by group.
    pub(crate) fn split_tokens<'v, T>(
        groups: &[Self],
        values: &'v mut [T],
        width: usize,
    ) -> Vec<Vec<&'v mut [T]>> {
        let mut split: Vec<Vec<_>> = groups.iter().map(|_| Vec::new()).collect();
        let Some(last) = groups.last() else {
            return split;
        };
        let directions = last.direction + 1;
        let parts = groups.len() / directions;
        let part_of_row: Vec<usize> = (0..parts)
            .flat_map(|part| groups[part].rows.clone().map(move |_| part))
            .collect();
        let mut values = values.chunks_exact_mut(width);
        for step in 0..last.layout.steps() {
            for &part in &part_of_row[..last.layout.step(step).len()] {
                for (direction, value) in values.by_ref().take(directions).enumerate() {
                    split[direction * parts + part].push(value);
                }
            }
        }
        split
    }
}

/// Returns the token before each token in the direction, or `None` for the first token of a row.
pub(crate) fn previous_tokens(layout: &PackedLayout, direction: usize) -> Vec<Option<usize>> {
    let of_step = |step: usize| {
        // In direction 0 the previous step has all rows of this one. In direction 1 it may have fewer.
        let previous = match direction {
            0 => step
                .checked_sub(1)
                .map_or(0..0, |before| layout.step(before)),
            _ => layout.step(step + 1),
        };
        (0..layout.step(step).len())
            .map(move |row| Some(previous.start + row).filter(|token| previous.contains(token)))
    };
    (0..layout.steps()).flat_map(of_step).collect()
}
