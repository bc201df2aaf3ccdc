//! The vocabulary of an imported model: a token a line, in the order of the embedding's rows.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::ImportError;
use super::layers::matrix;
use crate::files::FileError;
use crate::model::HostTensor;
use crate::vocabulary::{UNKNOWN, Vocabulary};

/// The usual names of the token for unknown words.
const UNKNOWN_NAMES: [&str; 7] = [UNKNOWN, "[UNK]", "<UNK>", "[OOV]", "<OOV>", "<oov>", "UNK"];

/// The usual names of the token for padding.
const PADDING_NAMES: [&str; 6] = ["", "<pad>", "[PAD]", "<PAD>", "PAD", "<padding>"];

/// What became of the rows of an embedding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VocabularyCounts {
    /// The number of tokens of the imported model.
    pub tokens: usize,
    /// The number of rows after the last token of the file.
    pub beyond: usize,
    /// The number of rows that were left out, since they have no token, or that of padding or of an earlier row.
    pub left_out: usize,
    /// Whether the vocabulary has a token for unknown words; otherwise their vector is zero.
    pub has_unknown: bool,
}

/// Reads a vocabulary. Returns it with the embedding in its order.
pub(super) fn read_vocabulary(
    path: &Path,
    unknown: Option<&str>,
    embedding: &HostTensor,
) -> Result<(Vocabulary, HostTensor, VocabularyCounts), ImportError> {
    let invalid = |reason| ImportError::Vocabulary {
        path: path.into(),
        reason,
    };
    let content = fs::read_to_string(path).map_err(FileError::context("read", path))?;
    let tokens: Vec<&str> = content.lines().collect();
    let [rows, size] = matrix(embedding, "the embedding").map_err(invalid)?;
    if tokens.is_empty() {
        return Err(invalid("it has no tokens".into()));
    }
    if tokens.len() > rows {
        return Err(invalid(format!(
            "it has {} tokens, but the embedding has {rows} rows: the line of a token is its row, from 0",
            tokens.len()
        )));
    }
    let unknown_row = match unknown {
        Some(unknown) => {
            let row = tokens.iter().position(|token| *token == unknown);
            Some(row.ok_or_else(|| invalid(format!("it has no token {unknown:?}")))?)
        }
        None => tokens
            .iter()
            .position(|token| UNKNOWN_NAMES.contains(token)),
    };
    let row = |row: usize| &embedding.values[row * size..][..size];
    let mut values = unknown_row.map_or(vec![0.0; size], |unknown| row(unknown).to_vec());
    let mut file = format!("{UNKNOWN}\n");
    let mut taken: HashSet<&str> = HashSet::from([UNKNOWN]);
    for (index, token) in tokens.iter().enumerate() {
        let is_other = Some(index) != unknown_row && !PADDING_NAMES.contains(token);
        if is_other && taken.insert(token) {
            values.extend_from_slice(row(index));
            file.push_str(token);
            file.push('\n');
        }
    }
    let vocabulary = Vocabulary::parse(&file, path).map_err(crate::model::ModelError::from)?;
    let counts = VocabularyCounts {
        tokens: vocabulary.len(),
        beyond: rows - tokens.len(),
        left_out: rows + usize::from(unknown_row.is_none()) - vocabulary.len(),
        has_unknown: unknown_row.is_some(),
    };
    let embedding = HostTensor {
        shape: vec![vocabulary.len(), size],
        values,
    };
    Ok((vocabulary, embedding, counts))
}
