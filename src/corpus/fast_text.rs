//! The training format of fastText, with the label before the text: `__label__positive some text`.

use super::table::ParsedLine;
use super::{Cell, LabelSet};

/// The prefix of a label.
pub(super) const LABEL_PREFIX: &str = "__label__";

/// Parses a line. Blank lines contain no row.
pub(super) fn parse(line: &str) -> ParsedLine {
    let mut text = line.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let mut labels = Vec::new();
    while let Some(rest) = text.strip_prefix(LABEL_PREFIX) {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (label, rest) = rest.split_at(end);
        labels.push(label);
        text = rest.trim_start();
    }
    let label = match labels.as_slice() {
        [] => Cell::Null,
        [label] => Cell::Text((*label).to_owned()),
        several => Cell::Text(several.iter().copied().collect::<LabelSet>().to_string()),
    };
    Ok(Some(vec![label, Cell::Text(text.to_owned())]))
}
