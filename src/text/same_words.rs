//! Groups of words that are one token, so that a model cannot tell them apart.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::TextError;
use super::word_file::read;

/// Groups of words that are one token: the first word of the group.
///
/// With the names of persons in one group, or `he` and `she`, a prediction cannot depend on which of them a text has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameWords {
    /// No groups.
    #[default]
    None,
    /// The words of each group.
    Groups(Vec<Vec<String>>),
}

impl SameWords {
    /// Parses `none`, or the path of a file with one group per line, its words separated by white space, which is read.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text {
            "none" => Ok(Self::None),
            path => Self::read(Path::new(path)),
        }
    }

    fn read(path: &Path) -> Result<Self, TextError> {
        Self::of_lines(path, &read(path)?)
    }

    fn of_lines(path: &Path, content: &str) -> Result<Self, TextError> {
        let mut groups = Vec::new();
        let mut lines = FxHashMap::default();
        for (line, words) in (1..).zip(content.lines()) {
            let group: Vec<_> = words.split_whitespace().map(str::to_lowercase).collect();
            for word in &group {
                let other = lines.insert(word.clone(), line);
                if let Some(other) = other.filter(|other| *other != line) {
                    return Err(TextError::WordInTwoGroups {
                        path: path.into(),
                        line,
                        word: word.clone(),
                        other,
                    });
                }
            }
            groups.push(group);
        }
        groups.retain(|group| !group.is_empty());
        Ok(Self::Groups(groups))
    }

    /// Returns whether this is [`SameWords::None`].
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Returns the token of each word that is another word's.
    pub(super) fn tokens(&self) -> FxHashMap<String, String> {
        let groups: &[Vec<String>] = match self {
            Self::None => &[],
            Self::Groups(groups) => groups,
        };
        let groups = groups.iter().filter_map(|group| group.split_first());
        let tokens =
            groups.flat_map(|(first, others)| others.iter().map(move |word| (word, first)));
        tokens
            .map(|(word, first)| (word.clone(), first.clone()))
            .collect()
    }
}
