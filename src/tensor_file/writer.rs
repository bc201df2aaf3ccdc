//! Writes tensors. The output is deterministic.

use std::collections::BTreeMap;
use std::io::{self, Write};

use half::f16;
use safetensors::tensor::{Dtype, TensorInfo};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::quantization::{quantize_row, row_scale, scale_name};
use super::{LENGTH_BYTES, MAX_HEADER_BYTES, NumberType, TensorFileError, row_size};

/// The header key of the metadata strings.
const STRINGS: &str = "__metadata__";

/// The alignment of the numbers in bytes. The header is padded to a multiple of it.
const ALIGNMENT: usize = 8;

/// A tensor to write.
#[derive(Clone, Debug)]
pub(crate) struct TensorSlice<'a> {
    pub(crate) name: &'a str,
    pub(crate) shape: Vec<usize>,
    /// The values, in row-major order.
    pub(crate) values: &'a [f32],
    /// The storage type of the numbers.
    pub(crate) number_type: NumberType,
}

/// A file ready to be written. Its header is complete and within the size limit.
pub(crate) struct TensorWriter<'a> {
    header: Vec<u8>,
    tensors: Vec<Entry<'a>>,
}

/// A tensor in the file.
struct Entry<'a> {
    name: String,
    shape: Vec<usize>,
    content: Content,
    /// The rows of the source tensor, also for its row scales.
    values: &'a [f32],
    row_size: usize,
}

#[derive(Clone, Copy)]
enum Content {
    F32,
    F16,
    /// Integers of which the number with the largest magnitude in a row becomes `largest`.
    Integers {
        largest: f32,
    },
    RowScales {
        largest: f32,
    },
}

impl<'a> TensorWriter<'a> {
    /// Orders the tensors by decreasing size of a number, as the `safetensors` library does, and
    /// otherwise in input order.
    pub(crate) fn new(
        slices: impl IntoIterator<Item = TensorSlice<'a>>,
        strings: &BTreeMap<String, String>,
    ) -> Result<Self, TensorFileError> {
        let mut tensors = Vec::new();
        for slice in slices {
            let row_size = row_size(&slice.shape);
            let content = Content::of(slice.number_type);
            if let Content::Integers { largest } = content {
                tensors.push(Entry {
                    name: scale_name(slice.name),
                    shape: vec![slice.values.len().div_ceil(row_size)],
                    content: Content::RowScales { largest },
                    values: slice.values,
                    row_size,
                });
            }
            tensors.push(Entry {
                name: slice.name.into(),
                shape: slice.shape,
                content,
                values: slice.values,
                row_size,
            });
        }
        tensors.sort_by_key(|entry| std::cmp::Reverse(entry.dtype()));
        let header = header(&tensors, strings)?;
        Ok(Self { header, tensors })
    }

    /// Writes the file.
    pub(crate) fn write(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(&self.header)?;
        let mut bytes = Vec::new();
        for entry in &self.tensors {
            for row in entry.values.chunks(entry.row_size) {
                bytes.clear();
                entry.encode(row, &mut bytes);
                out.write_all(&bytes)?;
            }
        }
        Ok(())
    }
}

impl Content {
    fn of(number_type: NumberType) -> Self {
        match number_type {
            NumberType::F32 => Self::F32,
            NumberType::F16 => Self::F16,
            NumberType::I8 => Self::Integers { largest: 127.0 },
            NumberType::I6 => Self::Integers { largest: 31.0 },
        }
    }
}

impl Entry<'_> {
    fn dtype(&self) -> Dtype {
        match self.content {
            Content::F32 | Content::RowScales { .. } => Dtype::F32,
            Content::F16 => Dtype::F16,
            Content::Integers { .. } => Dtype::I8,
        }
    }

    /// Appends the stored bytes of a row.
    fn encode(&self, row: &[f32], bytes: &mut Vec<u8>) {
        match self.content {
            Content::F32 => {
                bytes.extend(row.iter().flat_map(|value| value.to_le_bytes()));
            }
            Content::F16 => {
                let halves = row.iter().map(|&value| f16::from_f32(value));
                bytes.extend(halves.flat_map(f16::to_le_bytes));
            }
            Content::Integers { largest } => {
                bytes.extend(quantize_row(row, largest).map(i8::cast_unsigned));
            }
            Content::RowScales { largest } => {
                bytes.extend(row_scale(row, largest).to_le_bytes());
            }
        }
    }
}

fn header(
    tensors: &[Entry],
    strings: &BTreeMap<String, String>,
) -> Result<Vec<u8>, TensorFileError> {
    let mut end = 0;
    let infos = tensors.iter().map(|entry| {
        let start = end;
        let count: usize = entry.shape.iter().product();
        end += count * entry.dtype().bitsize() / 8;
        let info = TensorInfo {
            dtype: entry.dtype(),
            shape: entry.shape.clone(),
            data_offsets: (start, end),
        };
        (entry.name.as_str(), info)
    });
    let header = Header {
        strings,
        tensors: infos.collect(),
    };
    let mut json = serde_json::to_vec(&header).map_err(TensorFileError::Header)?;
    json.resize(json.len().next_multiple_of(ALIGNMENT), b' ');
    if json.len() as u64 > MAX_HEADER_BYTES {
        return Err(TensorFileError::LongHeader {
            most: MAX_HEADER_BYTES,
        });
    }
    let mut header = Vec::with_capacity(LENGTH_BYTES + json.len());
    header.extend((json.len() as u64).to_le_bytes());
    header.append(&mut json);
    Ok(header)
}

struct Header<'a> {
    strings: &'a BTreeMap<String, String>,
    tensors: Vec<(&'a str, TensorInfo)>,
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.strings.is_empty() {
            map.serialize_entry(STRINGS, self.strings)?;
        }
        for (name, info) in &self.tensors {
            map.serialize_entry(name, info)?;
        }
        map.end()
    }
}
