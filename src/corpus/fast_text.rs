//! The training format of fastText, with the label before the text: `__label__positive some text`.

use super::CorpusRowError;
use super::lines::ParsedLine;

const LABEL_PREFIX: &str = "__label__";

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
    match labels.as_slice() {
        [] => Ok(Some((text.to_owned(), None))),
        [label] => Ok(Some((text.to_owned(), Some((*label).to_owned())))),
        several => Err(CorpusRowError::SeveralLabels(several.len())),
    }
}
