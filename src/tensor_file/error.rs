use std::io;

use safetensors::tensor::Dtype;
use thiserror::Error;

use crate::files::FileError;

/// An error from reading or writing a safetensors file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// The file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading failed partway.
    #[error("read error: {0}")]
    Read(io::Error),
    /// The file is shorter than its header declares.
    #[error("the file is truncated")]
    Truncated,
    /// The header exceeds the size limit.
    #[error("its header is longer than {most} bytes")]
    LongHeader {
        /// The maximum size of the header in bytes.
        most: u64,
    },
    /// The header could not be read.
    #[error("could not read its header: {0}")]
    NoHeader(io::Error),
    /// The header is not valid JSON, or its shapes and offsets are inconsistent.
    #[error("its safetensors header is invalid: {0}")]
    Header(serde_json::Error),
    /// The file is larger than the expected tensors.
    #[error("the file has {found} bytes, expected at most {most}")]
    Large {
        /// The size of the file in bytes.
        found: u64,
        /// The maximum size of a file with the expected tensors, in bytes.
        most: u64,
    },
    /// The file's size does not match its header.
    #[error("the file has {found} bytes, which does not match its header")]
    Size {
        /// The size of the file in bytes.
        found: u64,
    },
    /// The tensor's number type is not supported.
    #[error("{name:?} has number type {found}; only F32, F16 and I8 are supported")]
    NumberType {
        /// The tensor.
        name: String,
        /// The tensor's number type.
        found: Dtype,
    },
    /// A tensor is missing.
    #[error("{name} is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// The file has row scales without their tensor.
    #[error("{name} is missing, but its scales are present")]
    ScalesAlone {
        /// The missing tensor.
        name: String,
    },
    /// The number of row scales does not match the tensor's rows.
    #[error("{name} and its scales have different numbers of rows")]
    ScaleCount {
        /// The tensor.
        name: String,
    },
    /// A tensor precedes a tensor that must be read first.
    #[error("{name:?} is at the wrong position in the file")]
    Order {
        /// The tensor.
        name: String,
    },
    /// A tensor has an unexpected shape.
    #[error("{name} has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// The tensor's shape.
        found: Vec<usize>,
        /// The expected shape.
        expected: Vec<usize>,
    },
    /// A number is NaN or infinite.
    #[error("{name} contains a value that is not finite")]
    NotFinite {
        /// The tensor.
        name: String,
    },
    /// The file contains unexpected tensors.
    #[error("the file has {found} tensors, expected {expected}")]
    Count {
        /// The number of tensors in the file.
        found: usize,
        /// The expected number of tensors.
        expected: usize,
    },
}

impl TensorFileError {
    /// Converts an error from reading the numbers.
    pub(super) fn reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Read(error),
        }
    }
}
