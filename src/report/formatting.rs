//! Formatting of texts and numbers for charts and the page.

use crate::printable::visible;

/// The placeholder for a number without a value.
pub(super) const NO_VALUE: &str = "–";

/// Escapes control characters and truncates the text to `characters` characters, with an ellipsis.
pub(super) fn cut(text: &str, characters: usize) -> String {
    let text = visible(text);
    match text.char_indices().nth(characters) {
        None => text,
        Some(_) => {
            let kept: String = text.chars().take(characters.saturating_sub(1)).collect();
            format!("{}…", kept.trim_end())
        }
    }
}

/// Formats a count with a unit suffix, such as 12k or 3.4M.
pub(super) fn short_count(number: f64) -> String {
    let (scaled, unit) = match number.abs() {
        size if size >= 999_950_000_000.0 => return format!("{number:.0e}"),
        size if size >= 999_950_000.0 => (number / 1e9, "G"),
        size if size >= 999_950.0 => (number / 1e6, "M"),
        size if size >= 10_000.0 => (number / 1e3, "k"),
        _ => (number, ""),
    };
    let shown = format!("{scaled:.1}");
    format!("{}{unit}", shown.strip_suffix(".0").unwrap_or(&shown))
}

/// Formats a number with `decimals` decimals; returns [`NO_VALUE`] if it is not finite.
pub(super) fn figure(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        format!("{value:.decimals$}")
    } else {
        NO_VALUE.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(cut("naïveté", 7), "naïveté");
        assert_eq!(cut("naïveté", 6), "naïve…");
    }

    #[test]
    fn counts_are_shortened() {
        assert_eq!(
            [0.0, 9_999.0, 12_345.0, 999_949.0, 999_951.0].map(short_count),
            ["0", "9999", "12.3k", "999.9k", "1M"]
        );
    }
}
