//! The matrix of input vectors of a fastText model: a row per word, then a row per bucket of n-grams.

use std::io::Read;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rayon::prelude::*;

use super::dictionary::Dictionary;
use super::model_reader::ModelReader;
use super::ngrams::Ngrams;
use super::settings::Settings;
use super::slab::{NUMBER_BYTES, SLAB_WORDS, Slab, numbers};
use crate::embeddings::error::{EmbeddingsError, FastTextError};
use crate::embeddings::vectors::WordVectors;

/// The size in bytes of a batch of rows, at least one.
const BATCH_BYTES: usize = 1 << 20;

/// The number of batches read ahead.
const BATCHES_AHEAD: usize = 8;

/// The shape of the matrix.
#[derive(Clone, Copy)]
pub(super) struct MatrixShape {
    /// The number of rows of words.
    words: u32,
    /// The number of rows after those of words.
    others: u64,
    dimension: usize,
}

impl MatrixShape {
    /// Reads the shape, and whether the matrix is quantised.
    pub(super) fn read<R: Read>(
        reader: &mut ModelReader<R>,
        settings: &Settings,
        dictionary: &Dictionary,
    ) -> Result<Self, EmbeddingsError> {
        if reader.byte()? != 0 {
            return Err(reader.request.fasttext(FastTextError::Quantised));
        }
        let (rows, columns) = (reader.int64()?, reader.int64()?);
        let (words, buckets) = (dictionary.words, settings.ngrams.buckets);
        let others = rows - i64::from(words);
        if columns != settings.dimension as i64 || others < buckets.into() {
            return Err(reader.request.fasttext(FastTextError::Matrix {
                rows,
                columns,
                words,
                buckets,
                dimension: settings.dimension,
            }));
        }
        Ok(Self {
            words,
            others: others as u64,
            dimension: settings.dimension,
        })
    }

    fn row_bytes(&self) -> usize {
        self.dimension * NUMBER_BYTES
    }
}

/// Reads the rows of words. `kept` has the row and the text of each word to keep, in order.
pub(super) fn read_word_rows<R: Read>(
    reader: &mut ModelReader<R>,
    kept: Vec<(u32, String)>,
    shape: MatrixShape,
) -> Result<WordVectors, EmbeddingsError> {
    let mut vectors = WordVectors::new(shape.dimension);
    let (mut bytes, mut vector) = (vec![0; shape.row_bytes()], vec![0.0; shape.dimension]);
    let mut next_row = 0;
    for (row, word) in kept {
        reader.skip(u64::from(row - next_row) * shape.row_bytes() as u64)?;
        reader.fill(&mut bytes)?;
        vector
            .iter_mut()
            .zip(numbers(&bytes))
            .for_each(|(to, from)| *to = from);
        vectors.push(word, &vector);
        next_row = row + 1;
    }
    reader.skip(u64::from(shape.words - next_row) * shape.row_bytes() as u64)?;
    Ok(vectors)
}

/// Adds the vectors of each word's n-grams to the vector of the word, and divides the sum by the number
/// of vectors. The first `with_own_row` words have a vector of their own, the others zeros.
///
/// One thread reads the rows, the others add them. Each word's vectors are added in the order of the
/// file, so the result does not depend on the number of threads.
pub(super) fn add_ngrams<R: Read + Send>(
    reader: ModelReader<R>,
    vectors: &mut WordVectors,
    with_own_row: usize,
    ngrams: &Ngrams,
    shape: MatrixShape,
) -> Result<(), EmbeddingsError> {
    let is_part = vectors.len() >= reader.request.limit;
    let (words, numbers) = vectors.rows_mut();
    let mut slabs: Vec<Slab> = words
        .par_chunks(SLAB_WORDS)
        .zip(numbers.par_chunks_mut(SLAB_WORDS * shape.dimension))
        .map(|(words, numbers)| Slab::new(words, numbers, ngrams))
        .collect();
    let last = slabs.iter().filter_map(Slab::last_bucket).max();
    let needed_rows = last.map_or(0, |bucket| u64::from(bucket) + 1);

    thread::scope(|scope| {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        scope.spawn(move || {
            if let Err(error) = send_rows(reader, shape, needed_rows, is_part, &sender) {
                // Fails if nothing is received any more.
                let _ = sender.send(Err(error));
            }
        });
        let mut begin = 0;
        for batch in batches {
            let batch: Vec<u8> = batch?;
            slabs
                .par_iter_mut()
                .for_each(|slab| slab.add(&batch, begin, shape.dimension));
            begin += (batch.len() / shape.row_bytes()) as u64;
        }
        Ok::<_, EmbeddingsError>(())
    })?;
    slabs.par_iter_mut().enumerate().for_each(|(index, slab)| {
        let with_own_row = with_own_row.saturating_sub(index * SLAB_WORDS);
        slab.divide(with_own_row, shape.dimension);
    });
    Ok(())
}

/// Sends the rows after those of words, as far as they are needed, in batches. Then reads the rest of
/// the model, to detect a truncated file, unless only a part is requested.
fn send_rows<R: Read>(
    mut reader: ModelReader<R>,
    shape: MatrixShape,
    needed_rows: u64,
    is_part: bool,
    sender: &SyncSender<Result<Vec<u8>, EmbeddingsError>>,
) -> Result<(), EmbeddingsError> {
    let batch_rows = (BATCH_BYTES / shape.row_bytes()).max(1) as u64;
    let mut row = 0;
    while row < needed_rows {
        let rows = batch_rows.min(shape.others - row);
        let mut batch = vec![0; rows as usize * shape.row_bytes()];
        reader.fill(&mut batch)?;
        row += rows;
        if sender.send(Ok(batch)).is_err() {
            return Ok(());
        }
    }
    if is_part {
        return Ok(());
    }
    reader.skip((shape.others - row).saturating_mul(shape.row_bytes() as u64))?;
    skip_output_matrix(&mut reader)
}

/// Reads the output matrix, which is not needed but shows whether the file is complete.
fn skip_output_matrix<R: Read>(reader: &mut ModelReader<R>) -> Result<(), EmbeddingsError> {
    let _is_quantised = reader.byte()?;
    let sizes = [reader.int64()?, reader.int64()?];
    // A negative size is as wrong as one that the file is too short for.
    let [rows, columns] = sizes.map(|size| u64::try_from(size).unwrap_or(u64::MAX));
    reader.skip(
        rows.saturating_mul(columns)
            .saturating_mul(NUMBER_BYTES as u64),
    )
}
