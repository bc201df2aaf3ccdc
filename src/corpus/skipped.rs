//! A summary of skipped rows.

use std::fmt::{self, Display};

use serde::Serialize;

/// The maximum number of skipped rows whose errors are kept.
const KEPT_REASONS: usize = 3;

/// The number of rows skipped because they were invalid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The number of skipped rows.
    pub rows: u64,
    /// The number of rows that were read, with the skipped ones.
    pub of: u64,
    /// The errors of the first skipped rows, with file and line.
    pub first_reasons: Vec<String>,
}

impl Skipped {
    /// Counts a skipped row.
    pub(super) fn count(&mut self, error: impl Display) {
        self.rows += 1;
        if self.first_reasons.len() < KEPT_REASONS {
            self.first_reasons.push(error.to_string());
        }
    }
}

impl Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows == 0 {
            return Ok(());
        }
        let reasons = self.first_reasons.join("; ");
        write!(
            formatter,
            " (bad rows skipped: {} of {}, first: {reasons})",
            self.rows, self.of
        )
    }
}
