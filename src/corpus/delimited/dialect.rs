//! Detects the delimiter and the header of a CSV or TSV file by its first lines.

use crate::corpus::CorpusOptions;
use crate::corpus::columns::{is_text_name, position};
use crate::corpus::window::trim_carriage_return;

/// The delimiters that are detected.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The number of lines that are compared.
const LINES: usize = 20;

/// The minimum number of words of a text in a first row that is not a header.
const TEXT_WORDS: usize = 4;

/// Returns the delimiter that a first line such as `sep=;` states. Excel writes and reads such a line.
pub(super) fn stated_delimiter(line: &[u8]) -> Option<u8> {
    let line = trim_carriage_return(line);
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let line = line.strip_suffix(b"\"").unwrap_or(line);
    match line {
        [name @ .., b'=', delimiter] if name.eq_ignore_ascii_case(b"sep") => Some(*delimiter),
        _ => None,
    }
}

/// Detects the delimiter by the first lines: the one that makes a text column of the header, or else the one that
/// occurs equally often in most lines. `usual` is the delimiter of the format.
pub(super) fn detect_delimiter(sample: &[u8], usual: u8, options: &CorpusOptions) -> u8 {
    let lines: Vec<&[u8]> = sample.split(|byte| *byte == b'\n').take(LINES).collect();
    let candidates = || {
        let others = DELIMITERS.into_iter().filter(move |other| *other != usual);
        std::iter::once(usual).chain(others)
    };
    let names = |delimiter: u8| {
        let header = lines.first().copied().unwrap_or_default();
        header.split(move |byte| *byte == delimiter).map(|name| {
            String::from_utf8_lossy(name)
                .trim()
                .trim_matches('"')
                .to_owned()
        })
    };
    let by_name =
        candidates().find(|&delimiter| names(delimiter).any(|name| is_text_name(&name, options)));
    if let Some(delimiter) = by_name {
        return delimiter;
    }
    let consistent = candidates().filter_map(|delimiter| {
        let counts: Vec<usize> = lines
            .iter()
            .filter(|line| !line.is_empty())
            .map(|line| count_outside_quotes(line, delimiter))
            .collect();
        let first = *counts.first()?;
        let same = counts.iter().filter(|count| **count == first).count();
        (first > 0 && 5 * same >= 4 * counts.len()).then_some((first, delimiter))
    });
    // The first of equals is the usual delimiter.
    let best = consistent.reduce(|best, other| if other.0 > best.0 { other } else { best });
    best.map_or(usual, |(_, delimiter)| delimiter)
}

fn count_outside_quotes(line: &[u8], delimiter: u8) -> usize {
    let mut is_quoted = false;
    let mut count = 0;
    for &byte in line {
        is_quoted ^= byte == b'"';
        count += usize::from(byte == delimiter && !is_quoted);
    }
    count
}

/// Returns whether the first row is data, given that the columns are selected by number: its label is the label of
/// another row, or its text has several words.
pub(super) fn is_data(first: &[String], others: &[Vec<String>], options: &CorpusOptions) -> bool {
    let cell = |row: &[String], column: &Option<String>| {
        let index = position(column.as_deref()?, row.len())?;
        row.get(index).cloned()
    };
    let names = [&options.text_column, &options.label_column];
    let by_number = |name: &String| position(name, first.len()).is_some();
    if !names.into_iter().flatten().all(by_number) || names.iter().all(|name| name.is_none()) {
        return false;
    }
    let label = cell(first, &options.label_column);
    let has_known_label = label.is_some_and(|label| {
        let labels = others
            .iter()
            .filter_map(|row| cell(row, &options.label_column));
        labels.into_iter().any(|other| other == label)
    });
    let words = cell(first, &options.text_column);
    let words = words.map_or(0, |text| text.split_whitespace().count());
    has_known_label || words >= TEXT_WORDS
}
