//! One row of a corpus.

use super::Place;

/// The most bytes that one row may take (16 MiB): far above any review, low enough that a file
/// with no line break or an unclosed quote cannot fill the memory.
pub const MAX_ROW_BYTES: usize = 16 << 20;

/// One text of a corpus, with its label if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The file and the line on which the row starts.
    pub place: Place,
    /// The text as it is written in the corpus.
    pub text: String,
    /// The label, without white space around it.
    pub label: Option<String>,
}
