//! Text of unknown origin made safe to show on a terminal.

use std::fmt::{self, Display, Write};

/// Displays a text with its control characters escaped, so that a corpus cannot move the cursor,
/// recolour the screen or break a table's lines.
#[derive(Debug, Clone, Copy)]
pub struct Printable<'a>(pub &'a str);

impl Display for Printable<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(formatter, "{}", character.escape_default())?;
            } else {
                formatter.write_char(character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
        let shown = Printable("don't\u{1b}[31m \"naïve\"\n👍").to_string();
        assert_eq!(shown, "don't\\u{1b}[31m \"naïve\"\\n👍");
    }
}
