//! Word vectors in the safetensors format: eight bytes with the header's length, the header in JSON
//! (what there is, and the words), and the numbers. It keeps them in 16 bits too, and other programs
//! map it into memory. See <https://huggingface.co/docs/safetensors>.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::wanted::Wanted;
use super::writer::Precision;
use super::{
    EmbeddingsError, MAX_DIMENSION, MAX_KEPT_BYTES, SUBWORD_ROWS, WordVectors, WriteFault,
};

/// The tensor's name: `[words, dimension]`.
const VECTORS: &str = "vectors";

/// The tensor of the n-grams' vectors, where there are any: `[SUBWORD_ROWS, dimension]`, behind the other.
const SUBWORDS: &str = "subwords";

/// The key of the words in the metadata.
const WORDS: &str = "words";

/// How many bytes tell such a file from others.
pub(super) const MAGIC_BYTES: usize = LENGTH_BYTES + 1;

const LENGTH_BYTES: usize = size_of::<u64>();

/// The header's bound, as the `safetensors` library has it.
const MAX_HEADER_BYTES: u64 = 100_000_000;

/// The header is filled up to a multiple of this, so that the numbers are aligned.
const ALIGNMENT: usize = 8;

/// Whether a file with these first [`MAGIC_BYTES`] is in this format. No text is: the length's last
/// bytes are zeros.
pub(super) fn begin_with(bytes: &[u8]) -> bool {
    bytes.split_first_chunk().is_some_and(|(length, rest)| {
        u64::from_le_bytes(*length) <= u64::from(u32::MAX) && rest == b"{"
    })
}

/// What stands before the numbers. The words hold no line break.
pub(super) fn header(vectors: &WordVectors, precision: Precision) -> Result<Vec<u8>, WriteFault> {
    let too_long = || WriteFault::Words {
        most: MAX_HEADER_BYTES,
    };
    let dtype = match precision {
        Precision::Single => Dtype::F32,
        Precision::Half => Dtype::F16,
    };
    let mut end = 0;
    let mut tensors = Vec::new();
    for (name, rows) in [
        (VECTORS, vectors.len()),
        (SUBWORDS, vectors.subwords().len() / vectors.dimension()),
    ] {
        let start = end;
        end += rows * vectors.dimension() * dtype.bitsize() / 8;
        let info = TensorInfo {
            dtype,
            shape: vec![rows, vectors.dimension()],
            data_offsets: (start, end),
        };
        if rows > 0 {
            tensors.push((name.to_owned(), info));
        }
    }
    let words = HashMap::from([(WORDS.to_owned(), vectors.words().join("\n"))]);
    // Tensors whose lengths are those of their shapes cannot be refused, nor strings as JSON.
    let metadata = Metadata::new(Some(words), tensors).map_err(|_| too_long())?;
    let mut json = serde_json::to_vec(&metadata).map_err(|_| too_long())?;
    json.resize(json.len().next_multiple_of(ALIGNMENT), b' ');
    if json.len() as u64 > MAX_HEADER_BYTES {
        return Err(too_long());
    }
    let mut header = (json.len() as u64).to_le_bytes().to_vec();
    header.append(&mut json);
    Ok(header)
}

/// Writes the numbers, row by row, little-endian.
pub(super) fn write_numbers(
    vectors: &WordVectors,
    precision: Precision,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut row = Vec::new();
    let subwords = vectors.subwords().chunks_exact(vectors.dimension());
    for vector in vectors.iter().map(|(_, vector)| vector).chain(subwords) {
        row.clear();
        match precision {
            Precision::Single => row.extend(vector.iter().flat_map(|number| number.to_le_bytes())),
            Precision::Half => {
                let halves = vector.iter().map(|&number| half::f16::from_f32(number));
                row.extend(halves.flat_map(half::f16::to_le_bytes));
            }
        }
        out.write_all(&row)?;
    }
    Ok(())
}

