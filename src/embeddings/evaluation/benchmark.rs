//! Benchmark files: word pairs with human similarity scores, and analogies.

use std::io::Read;
use std::path::Path;

use crate::embeddings::error::{BenchmarkError, EmbeddingsError};
use crate::files::{self, FileError};

/// The maximum file size in bytes: a hundred times the largest file in use.
const MAX_BYTES: u64 = 64 << 20;

/// The score column in the file of SimLex-999.
const SIMLEX_COLUMN: &str = "SimLex999";

/// The score column in other files, from 0.
const SCORE_COLUMN: usize = 2;

/// The section name of analogies before the first section.
const NO_SECTION: &str = "-";

/// A word similarity or analogy benchmark.
#[derive(Clone, Debug, PartialEq)]
pub enum Benchmark {
    /// Word pairs with scores, such as WordSim-353 and SimLex-999.
    WordPairs(Vec<WordPair>),
    /// Analogies in sections, such as Mikolov's `questions-words.txt`.
    Analogies(Vec<AnalogySection>),
}

/// Two words and their similarity score.
#[derive(Clone, Debug, PartialEq)]
pub struct WordPair {
    /// The words.
    pub words: [String; 2],
    /// The score, on the scale of the file.
    pub score: f64,
}

/// A section of analogies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalogySection {
    /// The name in the file; `-` for questions before the first section.
    pub name: String,
    /// Four words *a*, *b*, *c*, *d* per question: *a* is to *b* as *c* is to *d*.
    pub questions: Vec<[String; 4]>,
}

impl Benchmark {
    /// Reads a plain, gzip or Zstandard file. A tab in the first line means word pairs, otherwise the
    /// file contains analogies.
    ///
    /// Word pairs have tab-separated fields: two words, then the score in the third field. A first
    /// line without a number is a header; if it has a column `SimLex999`, that is the score. Analogies
    /// are four words separated by whitespace, and `: name` starts a section. Empty lines and lines
    /// that start with `#` are ignored.
    pub fn read(path: &Path) -> Result<Self, EmbeddingsError> {
        let mut content = Vec::new();
        files::open(path)?
            .take(MAX_BYTES + 1)
            .read_to_end(&mut content)
            .map_err(FileError::context("read", path))?;
        if content.len() as u64 > MAX_BYTES {
            return Err(error_at(path, 1, BenchmarkError::TooLarge));
        }
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
        let mut lines = Vec::new();
        for (index, line) in content.split(|byte| *byte == b'\n').enumerate() {
            let line = str::from_utf8(line)
                .map_err(|_| error_at(path, index + 1, BenchmarkError::InvalidUtf8))?
                .trim_end_matches('\r');
            if !line.trim().is_empty() && !line.starts_with('#') {
                lines.push((index + 1, line));
            }
        }
        match lines.first() {
            None => Err(error_at(path, 1, BenchmarkError::Empty)),
            Some((_, first)) if first.contains('\t') => word_pairs(&lines, path),
            Some(_) => analogies(&lines, path),
        }
    }
}

fn word_pairs(lines: &[(usize, &str)], path: &Path) -> Result<Benchmark, EmbeddingsError> {
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
        .map(|&(number, line)| {
            word_pair(line, column).map_err(|found| error_at(path, number, found))
        })
        .collect::<Result<Vec<_>, _>>()?;
    match pairs.is_empty() {
        true => Err(error_at(path, 1, BenchmarkError::Empty)),
        false => Ok(Benchmark::WordPairs(pairs)),
    }
}

fn word_pair(line: &str, column: usize) -> Result<WordPair, BenchmarkError> {
    let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (Some(words), Some(score)) = (fields.first_chunk(), fields.get(column)) else {
        let (found, expected) = (fields.len(), column + 1);
        return Err(BenchmarkError::Fields { found, expected });
    };
    if words.contains(&"") {
        return Err(BenchmarkError::EmptyWord);
    }
    match score.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(WordPair {
            words: words.map(String::from),
            score: number,
        }),
        _ => Err(BenchmarkError::Score {
            field: score.chars().take(40).collect(),
        }),
    }
}

fn analogies(lines: &[(usize, &str)], path: &Path) -> Result<Benchmark, EmbeddingsError> {
    let mut sections: Vec<AnalogySection> = Vec::new();
    let section = |name: &str| AnalogySection {
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
            error_at(path, number, BenchmarkError::Words { found })
        })?;
        if sections.is_empty() {
            sections.push(section(NO_SECTION));
        }
        if let Some(section) = sections.last_mut() {
            section.questions.push(words.map(String::from));
        }
    }
    match sections.iter().all(|section| section.questions.is_empty()) {
        true => Err(error_at(path, 1, BenchmarkError::Empty)),
        false => Ok(Benchmark::Analogies(sections)),
    }
}

fn error_at(path: &Path, line: usize, reason: BenchmarkError) -> EmbeddingsError {
    EmbeddingsError::BadBenchmark {
        path: path.into(),
        line,
        reason,
    }
}
