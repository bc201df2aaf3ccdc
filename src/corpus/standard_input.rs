//! Standard input as a corpus.

use std::io::{self, Read};

/// The path that stands for standard input, and its name in messages.
pub(super) const STANDARD_INPUT: &str = "-";
pub(super) const STANDARD_INPUT_NAME: &str = "standard input";

/// Standard input up to its end. A terminal can be read after its end, so each reader that looks for the end would need its own
/// Ctrl-D.
#[derive(Default)]
pub(super) struct StandardInput {
    has_ended: bool,
}

impl Read for StandardInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_ended || buffer.is_empty() {
            return Ok(0);
        }
        let count = io::stdin().lock().read(buffer)?;
        self.has_ended = count == 0;
        Ok(count)
    }
}
