//! A corpus as word numbers in a temporary file, so that it is tokenized once for all epochs, and
//! memory follows the vocabulary.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use super::error::VectorTrainingError;
use super::progress::ProgressReporter;
use crate::embeddings::vectors::WordVectors;
use crate::text::{Preprocessor, Tokens};

/// Stands between texts.
const END: u32 = u32::MAX;

/// Texts that are tokenized together.
const CHUNK: usize = 2048;

/// A longer text is cut, so that one without end does not fill the memory.
const MAX_TEXT: usize = 10_000;

/// The words of a corpus, and its texts as numbers of words.
pub(super) struct EncodedCorpus {
    /// The words that are frequent enough, the most frequent first.
    pub(super) words: Vec<String>,
    /// How often each occurs.
    pub(super) counts: Vec<u64>,
    /// The texts, by [`EncodedCorpus::number_of`]'s places, in the order in which words first occurred.
    file: File,
    /// Where temporary files are made.
    pub(super) folder: PathBuf,
    /// The number of each word that occurred; [`END`] for one that is not kept.
    number_of: Vec<u32>,
}

impl EncodedCorpus {
    /// Reads texts, tokenizes them on all cores and keeps the words that occur `min_count` times. The
    /// temporary file is in `folder` and has no name.
    pub(super) fn new<E: Into<Box<dyn Error + Send + Sync>>>(
        texts: impl Iterator<Item = Result<String, E>>,
        preprocessor: &Preprocessor,
        min_count: u64,
        folder: &Path,
        progress: &mut ProgressReporter,
    ) -> Result<Self, VectorTrainingError> {
        let file =
            tempfile::tempfile_in(folder).map_err(VectorTrainingError::temporary_data(folder))?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        let mut numbers: HashMap<String, u32, FxBuildHasher> = HashMap::default();
        let mut counts: Vec<u64> = Vec::new();
        let mut texts = texts.peekable();
        while texts.peek().is_some() {
            let chunk: Vec<String> = texts
                .by_ref()
                .take(CHUNK)
                .collect::<Result<_, E>>()
                .map_err(|error| VectorTrainingError::Texts(error.into()))?;
            let tokenized: Vec<Tokens> = chunk
                .par_iter()
                .map(|text| {
                    let mut tokens = Tokens::default();
                    preprocessor.tokenize(text, &mut tokens);
                    tokens
                })
                .collect();
            if progress.add(tokenized.iter().map(|tokens| tokens.len() as u64).sum()) {
                return Err(VectorTrainingError::Interrupted);
            }
            for tokens in tokenized {
                let mut ids = Vec::with_capacity(tokens.len() + 1);
                for token in tokens.iter() {
                    let next = counts.len() as u32;
                    let number = *numbers.entry_ref(token.text).or_insert(next);
                    if number == next {
                        counts.push(0);
                    }
                    counts[number as usize] += 1;
                    ids.push(number);
                }
                for part in ids.chunks(MAX_TEXT) {
                    let written = writer.write_all(bytemuck::cast_slice(part));
                    let ended = written.and_then(|()| writer.write_all(&END.to_ne_bytes()));
                    ended.map_err(VectorTrainingError::temporary_data(folder))?;
                }
            }
        }
        let file = writer
            .into_inner()
            .map_err(|error| VectorTrainingError::temporary_data(folder)(error.into_error()))?;

        let mut kept: Vec<(String, u32)> = numbers
            .into_iter()
            .filter(|&(_, number)| counts[number as usize] >= min_count)
            .collect();
        let count = |number: u32| counts[number as usize];
        kept.sort_unstable_by(|a, b| count(b.1).cmp(&count(a.1)).then_with(|| a.0.cmp(&b.0)));
        let mut number_of = vec![END; counts.len()];
        for (number, &(_, first)) in kept.iter().enumerate() {
            number_of[first as usize] = number as u32;
        }
        Ok(Self {
            counts: kept.iter().map(|&(_, first)| count(first)).collect(),
            words: kept.into_iter().map(|(word, _)| word).collect(),
            file,
            folder: folder.into(),
            number_of,
        })
    }

    /// How many tokens of kept words there are.
    pub(super) fn tokens(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Makes the vectors of the corpus's words out of their rows.
    pub(super) fn word_vectors(
        &self,
        dimension: usize,
        row: impl Fn(usize) -> Vec<f32>,
    ) -> WordVectors {
        let mut vectors = WordVectors::new(dimension);
        for (number, word) in self.words.iter().enumerate() {
            vectors.push(word.clone(), &row(number)[..dimension]);
        }
        vectors
    }

    /// Reads the texts from the first.
    pub(super) fn reader(&self) -> Result<TextReader<'_>, VectorTrainingError> {
        let mut file = &self.file;
        file.rewind()
            .map_err(VectorTrainingError::temporary_data(&self.folder))?;
        Ok(TextReader {
            corpus: self,
            source: BufReader::with_capacity(1 << 20, file),
        })
    }
}

/// The texts of an [`EncodedCorpus`], one after the other.
pub(super) struct TextReader<'a> {
    corpus: &'a EncodedCorpus,
    source: BufReader<&'a File>,
}

impl TextReader<'_> {
    /// Replaces `texts` by the next ones, of at least so many tokens together unless the corpus ends;
    /// none are left when there are none. Words that are not kept are left out.
    pub(super) fn next(
        &mut self,
        tokens: usize,
        texts: &mut Vec<Vec<u32>>,
    ) -> Result<(), VectorTrainingError> {
        texts.clear();
        let mut read = 0;
        let mut text = Vec::new();
        while read < tokens {
            let mut number = [0; size_of::<u32>()];
            match self.source.read_exact(&mut number) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                result => {
                    result.map_err(VectorTrainingError::temporary_data(&self.corpus.folder))?
                }
            }
            match u32::from_ne_bytes(number) {
                END => texts.push(std::mem::take(&mut text)),
                first => {
                    let number = self.corpus.number_of[first as usize];
                    if number != END {
                        text.push(number);
                        read += 1;
                    }
                    continue;
                }
            }
        }
        // The rest of a text that was begun is the next one.
        if !text.is_empty() {
            texts.push(text);
        }
        Ok(())
    }
}
