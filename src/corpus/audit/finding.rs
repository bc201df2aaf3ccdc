//! Findings of an audit.

use serde::Serialize;

/// The number of rows with a problem, and a few of them as samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The number of rows.
    pub rows: usize,
    /// Sample rows, each with the row that it duplicates or contradicts.
    pub samples: Vec<[SampleRow; 2]>,
}

/// A sample row of a [`Finding`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SampleRow {
    /// Whether the row is in the validation corpus.
    pub in_validation: bool,
    /// The number of the example in its corpus, from 1.
    pub row: usize,
    /// The label.
    pub label: String,
    /// The start of the text, with white space collapsed to single spaces.
    pub text: String,
}
