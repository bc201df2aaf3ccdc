//! Which thread computes what. A recurrent layer's work is cut by direction and by rows of the batch; such a
//! part depends on no other, so a thread takes it through all steps without waiting for anyone.

use std::ops::Range;

use crate::batch::PackedLayout;

/// Some neighbouring rows of a batch in one direction.
#[derive(Clone, Debug)]
pub(crate) struct RowGroup<'a> {
    /// 0 from a row's first token to its last, 1 from the last to the first.
    pub(crate) direction: usize,
    rows: Range<usize>,
    layout: &'a PackedLayout,
    /// How many of the group's tokens come before each step: `[steps]`.
    tokens_before: Vec<usize>,
}

impl<'a> RowGroup<'a> {
    /// Cuts the work into at least `parts` parts of nearly the same number of tokens, direction 0's
    /// before direction 1's; fewer if there are not enough rows.
    pub(crate) fn cut(layout: &'a PackedLayout, directions: usize, parts: usize) -> Vec<Self> {
        let lengths = &layout.lengths()[..layout.rows_with_tokens()];
        let parts = parts.div_ceil(directions).min(lengths.len());
        let mut groups = Vec::with_capacity(directions * parts);
        let (mut row, mut tokens) = (0, 0);
        for part in 0..parts {
            let start = row;
            let share = layout.tokens() * (part + 1) / parts;
            // Nearest to its share, at least one row, and one left for each part to come.
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
            tokens += group.alive(step);
        }
        group
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The first row's place in the batch.
    pub(crate) fn first_row(&self) -> usize {
        self.rows.start
    }

    /// How many steps the longest row takes.
    fn steps(&self) -> usize {
        self.layout.lengths()[self.rows.start]
    }

    /// The steps in the order in which the direction takes them.
    pub(crate) fn walk(&self) -> impl DoubleEndedIterator<Item = usize> + use<> {
        let (steps, direction) = (self.steps(), self.direction);
        (0..steps).map(move |i| if direction == 0 { i } else { steps - 1 - i })
    }

    /// How many rows have a token at a step: they are the group's first.
    #[inline]
    pub(crate) fn alive(&self, step: usize) -> usize {
        self.layout
            .step(step)
            .len()
            .clamp(self.rows.start, self.rows.end)
            - self.rows.start
    }

    /// The place in the packed batch of the group's first token at a step.
    #[inline]
    pub(crate) fn first_token(&self, step: usize) -> usize {
        self.layout.step(step).start + self.rows.start
    }

    /// The step that the direction takes before this one, and how many rows have a token there and
    /// here.
    #[inline]
    pub(crate) fn previous(&self, step: usize) -> Option<(usize, usize)> {
        if self.direction == 0 {
            step.checked_sub(1)
                .map(|previous| (previous, self.alive(step)))
        } else {
            Some((step + 1, self.alive(step + 1))).filter(|&(_, alive)| alive > 0)
        }
    }

    /// The step that the direction takes after this one.
    #[inline]
    pub(crate) fn next(&self, step: usize) -> Option<usize> {
        match self.direction {
            0 => Some(step + 1).filter(|&next| next < self.steps()),
            _ => step.checked_sub(1),
        }
    }

    /// The group's tokens at a step, counted among the group's own.
    #[inline]
    pub(crate) fn own_tokens(&self, step: usize) -> Range<usize> {
        let start = self.tokens_before[step];
        start..start + self.alive(step)
    }

    /// Deals `[tokens, directions * width]` out to the groups, `[width]` a token of theirs.
    pub(crate) fn deal<'v, T>(
        groups: &[Self],
        values: &'v mut [T],
        width: usize,
    ) -> Vec<Vec<&'v mut [T]>> {
        let mut dealt: Vec<Vec<_>> = groups.iter().map(|_| Vec::new()).collect();
        let Some(last) = groups.last() else {
            return dealt;
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
                    dealt[direction * parts + part].push(value);
                }
            }
        }
        dealt
    }
}

/// The token whose states each token's step begins with; none where a row begins.
pub(crate) fn previous_tokens(layout: &PackedLayout, direction: usize) -> Vec<Option<usize>> {
    let of_step = |step: usize| {
        // Direction 0 comes from the step before, whose rows include this one's; direction 1 from
        // the step after, where fewer may be alive.
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
