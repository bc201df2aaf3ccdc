//! Styled and shortened text for a terminal.

use std::fmt::Display;
use std::io::{self, Write};

use anstyle::Style;
use sentiment::evaluation::Interval;
use sentiment::printable::Printable;

/// The number of characters shown of a text.
const SHOWN_CHARACTERS: usize = 100;

/// The number of characters shown of a label.
pub const LABEL_CHARACTERS: usize = 40;

/// The style of headings.
pub const HEAD: Style = Style::new().bold();

/// The style of details.
pub const ASIDE: Style = Style::new().dimmed();

/// Returns standard output, styled on a terminal unless `NO_COLOR` is set.
pub fn styled_output() -> impl Write {
    anstream::AutoStream::auto(io::stdout().lock())
}

/// Returns a text in a style.
pub fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Formats an interval.
pub fn range(Interval { low, high }: Interval) -> String {
    format!("{low:.4} to {high:.4}")
}

/// Returns the start of a text on one line.
pub fn excerpt(text: &str) -> String {
    cut(text, SHOWN_CHARACTERS)
}

/// Returns at most `characters` characters of a text on one line.
pub fn cut(text: &str, characters: usize) -> String {
    let printable = Printable(text).to_string();
    match printable.char_indices().nth(characters) {
        None => printable,
        Some((end, _)) => format!("{}…", &printable[..end]),
    }
}

/// Formats values as bars, scaled from the minimum to the maximum.
pub fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: f64| {
        let share = (value - low) / (high - low);
        // NaN if all values are equal, which casts to 0.
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(|&value| bar(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_goes_from_the_lowest_to_the_highest() {
        assert_eq!(sparkline(&[0.5, 0.2, 0.36, 0.5]), "█▁▅█");
        assert_eq!(sparkline(&[0.5, 0.5]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn an_excerpt_is_cut_between_characters() {
        assert_eq!(excerpt("a\tb"), "a\\tb");
        let long = "ü".repeat(101);
        assert_eq!(excerpt(&long).chars().count(), 101);
        assert!(excerpt(&long).ends_with('…'));
    }
}
