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
        let entry_count = reader.int32()?;
        let words = count(request, "nwords", reader.int32()?)?;
        let labels = count(request, "nlabels", reader.int32()?)?;
        if i64::from(words) + i64::from(labels) != i64::from(entry_count) {
            let (name, value) = ("size", entry_count.into());
            return Err(request.fasttext(FastTextError::Setting { name, value }));
        }
        let _tokens = reader.int64()?;
        // Only quantised models are pruned.
        if reader.int64()? >= 0 && entry_count > 0 {
            return Err(request.fasttext(FastTextError::Quantised));
        }
        let mut dictionary = Self {
            words,
            kept: Vec::new(),
            skipped_words: Tally::default(),
        };
        let (mut kept_bytes, mut entry) = (0, Vec::new());
        for row in 0..words + labels {
            let number = u64::from(row) + 1;
            let is_word = row < words;
            reader.string(number, &mut entry)?;
            let _occurrences = reader.int64()?;
            let kind = match (entry.is_empty(), reader.byte()?) {
                (true, _) => Some("empty"),
                (_, WORD) if !is_word => Some("a word, expected a label"),
                (_, LABEL) if is_word => Some("a label, expected a word"),
                (_, WORD | LABEL) => None,
                _ => Some("of an unknown type"),
            };
            if let Some(kind) = kind {
                let entry = number;
                return Err(request.fasttext(FastTextError::Entry { entry, kind }));
            }
            if is_word {
                dictionary.add(request, row, &entry);
            }
            if let Some((kept_row, word)) = dictionary.kept.last()
                && *kept_row == row
            {
                kept_bytes += size_of::<(u32, String)>() + word.len();
                kept_bytes += settings.dimension * size_of::<f32>();
                kept_bytes += settings.ngrams.most(word) * size_of::<[u32; 2]>();
                if kept_bytes > MAX_KEPT_BYTES {
                    return Err(request.too_large());
                }
            }
        }
        match words == 0 || dictionary.skipped_words.count == u64::from(words) {
            true => {
                let path = request.name.into();
                Err(EmbeddingsError::Empty { path })
            }
            false => Ok(dictionary),
        }
    }

    fn add(&mut self, request: &ReadRequest, row: u32, word: &[u8]) {
        let Ok(word) = str::from_utf8(word) else {
            self.skipped_words.add(row.into());
            return;
        };
        let is_kept = request.filter.is_none_or(|filter| filter.keeps(word));
        if is_kept && self.kept.len() < request.limit {
            self.kept.push((row, word.to_owned()));
        }
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

fn count(request: &ReadRequest, name: &'static str, count: i32) -> Result<u32, EmbeddingsError> {
    u32::try_from(count).map_err(|_| {
        let value = count.into();
        request.fasttext(FastTextError::Setting { name, value })
    })
}
