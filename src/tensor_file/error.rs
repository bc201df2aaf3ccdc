use std::io;

use safetensors::tensor::Dtype;
use thiserror::Error;

use crate::files::FileError;

/// Why a safetensors file could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// The file could not be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// Reading stopped partway.
    #[error("could not read on: {0}")]
    Read(io::Error),
    /// The file ends before its last number.
    #[error("the file is cut short")]
    Truncated,
    /// The header is longer than the bound.
    #[error("its header is longer than {most} bytes")]
    LongHeader {
        /// The bound.
        most: u64,
    },
    /// The header could not be read.
    #[error("could not read its header: {0}")]
    NoHeader(io::Error),
    /// The header is not valid JSON, or shapes and offsets do not fit each other.
    #[error("its safetensors header is damaged: {0}")]
    Header(serde_json::Error),
    /// The file is larger than its tensors can be.
    #[error("it has {found} bytes, and at most {most} are needed")]
    Large {
        /// Bytes of the file.
        found: u64,
        /// Bytes that the expected tensors take at most.
        most: u64,
    },
    /// The file's size does not fit its header.
    #[error("it has {found} bytes, not as many as its header says")]
    Size {
        /// Bytes of the file.
        found: u64,
    },
    /// A tensor's numbers are of a type that is not read.
    #[error("{name:?} is of {found}, not of F32, F16 or I8")]
    NumberType {
        /// The tensor.
        name: String,
        /// Its number type.
        found: Dtype,
    },
    /// A tensor is missing.
    #[error("{name} is missing")]
    Missing {
        /// The tensor.
        name: String,
    },
    /// Row scales stand without the tensor that they belong to.
    #[error("{name} is missing, and its scales are there")]
    ScalesAlone {
        /// The missing tensor.
        name: String,
    },
    /// A tensor has more or fewer rows than scales.
    #[error("{name} has not as many rows as scales")]
    ScaleCount {
        /// The tensor.
        name: String,
    },
    /// A tensor stands before one that has to be read first.
    #[error("{name:?} stands at the wrong place in the file")]
    Order {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than expected.
    #[error("{name} has the shape {found:?}, not {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The expected shape.
        expected: Vec<usize>,
    },
    /// A number is NaN or infinite.
    #[error("{name} has a value that is not a finite number")]
    NotFinite {
        /// The tensor.
        name: String,
    },
    /// The file holds tensors that are not expected.
    #[error("it holds {found} tensors, not {expected}")]
    Count {
        /// Tensors in the file.
        found: usize,
        /// Expected tensors.
        expected: usize,
    },
}

impl TensorFileError {
    /// Classifies an error of reading the numbers.
    pub(super) fn reading(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Read(error),
        }
    }
}
