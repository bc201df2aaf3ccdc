//! Counts the rows of a table that cannot be read.

use sentiment::corpus::TableRow;

use super::console::Console;

/// The number of rows so far, and of those that cannot be read.
#[derive(Debug, Default)]
pub struct BadRows {
    rows: u64,
    bad: u64,
    first: Option<String>,
}

impl BadRows {
    /// Returns the number of rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Counts a row.
    pub fn add(&mut self, row: &TableRow) {
        self.rows += 1;
        if let Err(error) = &row.text {
            self.bad += 1;
            let message = || format!("{}: {error}", row.location);
            self.first.get_or_insert_with(message);
        }
    }

    /// Fails if there are rows and none could be read.
    pub fn check(&self) -> Result<(), NoReadableRow> {
        match &self.first {
            Some(first) if self.bad == self.rows => Err(NoReadableRow {
                rows: self.rows,
                first: first.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Prints the number of bad rows if there are any, and whether they were skipped.
    pub fn note(&self, skipped: bool, console: &Console) {
        let done = match skipped {
            true => "skipped",
            false => "written with a reason",
        };
        let Self { rows, bad, first } = self;
        if let Some(first) = first {
            console.note(format!("bad rows {done}: {bad} of {rows}, first: {first}"));
        }
    }
}

/// The error of an input whose rows are all bad.
#[derive(Debug, thiserror::Error)]
#[error("no row could be read; the first of {rows}: {first}")]
pub struct NoReadableRow {
    rows: u64,
    first: String,
}
