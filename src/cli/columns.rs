//! The widths of terminals and texts, in columns.

use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};
use unicode_width::UnicodeWidthStr;

/// The width of tables if standard output is no terminal and `COLUMNS` is not set.
const DEFAULT: usize = 80;

/// Returns the width of tables: that of the terminal on standard output, else `COLUMNS`, else 80.
pub fn table_columns() -> usize {
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    output_columns().or_else(variable).unwrap_or(DEFAULT)
}

/// Returns the width of the terminal on standard output; `None` without one.
pub fn output_columns() -> Option<usize> {
    let size = io::stdout()
        .is_terminal()
        .then(|| terminal_size_of(io::stdout()));
    size.flatten().map(|(Width(columns), _)| columns.into())
}

/// Returns the width of the terminal on standard error; `None` without one.
pub fn error_columns() -> Option<usize> {
    let size = io::stderr()
        .is_terminal()
        .then(|| terminal_size_of(io::stderr()));
    size.flatten().map(|(Width(columns), _)| columns.into())
}

/// Returns the number of columns that a text takes. An ideograph takes two.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Returns a text with spaces after it, up to a width.
pub fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Returns a text with spaces before it, up to a width.
pub fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Returns the byte positions of the spaces at which a text breaks into lines of at most `columns` columns. A word that
/// is longer has a line of its own.
pub fn breaks(text: &str, columns: usize) -> Vec<usize> {
    breaks_indented(text, columns, 0)
}

/// Returns the positions of [`breaks`] for lines that are indented after the first.
pub fn breaks_indented(text: &str, columns: usize, indentation: usize) -> Vec<usize> {
    let mut breaks = Vec::new();
    let (mut line_start, mut last_space, mut before) = (0, None, 0);
    for (at, _) in text.match_indices(' ').chain([(text.len(), "")]) {
        if before + width(&text[line_start..at]) > columns
            && let Some(space) = last_space
        {
            breaks.push(space);
            line_start = space + 1;
            before = indentation;
        }
        last_space = Some(at);
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, columns: usize) -> Vec<&str> {
        let mut starts = vec![0];
        starts.extend(breaks(text, columns).iter().map(|space| space + 1));
        let ends = starts[1..].iter().map(|start| start - 1);
        let ends: Vec<usize> = ends.chain([text.len()]).collect();
        let ranges = starts.iter().zip(ends);
        ranges.map(|(&start, end)| &text[start..end]).collect()
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(lines("one two  three", 7), ["one two", " three"]);
        assert_eq!(lines("one two three", 20), ["one two three"]);
        assert_eq!(lines("a longword b", 4), ["a", "longword", "b"]);
        assert_eq!(lines("", 4), [""]);
    }

    #[test]
    fn ideographs_take_two_columns() {
        assert_eq!(width("很好"), 4);
        assert_eq!(lines("很好 电影", 7), ["很好", "电影"]);
        assert_eq!(
            (left("很", 4), right("很", 4)),
            ("很  ".into(), "  很".into())
        );
    }
}
