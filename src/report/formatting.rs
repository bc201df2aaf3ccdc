//! Texts and numbers as a reader sees them, in charts and on the page.

use crate::printable::visible;

/// What a figure is shown as where it has no value.
pub(super) const NO_VALUE: &str = "–";

/// The text made visible, with an ellipsis for what is beyond so many characters.
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

/// A count where there is little room: 12k, 3.4M.
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

/// A figure with so many decimals.
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
