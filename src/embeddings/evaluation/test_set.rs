//! Files of questions that word vectors are judged by: pairs of words with people's judgement of how
//! alike they are, and analogies.

use std::io::Read;
use std::path::Path;

use super::{EmbeddingsError, TestFault};
use crate::files::{self, FileError};

/// The most bytes of a file: a hundred times the largest in use.
const MAX_BYTES: u64 = 64 << 20;

/// The column with SimLex-999's scores in its own file; others have them in the third.
const SIMLEX_COLUMN: &str = "SimLex999";

/// The column of the scores, from 0, where the file does not name one.
const SCORE_COLUMN: usize = 2;

/// The name of analogies before a section begins.
const NO_SECTION: &str = "-";

/// Questions of one kind.
#[derive(Clone, Debug, PartialEq)]
pub enum TestSet {
    /// Word pairs with scores: WordSim-353, SimLex-999 and others.
    WordPairs(Vec<WordPair>),
    /// Analogies in sections: Mikolov's questions-words and others.
    Analogies(Vec<Section>),
}

/// Two words and how alike people find them.
#[derive(Clone, Debug, PartialEq)]
pub struct WordPair {
    /// The words.
    pub words: [String; 2],
    /// The score, on whatever scale the file has.
    pub score: f64,
}

/// Analogies of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its name in the file, `-` for questions before the first.
    pub name: String,
    /// Four words each: the first is to the second as the third is to the fourth.
    pub questions: Vec<[String; 4]>,
}

impl TestSet {
    /// Reads a file, plain, gzip or Zstandard, whose kind is seen from its first line: one with a tab
    /// begins word pairs, another analogies.
    ///
    /// Word pairs stand with their score between tabs. A first line without a number is a header: its
    /// column `SimLex999` has the scores, or the third. Analogies are four words between blanks, and
    /// `: name` begins a section. Empty lines are passed over, and those that begin with `#`.
    pub fn read(path: &Path) -> Result<Self, EmbeddingsError> {
        let mut content = Vec::new();
        files::open(path)?
            .take(MAX_BYTES + 1)
            .read_to_end(&mut content)
            .map_err(FileError::context("read", path))?;
        if content.len() as u64 > MAX_BYTES {
            return Err(fault(path, 1, TestFault::TooLarge));
        }
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
        let mut lines = Vec::new();
        for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
            let line = str::from_utf8(line)
                .map_err(|_| fault(path, index + 1, TestFault::InvalidUtf8))?
                .trim_end_matches('\r');
            if !line.trim().is_empty() && !line.starts_with('#') {
                lines.push((index + 1, line));
            }
        }
        match lines.first() {
            None => Err(fault(path, 1, TestFault::Empty)),
            Some((_, first)) if first.contains('\t') => word_pairs(&lines, path),
            Some(_) => analogies(&lines, path),
        }
    }
}

fn word_pairs(lines: &[(usize, &str)], path: &Path) -> Result<TestSet, EmbeddingsError> {
    let is_number = |field: &str| field.trim().parse::<f64>().is_ok();
    let header = lines
        .first()
        .map(|(_, line)| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| !fields.iter().any(|field| is_number(field)));
    let named = header
        .iter()
        .flatten()
        .position(|name| name.trim() == SIMLEX_COLUMN);
    let column = named.unwrap_or(SCORE_COLUMN);
    let pairs = lines[usize::from(header.is_some())..]
        .iter()
        .map(|&(number, line)| word_pair(line, column).map_err(|found| fault(path, number, found)))
        .collect::<Result<Vec<_>, _>>()?;
    match pairs.is_empty() {
        true => Err(fault(path, 1, TestFault::Empty)),
        false => Ok(TestSet::WordPairs(pairs)),
    }
}

fn word_pair(line: &str, column: usize) -> Result<WordPair, TestFault> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (Some(words), Some(score)) = (fields.first_chunk(), fields.get(column)) else {
        let (found, expected) = (fields.len(), column + 1);
        return Err(TestFault::Fields { found, expected });
    };
    if words.contains(&"") {
        return Err(TestFault::EmptyWord);
    }
    match score.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(WordPair {
            words: words.map(String::from),
            score: number,
        }),
        _ => Err(TestFault::Score {
            field: score.chars().take(40).collect(),
        }),
    }
}

fn analogies(lines: &[(usize, &str)], path: &Path) -> Result<TestSet, EmbeddingsError> {
    let mut sections: Vec<Section> = Vec::new();
    let section = |name: &str| Section {
        name: name.trim().into(),
        questions: Vec::new(),
    };
    for &(number, line) in lines {
        if let Some(name) = line.strip_prefix(':') {
            sections.push(section(name));
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let words: [&str; 4] = words.try_into().map_err(|words: Vec<_>| {
            let found = words.len();
            fault(path, number, TestFault::Words { found })
        })?;
        if sections.is_empty() {
            sections.push(section(NO_SECTION));
        }
        if let Some(section) = sections.last_mut() {
            section.questions.push(words.map(String::from));
        }
    }
    match sections.iter().all(|section| section.questions.is_empty()) {
        true => Err(fault(path, 1, TestFault::Empty)),
        false => Ok(TestSet::Analogies(sections)),
    }
}

fn fault(path: &Path, line: usize, fault: TestFault) -> EmbeddingsError {
    EmbeddingsError::BadTest {
        path: path.into(),
        line,
        fault,
    }
}
