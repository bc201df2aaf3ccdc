//! A summary of skipped rows.

use std::fmt::{self, Display};

use serde::Serialize;

/// The number of rows skipped because they were invalid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The number of rows.
    pub rows: u64,
    /// The error of the first one, with file and line.
    pub first_reason: Option<String>,
}

impl Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.first_reason {
            Some(reason) => write!(
                formatter,
                " (bad rows skipped: {}, first: {reason})",
                self.rows
            ),
            None => Ok(()),
        }
    }
}
