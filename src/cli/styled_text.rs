//! Text for a terminal: styles and shortened texts.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use sentiment::evaluation::Interval;
use sentiment::printable::Printable;

use super::columns::{table_columns, width};

/// The minimum width of an excerpt.
const EXCERPT_COLUMNS: usize = 20;

/// The maximum length of a printed label.
pub const LABEL_CHARACTERS: usize = 40;

/// The style of headings.
pub const HEAD: Style = Style::new().bold();

/// The style of details.
pub const ASIDE: Style = Style::new().dimmed();

/// Returns standard output. Removes styles as `--color` says: by default if it is not a terminal or `NO_COLOR` is set.
pub fn styled_output() -> impl Write {
    anstream::AutoStream::auto(io::stdout().lock())
}

/// Returns a text in a style.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Formats an interval: `0.8012 to 0.8345`.
pub fn range(Interval { low, high }: Interval) -> String {
    format!("{low:.4} to {high:.4}")
}

/// Returns the start of a text that fits on one line after `before`.
pub fn excerpt(text: &str, before: &str) -> String {
    let columns = table_columns().saturating_sub(width(before));
    fitting(text, columns.max(EXCERPT_COLUMNS))
}

/// Shortens a text to a width on one line.
pub fn fitting(text: &str, columns: usize) -> String {
    let printable = Printable(text).to_string();
    if width(&printable) <= columns {
        return printable;
    }
    let mut end = 0;
    for (start, character) in printable.char_indices() {
        let after = start + character.len_utf8();
        if width(&printable[..after]) >= columns {
            break;
        }
        end = after;
    }
    format!("{}…", printable[..end].trim_end())
}

/// Shortens a text to `characters` characters on one line.
pub fn cut(text: &str, characters: usize) -> String {
    let printable = Printable(text).to_string();
    match printable.char_indices().nth(characters) {
        None => printable,
        Some((end, _)) => format!("{}…", &printable[..end]),
    }
}

/// Draws values as bars, scaled so that the minimum has the lowest bar and the maximum the highest.
pub fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let height = (value - low) / (high - low);
        // If all values are equal, the height is NaN, which the cast turns into 0.
        BARS[((height * 7.0).round() as usize).min(7)]
    };
    values.iter().map(|&value| bar(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparkline_is_scaled_to_minimum_and_maximum() {
        assert_eq!(sparkline(&[0.5, 0.2, 0.36, 0.5]), "█▁▅█");
        assert_eq!(sparkline(&[0.5, 0.5]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn shortened_texts_fit_and_end_between_characters() {
        assert_eq!(fitting("a\tb", 9), "a\\tb");
        assert_eq!(fitting("üüüü", 4), "üüüü");
        assert_eq!(fitting("üüüü", 3), "üü…");
        assert_eq!(fitting("很好很好", 6), "很好…");
    }
}
