//! Rows that an audit shows.

use serde::Serialize;

/// Rows of which something is the matter, with the first few to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How many rows.
    pub rows: usize,
    /// For some of them, the row and the one it was held against.
    pub samples: Vec<[SampleRow; 2]>,
}

/// A row shown in a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleRow {
    /// Whether it stands in the validation corpus.
    pub in_validation: bool,
    /// Its number among its corpus's examples, from 1.
    pub row: usize,
    /// Its label.
    pub label: String,
    /// The start of its text, white space made single spaces.
    pub text: String,
}