/// Reads the first `count` of the wanted words. Memory follows the header, which is bounded, and
/// what is wanted, however large the tensor claims to be. Other tensors are passed over.
pub(super) fn read(
    mut reader: impl Read,
    name: &Path,
    wanted: Option<&Wanted>,
    count: usize,
) -> Result<WordVectors, EmbeddingsError> {
    let unfit = |reason: String| EmbeddingsError::Tensors {
        path: name.into(),
        reason,
    };
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => unfit("the file is cut short".into()),
        _ => unfit(format!("could not read on: {error}")),
    };
    let header = read_header(&mut reader, name)?;
    let table = Table::of(&header).map_err(unfit)?;
    let words = header.metadata().as_ref().and_then(|map| map.get(WORDS));
    let words = words.ok_or_else(|| unfit(format!("its metadata has no {WORDS:?}, one a line")))?;
    let found = words.split('\n').count();
    if found != table.words {
        let promised = table.words;
        return Err(unfit(format!(
            "{VECTORS:?} has {promised} rows, and there are {found} words"
        )));
    }

    skip(&mut reader, table.offset).map_err(failed)?;
    let mut vectors = WordVectors::new(table.dimension);
    let mut row = vec![0; table.dimension * table.number_bytes];
    let mut kept_bytes = 0;
    let mut unread_rows = table.words;
    for word in words.split('\n') {
        if vectors.len() >= count {
            break;
        }
        reader.read_exact(&mut row).map_err(failed)?;
        unread_rows -= 1;
        if wanted.is_some_and(|wanted| !wanted.contains(word)) {
            continue;
        }
        if word.is_empty() {
            return Err(unfit("one of its words is empty".into()));
        }
        let vector = table.numbers(&row);
        if let Some(number) = vector.iter().find(|number| !number.is_finite()) {
            return Err(unfit(format!(
                "the vector of {word:?} has the number {number}, which is not finite"
            )));
        }
        kept_bytes += size_of::<String>() + word.len() + size_of_val(vector.as_slice());
        if kept_bytes > MAX_KEPT_BYTES {
            return Err(EmbeddingsError::TooLarge { path: name.into() });
        }
        vectors.push(word.to_owned(), &vector);
    }
    if let Some(subwords) = header.info(SUBWORDS) {
        let shape = [SUBWORD_ROWS, table.dimension];
        if subwords.shape != shape
            || subwords.dtype != table.dtype
            || subwords.data_offsets.0 != table.end
        {
            let found = &subwords.shape;
            return Err(unfit(format!(
                "{SUBWORDS:?} has the shape {found:?}, not {shape:?}, or does not follow {VECTORS:?}"
            )));
        }
        skip(&mut reader, unread_rows * row.len()).map_err(failed)?;
        let mut numbers = Vec::new();
        for _ in 0..SUBWORD_ROWS {
            reader.read_exact(&mut row).map_err(failed)?;
            numbers.extend(table.numbers(&row));
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(unfit(format!(
                "{SUBWORDS:?} has numbers that are not finite"
            )));
        }
        vectors.set_subwords(numbers);
        vectors.compose_missing(wanted);
    } else if unread_rows == 0 {
        skip(&mut reader, table.bytes_after).map_err(failed)?;
    }
    vectors.shrink();
    Ok(vectors)
}

fn read_header(reader: &mut impl Read, name: &Path) -> Result<Metadata, EmbeddingsError> {
    let unfit = |reason: String| EmbeddingsError::Tensors {
        path: name.into(),
        reason,
    };
    let mut length = [0; LENGTH_BYTES];
    let mut json = Vec::new();
    reader
        .read_exact(&mut length)
        .and_then(|()| {
            let length = u64::from_le_bytes(length).min(MAX_HEADER_BYTES + 1);
            reader.take(length).read_to_end(&mut json)
        })
        .map_err(|error| unfit(format!("could not read its header: {error}")))?;
    if json.len() as u64 > MAX_HEADER_BYTES {
        return Err(unfit(format!(
            "its header is longer than {MAX_HEADER_BYTES} bytes"
        )));
    }
    serde_json::from_slice(&json)
        .map_err(|error| unfit(format!("its safetensors header is damaged: {error}")))
}

/// The tensor as the header describes it.
struct Table {
    words: usize,
    /// From 1 to [`MAX_DIMENSION`].
    dimension: usize,
    dtype: Dtype,
    /// 4, or 2 of 16-bit floats.
    number_bytes: usize,
    /// The bytes of other tensors before it.
    offset: usize,
    /// Where it ends.
    end: usize,
    /// And behind it.
    bytes_after: usize,
}

impl Table {
    fn of(header: &Metadata) -> Result<Self, String> {
        let info = header
            .info(VECTORS)
            .ok_or_else(|| format!("there is no tensor {VECTORS:?} in it"))?;
        let number_bytes = match info.dtype {
            Dtype::F32 => size_of::<f32>(),
            Dtype::F16 => size_of::<half::f16>(),
            other => return Err(format!("{VECTORS:?} is of {other}, not of F32 or F16")),
        };
        let &[words, dimension @ 1..=MAX_DIMENSION] = info.shape.as_slice() else {
            let shape = &info.shape;
            return Err(format!(
                "{VECTORS:?} has the shape {shape:?}, not [words, 1 to {MAX_DIMENSION}]"
            ));
        };
        let (offset, end) = info.data_offsets;
        Ok(Self {
            words,
            dimension,
            dtype: info.dtype,
            number_bytes,
            offset,
            end,
            bytes_after: header.data_len().saturating_sub(end),
        })
    }

    fn numbers(&self, row: &[u8]) -> Vec<f32> {
        match self.number_bytes {
            2 => {
                let (halves, _) = row.as_chunks();
                let number = |&bytes| half::f16::from_le_bytes(bytes).to_f32();
                halves.iter().map(number).collect()
            }
            _ => {
                let (singles, _) = row.as_chunks();
                singles
                    .iter()
                    .map(|&bytes| f32::from_le_bytes(bytes))
                    .collect()
            }
        }
    }
}

/// Passes over bytes that must be there.
fn skip(reader: &mut impl Read, bytes: usize) -> io::Result<()> {
    match io::copy(&mut reader.take(bytes as u64), &mut io::sink())? == bytes as u64 {
        true => Ok(()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
