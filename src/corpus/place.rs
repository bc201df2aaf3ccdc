//! Where a row of a corpus stands.

use std::fmt::{self, Display};
use std::path::Path;
use std::sync::Arc;

use crate::printable::Printable;

/// Where a row stands. Displays as `reviews.csv:17`, or as the file's path alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file; in a folder corpus, the text's own file.
    pub path: Arc<Path>,
    /// The line, from 1, on which the row starts; `None` where the row is the whole file.
    pub line: Option<u64>,
}

impl Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Printable(&self.path.to_string_lossy()))?;
        match self.line {
            Some(line) => write!(formatter, ":{line}"),
            None => Ok(()),
        }
    }
}
