//! The validated header of a file of tensors.

use std::io::Read;

use safetensors::tensor::Metadata;

use super::{LENGTH_BYTES, NumberType, TensorFileError};

/// The header of a file of tensors. The tensors are contiguous, without gaps or overlaps, and the size
/// of each tensor matches its shape and number type.
pub(crate) struct TensorHeader {
    metadata: Metadata,
    bytes: u64,
}

/// A tensor described by the header.
#[derive(Clone, Debug)]
pub(crate) struct StoredTensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) number_type: NumberType,
    /// The offset of the first byte, from the end of the header.
    pub(crate) start: usize,
    /// The offset after the last byte, from the end of the header.
    pub(crate) end: usize,
}

impl TensorHeader {
    /// Reads a header of at most `max_bytes`.
    pub(crate) fn read(reader: &mut impl Read, max_bytes: u64) -> Result<Self, TensorFileError> {
        let mut length = [0; LENGTH_BYTES];
        let mut json = Vec::new();
        reader
            .read_exact(&mut length)
            .and_then(|()| {
                // Memory use depends on the bytes present, not on the declared length.
                let length = u64::from_le_bytes(length).min(max_bytes + 1);
                reader.take(length).read_to_end(&mut json)
            })
            .map_err(TensorFileError::NoHeader)?;
        if json.len() as u64 > max_bytes {
            return Err(TensorFileError::LongHeader { most: max_bytes });
        }
        Ok(Self {
            metadata: serde_json::from_slice(&json).map_err(TensorFileError::Header)?,
            bytes: json.len() as u64,
        })
    }

    /// Returns the total size of the tensors in bytes.
    pub(super) fn tensor_bytes(&self) -> usize {
        self.metadata.data_len()
    }

    /// Returns the size of the whole file in bytes, or `None` if it overflows `u64`.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        let before = LENGTH_BYTES as u64 + self.bytes;
        before.checked_add(self.tensor_bytes() as u64)
    }

    /// Returns the names of the tensors, in storage order.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// Returns the metadata strings.
    pub(super) fn strings(&self) -> impl Iterator<Item = (&str, &str)> {
        let strings = self.metadata.metadata().iter().flatten();
        strings.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns the metadata string for a key.
    pub(crate) fn string(&self, key: &str) -> Option<&str> {
        let strings = self.metadata.metadata().as_ref()?;
        strings.get(key).map(String::as_str)
    }

    /// Returns the tensor with this name, or `None` if the file does not have it.
    pub(crate) fn tensor(&self, name: &str) -> Result<Option<StoredTensor>, TensorFileError> {
        let Some(info) = self.metadata.info(name) else {
            return Ok(None);
        };
        let number_type =
            NumberType::from_dtype(info.dtype).ok_or_else(|| TensorFileError::NumberType {
                name: name.into(),
                found: info.dtype,
            })?;
        Ok(Some(StoredTensor {
            name: name.into(),
            shape: info.shape.clone(),
            number_type,
            start: info.data_offsets.0,
            end: info.data_offsets.1,
        }))
    }
}
