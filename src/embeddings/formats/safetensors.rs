//! Word vectors in the safetensors format: the tensor `vectors`, with the words in the metadata. The
//! format also stores 16-bit and 8-bit numbers, and other programs can map it into memory.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::Read;

use super::request::ReadRequest;
use crate::embeddings::error::EmbeddingsError;
use crate::embeddings::error::VectorWriteError;
use crate::embeddings::limits::{MAX_DIMENSION, MAX_KEPT_BYTES};
use crate::embeddings::subwords::SUBWORD_ROWS;
use crate::embeddings::vectors::WordVectors;
use crate::tensor_file::{
    LENGTH_BYTES, MAX_HEADER_BYTES, NumberReader, NumberType, StoredTensor, TensorHeader,
    TensorSlice, TensorWriter, scale_row,
};

/// The name of the tensor of word vectors: `[words, dimension]`.
const VECTORS: &str = "vectors";

/// The name of the optional tensor of n-gram vectors: `[SUBWORD_ROWS, dimension]`, directly after the
/// word vectors.
const SUBWORDS: &str = "subwords";

/// The metadata key of the words, one word per line.
const WORDS: &str = "words";

/// The number of bytes needed to detect the format.
pub(super) const MAGIC_BYTES: usize = LENGTH_BYTES + 1;

/// Returns whether a file that begins with these [`MAGIC_BYTES`] is in this format. Text is never
/// mistaken for it, because the last bytes of the header length are zeros.
pub(super) fn begins_with(bytes: &[u8]) -> bool {
    bytes.split_first_chunk().is_some_and(|(length, rest)| {
        u64::from_le_bytes(*length) <= u64::from(u32::MAX) && rest == b"{"
    })
}

/// Creates the writer of a file of word vectors. The words must not contain line breaks.
pub(super) fn writer(
    vectors: &WordVectors,
    number_type: NumberType,
) -> Result<TensorWriter<'_>, VectorWriteError> {
    let dimension = vectors.dimension();
    let tensors = [(VECTORS, vectors.numbers()), (SUBWORDS, vectors.subwords())];
    let slices = tensors.map(|(name, values)| TensorSlice {
        name,
        shape: vec![values.len() / dimension, dimension],
        values,
        number_type,
    });
    let slices = slices.into_iter().filter(|slice| !slice.values.is_empty());
    let strings = BTreeMap::from([(WORDS.to_owned(), vectors.words().join("\n"))]);
    // The header's size is the only possible error.
    TensorWriter::new(slices, &strings).map_err(|_| VectorWriteError::Words {
        most: MAX_HEADER_BYTES,
    })
}

