//! Words of the user for jieba's dictionary.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::TextError;
use super::word_file::read;

/// Words beside those of the tokenizer's own dictionary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WordDictionary {
    /// No words.
    #[default]
    None,
    /// The given words, each maybe with its frequency after a space, as in jieba's files.
    Words(Vec<String>),
}

impl WordDictionary {
    /// Parses `none`, or the path of a file in jieba's format, which is read: a word a line, maybe with its frequency and its
    /// part of speech, which is ignored.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text {
            "none" => Ok(Self::None),
            path => Self::read(Path::new(path)),
        }
    }

    fn read(path: &Path) -> Result<Self, TextError> {
        let content = read(path).map_err(|error| match error {
            TextError::File(error) => TextError::DictionaryFile(error),
            other => other,
        })?;
        let mut words = Vec::new();
        for (line, text) in content.lines().enumerate() {
            let mut fields = text.trim_start_matches('\u{feff}').split_whitespace();
            let Some(word) = fields.next() else {
                continue;
            };
            let invalid = || TextError::DictionaryLine {
                path: path.into(),
                line: line + 1,
            };
            // A part of speech may follow the word at once.
            words.push(match fields.next() {
                Some(field) if field.starts_with(|first: char| first.is_ascii_digit()) => {
                    let frequency: u32 = field.parse().map_err(|_| invalid())?;
                    format!("{word} {frequency}")
                }
                _ => word.into(),
            });
        }
        Ok(Self::Words(words))
    }

    /// Returns whether there are no words.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Returns the words and their frequencies.
    #[cfg(feature = "chinese")]
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Option<usize>)> {
        let words = match self {
            Self::None => &[],
            Self::Words(words) => words.as_slice(),
        };
        words.iter().filter_map(|entry| {
            let mut fields = entry.split_whitespace();
            let word = fields.next()?;
            let frequency: Option<u32> = fields.next().and_then(|field| field.parse().ok());
            Some((word, frequency.map(|frequency| frequency as usize)))
        })
    }
}
