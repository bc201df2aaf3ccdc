//! Rows that were left out.

use std::fmt::{self, Display};

use serde::Serialize;

/// The rows that were left out because they could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// How many.
    pub rows: u64,
    /// Why the first of them was, with its file and line.
    pub first_reason: Option<String>,
}

impl Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first_reason {
            Some(reason) => write!(
                formatter,
                " (bad rows left out: {}, the first: {reason})",
                self.rows
            ),
            None => Ok(()),
        }
    }
}
