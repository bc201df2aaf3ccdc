//! A corpus encoded as word ids in a temporary file. It is tokenized only once for all epochs, and
//! memory use depends on the vocabulary.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::error::VectorTrainingError;
use super::progress::ProgressReporter;
use crate::embeddings::vectors::WordVectors;
use crate::text::{Preprocessor, Tokens};
use crate::vocabulary::Vocabulary;

/// The marker after each text; also the id of words below the minimum frequency.
const END: u32 = u32::MAX;

/// The number of texts tokenized together.
const TEXTS_PER_BATCH: usize = 2048;

/// The maximum number of tokens in a text. Longer texts are split, so that a text of any length fits in
/// memory.
const MAX_TEXT_TOKENS: usize = 10_000;

/// The vocabulary of a corpus, and its texts as word ids.
///
/// A word has two ids: the order of its first occurrence, used in the file, and its row, from the most
/// frequent word.
pub(super) struct EncodedCorpus {
    /// The words with the minimum frequency, most frequent first.
    pub(super) words: Vec<String>,
    /// The frequency of each word.
    pub(super) counts: Vec<u64>,
    /// The texts as ids in order of first occurrence, each text followed by [`END`].
    file: File,
    /// The folder for temporary files.
    pub(super) folder: PathBuf,
    /// The row of each word by its id in the file; [`END`] for words below the minimum frequency, and for variants.
    row_of_id: Vec<u32>,
    /// The ids of the words that each variant stands for, by the variant's id in the file.
    words_of_variant: FxHashMap<u32, Vec<u32>>,
}

impl EncodedCorpus {
    /// Reads texts, tokenizes them on all cores and keeps the words that occur at least `min_count`
    /// times. The temporary file is in `folder` and has no name.
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
        let mut ids_by_word: HashMap<String, u32, FxBuildHasher> = HashMap::default();
        let mut counts: Vec<u64> = Vec::new();
        let mut texts = texts.peekable();
        while texts.peek().is_some() {
            let chunk: Vec<String> = texts
                .by_ref()
                .take(TEXTS_PER_BATCH)
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
                    let id = *ids_by_word.entry_ref(token.text).or_insert(next);
                    if id == next {
                        counts.push(0);
                    }
                    counts[id as usize] += 1;
                    ids.push(id);
                }
                for part in ids.chunks(MAX_TEXT_TOKENS) {
                    let written = writer.write_all(bytemuck::cast_slice(part));
                    let ended = written.and_then(|()| writer.write_all(&END.to_ne_bytes()));
                    ended.map_err(VectorTrainingError::temporary_data(folder))?;
                }
            }
        }
        let file = writer
            .into_inner()
            .map_err(|error| VectorTrainingError::temporary_data(folder)(error.into_error()))?;

        let words_of_variant = respell(
            preprocessor,
            &mut ids_by_word,
            &mut counts,
            min_count.max(1),
        );
        let mut kept: Vec<(String, u32)> = ids_by_word
            .into_iter()
            .filter(|&(_, id)| counts[id as usize] >= min_count)
            .collect();
        let count = |id: u32| counts[id as usize];
        kept.sort_unstable_by(|a, b| count(b.1).cmp(&count(a.1)).then_with(|| a.0.cmp(&b.0)));
        let mut row_of_id = vec![END; counts.len()];
        for (row, &(_, id)) in kept.iter().enumerate() {
            row_of_id[id as usize] = row as u32;
        }
        Ok(Self {
            counts: kept.iter().map(|&(_, id)| count(id)).collect(),
            words: kept.into_iter().map(|(word, _)| word).collect(),
            file,
            folder: folder.into(),
            row_of_id,
            words_of_variant,
        })
    }

    /// Returns the number of tokens of kept words.
    pub(super) fn tokens(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Creates the vectors of the corpus's words. `row` returns a word's row, of at least `dimension`
    /// numbers.
    pub(super) fn word_vectors(
        &self,
        dimension: usize,
        row: impl Fn(usize) -> Vec<f32>,
    ) -> WordVectors {
        let mut vectors = WordVectors::new(dimension);
        for (index, word) in self.words.iter().enumerate() {
            vectors.push(word.clone(), &row(index)[..dimension]);
        }
        vectors
    }

    /// Returns a reader that starts at the first text.
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

/// Counts variants of frequent words as the tokens that a model reads for them: contractions without their apostrophe, and
/// elongated words. Returns the ids of these tokens by the id of the variant, whose own frequency becomes 0.
fn respell(
    preprocessor: &Preprocessor,
    ids_by_word: &mut HashMap<String, u32, FxBuildHasher>,
    counts: &mut Vec<u64>,
    min_count: u64,
) -> FxHashMap<u32, Vec<u32>> {
    let frequencies = ids_by_word.iter();
    let frequencies = frequencies.map(|(word, &id)| (word.as_str(), counts[id as usize]));
    let known = Vocabulary::from_counts(frequencies, min_count, usize::MAX);
    let mut variants: Vec<(u32, Vec<String>)> = ids_by_word
        .iter()
        .filter_map(|(word, &id)| {
            let tokens = preprocessor.tokens_of_new_variant(word, &|word| known.id(word))?;
            Some((id, tokens))
        })
        .collect();
    // New ids do not depend on the order of the hash map.
    variants.sort_unstable();
    let mut words_of_variant = FxHashMap::default();
    for (variant, tokens) in variants {
        let count = std::mem::take(&mut counts[variant as usize]);
        let ids = tokens.into_iter().map(|token| {
            let next = counts.len() as u32;
            let id = *ids_by_word.entry(token).or_insert(next);
            if id == next {
                counts.push(0);
            }
            counts[id as usize] += count;
            id
        });
        words_of_variant.insert(variant, ids.collect());
    }
    words_of_variant
}

/// Reads the texts of an [`EncodedCorpus`] in order.
pub(super) struct TextReader<'a> {
    corpus: &'a EncodedCorpus,
    source: BufReader<&'a File>,
}

impl TextReader<'_> {
    /// Replaces `texts` by the next texts, as rows of words. Words below the minimum frequency are
    /// omitted.
    ///
    /// The texts have `tokens` tokens in total, or fewer at the end of the corpus.
    pub(super) fn next(
        &mut self,
        tokens: usize,
        texts: &mut Vec<Vec<u32>>,
    ) -> Result<(), VectorTrainingError> {
        texts.clear();
        let mut read = 0;
        let mut text = Vec::new();
        while read < tokens {
            let mut id = [0; size_of::<u32>()];
            match self.source.read_exact(&mut id) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                result => {
                    result.map_err(VectorTrainingError::temporary_data(&self.corpus.folder))?
                }
            }
            match u32::from_ne_bytes(id) {
                END => texts.push(std::mem::take(&mut text)),
                id => {
                    let variant = self.corpus.words_of_variant.get(&id);
                    let ids = variant.map_or(std::slice::from_ref(&id), Vec::as_slice);
                    let rows = ids.iter().map(|&id| self.corpus.row_of_id[id as usize]);
                    let before = text.len();
                    text.extend(rows.filter(|&row| row != END));
                    read += text.len() - before;
                    continue;
                }
            }
        }
        // The next batch starts with the rest of this text.
        if !text.is_empty() {
            texts.push(text);
        }
        Ok(())
    }
}
