//! Counts what is noted about a file.

/// A number of rows or lines, and the first of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) count: u64,
    /// The number of rows or lines before the first, or `None` if there are none.
    pub(super) first: Option<u64>,
}

impl Tally {
    /// Counts a row or line that comes after `before` others.
    pub(super) fn add(&mut self, before: u64) {
        self.count += 1;
        self.first.get_or_insert(before);
    }

    /// Adds the tally of a chunk that comes after `before` rows or lines.
    pub(super) fn append(&mut self, chunk: Self, before: u64) {
        self.count += chunk.count;
        self.first = self.first.or(chunk.first.map(|first| before + first));
    }
}