/// Reads the requested words. Memory use depends on the header, whose size is limited, and on the
/// kept words, not on the declared size of the tensor. Skips other tensors.
pub(super) fn read(
    mut source: impl Read,
    request: &ReadRequest,
) -> Result<WordVectors, EmbeddingsError> {
    let header = TensorHeader::read(&mut source, MAX_HEADER_BYTES).map_err(invalid(request))?;
    let table = Table::find(&header, request)?;
    let mut numbers = NumberReader::new(source, &header);
    let scales = numbers
        .read_scales(&table.vectors, table.words)
        .map_err(invalid(request))?;
    let subword_scales = match &table.subwords {
        Some(subwords) => numbers
            .read_scales(subwords, SUBWORD_ROWS)
            .map_err(invalid(request))?,
        None => None,
    };

    let mut vectors = WordVectors::new(table.dimension);
    let mut vector = vec![0.0; table.dimension];
    let mut kept_bytes = 0;
    for (row, word) in table.words_text.split('\n').enumerate() {
        if vectors.len() >= request.limit {
            break;
        }
        if request.filter.is_some_and(|filter| !filter.keeps(word)) {
            continue;
        }
        if word.is_empty() {
            return Err(invalid(request)("the file contains an empty word"));
        }
        numbers
            .skip_to(&table.vectors, row * table.dimension)
            .and_then(|()| numbers.read(table.vectors.number_type, &mut vector))
            .map_err(invalid(request))?;
        if let Some(scales) = &scales {
            scale_row(&mut vector, scales[row]);
        }
        if let Some(number) = vector.iter().find(|number| !number.is_finite()) {
            return Err(invalid(request)(format!(
                "the vector of {word:?} contains {number}, which is not finite"
            )));
        }
        kept_bytes += size_of::<String>() + word.len() + size_of_val(vector.as_slice());
        if kept_bytes > MAX_KEPT_BYTES {
            return Err(request.too_large());
        }
        vectors.push(word.to_owned(), &vector);
    }

    if let Some(stored) = &table.subwords {
        let mut subwords = Vec::new();
        numbers.skip_to(stored, 0).map_err(invalid(request))?;
        for row in 0..SUBWORD_ROWS {
            numbers
                .read(stored.number_type, &mut vector)
                .map_err(invalid(request))?;
            if let Some(scales) = &subword_scales {
                scale_row(&mut vector, scales[row]);
            }
            subwords.extend_from_slice(&vector);
        }
        if subwords.iter().any(|number| !number.is_finite()) {
            let reason = format!("{SUBWORDS:?} contains a number that is not finite");
            return Err(invalid(request)(reason));
        }
        vectors.set_subwords(subwords);
        vectors.compose_missing(request.filter);
    } else if vectors.len() < request.limit {
        numbers.skip_to_end().map_err(invalid(request))?;
    }
    vectors.shrink();
    Ok(vectors)
}

/// Returns a function for `map_err` that adds the file name to a reason.
fn invalid<E: Display>(request: &ReadRequest) -> impl FnOnce(E) -> EmbeddingsError {
    let path = request.name.to_path_buf();
    |reason| EmbeddingsError::Tensors {
        path,
        reason: reason.to_string(),
    }
}

/// The words and vectors described by the header.
struct Table<'a> {
    vectors: StoredTensor,
    subwords: Option<StoredTensor>,
    words: usize,
    /// The words, one per line.
    words_text: &'a str,
    /// The dimension, from 1 to [`MAX_DIMENSION`].
    dimension: usize,
}

impl<'a> Table<'a> {
    fn find(header: &'a TensorHeader, request: &ReadRequest) -> Result<Self, EmbeddingsError> {
        let vectors = header.tensor(VECTORS).map_err(invalid(request))?;
        let Some(vectors) = vectors else {
            let reason = format!("the file has no tensor {VECTORS:?}");
            return Err(invalid(request)(reason));
        };
        let &[words, dimension @ 1..=MAX_DIMENSION] = vectors.shape.as_slice() else {
            let shape = &vectors.shape;
            return Err(invalid(request)(format!(
                "{VECTORS:?} has shape {shape:?}, expected [words, 1 to {MAX_DIMENSION}]"
            )));
        };
        let Some(words_text) = header.string(WORDS) else {
            let reason = format!("the metadata has no {WORDS:?} entry with one word per line");
            return Err(invalid(request)(reason));
        };
        let found = words_text.split('\n').count();
        if found != words {
            return Err(invalid(request)(format!(
                "{VECTORS:?} has {words} rows, but the file has {found} words"
            )));
        }
        let subwords = header.tensor(SUBWORDS).map_err(invalid(request))?;
        if let Some(subwords) = &subwords {
            let shape = [SUBWORD_ROWS, dimension];
            if subwords.shape != shape
                || subwords.number_type != vectors.number_type
                || subwords.start != vectors.end
            {
                let found = &subwords.shape;
                return Err(invalid(request)(format!(
                    "{SUBWORDS:?} has shape {found:?}; it must have shape {shape:?} and the number type \
                     of {VECTORS:?}, and directly follow it"
                )));
            }
        }
        Ok(Self {
            vectors,
            subwords,
            words,
            words_text,
            dimension,
        })
    }
}
