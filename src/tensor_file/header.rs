//! The header of a file of tensors, checked.

use std::io::Read;

use safetensors::tensor::Metadata;

use super::{LENGTH_BYTES, NumberType, TensorFileError};

/// What a file says of its tensors. Their bytes follow each other without gaps and overlaps, and
/// each tensor has as many bytes as its shape and its number type ask for.
pub(crate) struct TensorHeader {
    metadata: Metadata,
    bytes: u64,
}

/// A tensor as the header describes it.
#[derive(Clone, Debug)]
pub(crate) struct StoredTensor {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) number_type: NumberType,
    /// Its first byte, counted from the end of the header.
    pub(crate) start: usize,
    /// The byte behind its last one.
    pub(crate) end: usize,
}

impl TensorHeader {
    /// Reads the header, of at most `max_bytes`.
    pub(crate) fn read(reader: &mut impl Read, max_bytes: u64) -> Result<Self, TensorFileError> {
        let mut length = [0; LENGTH_BYTES];
        let mut json = Vec::new();
        reader
            .read_exact(&mut length)
            .and_then(|()| {
                // Memory follows what is there, not what the length claims.
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

    /// Bytes of all tensors together.
    pub(super) fn tensor_bytes(&self) -> usize {
        self.metadata.data_len()
    }

    /// Bytes of the whole file; None where that is beyond `u64`.
    pub(super) fn file_bytes(&self) -> Option<u64> {
        let before = LENGTH_BYTES as u64 + self.bytes;
        before.checked_add(self.tensor_bytes() as u64)
    }

    /// The names of the tensors, in the order in which they are stored.
    pub(super) fn names(&self) -> Vec<String> {
        self.metadata.offset_keys()
    }

    /// The strings beside the tensors.
    pub(super) fn strings(&self) -> impl Iterator<Item = (&str, &str)> {
        let strings = self.metadata.metadata().iter().flatten();
        strings.map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// One of the strings beside the tensors.
    pub(crate) fn string(&self, key: &str) -> Option<&str> {
        let strings = self.metadata.metadata().as_ref()?;
        strings.get(key).map(String::as_str)
    }

    /// The tensor of this name; None where there is none.
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
