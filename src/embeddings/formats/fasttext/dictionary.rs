//! The dictionary of a fastText model.

use std::io::Read;

use super::model_reader::ModelReader;
use super::settings::Settings;
use crate::embeddings::error::{EmbeddingsError, FastTextError, RowNumber};
use crate::embeddings::formats::request::ReadRequest;
use crate::embeddings::formats::tally::Tally;
use crate::embeddings::limits::MAX_KEPT_BYTES;
use crate::embeddings::note::VectorNote;

/// The types of dictionary entries.
const WORD: u8 = 0;
const LABEL: u8 = 1;

/// The words of a model. Labels, which follow the words, are dropped.
pub(super) struct Dictionary {
    /// The number of words in the model.
    pub(super) words: u32,
    /// The kept words with their rows, in order.
    pub(super) kept: Vec<(u32, String)>,
    skipped_words: Tally,
}

impl Dictionary {
    /// Reads the dictionary and keeps the requested words.
    pub(super) fn read<R: Read>(
        reader: &mut ModelReader<R>,
        settings: &Settings,
    ) -> Result<Self, EmbeddingsError> {
        let request = reader.request;
        let (words, labels) = read_counts(reader)?;
        let mut dictionary = Self {
            words,
            kept: Vec::new(),
            skipped_words: Tally::default(),
        };
        let (mut kept_bytes, mut entry) = (0, Vec::new());
        for row in 0..words + labels {
            let is_word = row < words;
            read_entry(reader, u64::from(row) + 1, is_word, &mut entry)?;
            if is_word && let Some(word) = dictionary.keep(request, row, &entry) {
                kept_bytes += size_of::<(u32, String)>() + word.len();
                kept_bytes += settings.dimension * size_of::<f32>();
                kept_bytes += settings.ngrams.most(word) * size_of::<[u32; 2]>();
            }
            if kept_bytes > MAX_KEPT_BYTES {
                return Err(request.too_large());
            }
        }
        if dictionary.skipped_words.count == u64::from(words) {
            let path = request.name.into();
            return Err(EmbeddingsError::Empty { path });
        }
        Ok(dictionary)
    }

    /// Adds a word if it is requested.
    fn keep<'a>(&mut self, request: &ReadRequest, row: u32, word: &'a [u8]) -> Option<&'a str> {
        let Ok(word) = str::from_utf8(word) else {
            self.skipped_words.add(row.into());
            return None;
        };
        let is_requested = request.filter.is_none_or(|filter| filter.keeps(word));
        if !is_requested || self.kept.len() >= request.limit {
            return None;
        }
        self.kept.push((row, word.to_owned()));
        Some(word)
    }

    /// Returns the notes about the words.
    pub(super) fn notes(&self, request: &ReadRequest) -> Vec<VectorNote> {
        let first = self.skipped_words.first;
        let note = first.map(|before| VectorNote::SkippedWords {
            count: self.skipped_words.count,
            first: request.position(RowNumber::Word(before + 1)),
        });
        note.into_iter().collect()
    }
}

/// Reads the numbers of words and labels.
fn read_counts<R: Read>(reader: &mut ModelReader<R>) -> Result<(u32, u32), EmbeddingsError> {
    let request = reader.request;
    let setting = |name, value: i32| {
        let value = value.into();
        request.fasttext(FastTextError::Setting { name, value })
    };
    let [size, words, labels] = [reader.int32()?, reader.int32()?, reader.int32()?];
    if words <= 0 {
        return Err(setting("nwords", words));
    }
    if labels < 0 {
        return Err(setting("nlabels", labels));
    }
    if words.checked_add(labels) != Some(size) {
        return Err(setting("size", size));
    }
    let _tokens = reader.int64()?;
    // Only quantised models are pruned.
    match reader.int64()? {
        ..0 => Ok((words as u32, labels as u32)),
        _ => Err(request.fasttext(FastTextError::Quantised)),
    }
}

/// Reads an entry and checks its type.
fn read_entry<R: Read>(
    reader: &mut ModelReader<R>,
    number: u64,
    is_word: bool,
    entry: &mut Vec<u8>,
) -> Result<(), EmbeddingsError> {
    reader.string(number, entry)?;
    let _occurrences = reader.int64()?;
    let kind = match (entry.is_empty(), reader.byte()?) {
        (true, _) => "empty",
        (_, WORD) if !is_word => "a word, expected a label",
        (_, LABEL) if is_word => "a label, expected a word",
        (_, WORD | LABEL) => return Ok(()),
        _ => "of an unknown type",
    };
    let entry = number;
    Err(reader
        .request
        .fasttext(FastTextError::Entry { entry, kind }))
}
