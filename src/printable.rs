//! Formatting for display: untrusted texts on a terminal or in XML, and large numbers.

use std::fmt::{self, Display, Write};

/// Displays a text with control characters escaped, so that it cannot move the cursor, change colours or break lines.
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

/// Replaces characters that are invisible, change the reading direction or are invalid in XML: line breaks by
/// spaces, other control characters by a symbol or U+FFFD. Does not escape XML.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
            // Unicode has symbols for these control characters, in the same order.
            '\0'..='\u{1f}' => {
                char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            '\u{7f}' => '\u{2421}',
            '\u{80}'..='\u{9f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{fffe}'
            | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            _ => character,
        })
        .collect()
}

/// Formats an integer with thousands separators: `25,000`.
pub fn grouped(number: impl Display) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_others_kept() {
        let shown = Printable("don't\u{1b}[31m \"naïve\"\n👍").to_string();
        assert_eq!(shown, "don't\\u{1b}[31m \"naïve\"\\n👍");
    }

    #[test]
    fn invisible_and_direction_characters_are_replaced() {
        let shown = visible("a\tb\u{1b}[31m\u{202e}c\u{0}");
        assert_eq!(shown, "a b␛[31m\u{fffd}c␀");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }
}
