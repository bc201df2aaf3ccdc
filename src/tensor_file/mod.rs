//! Named `f32` tensors in safetensors files. Models and word vectors use this format.
//!
//! A file consists of the header length in eight bytes, the header in JSON (names, number types,
//! shapes, byte offsets and metadata strings) and the numbers in little-endian order. See
//! <https://huggingface.co/docs/safetensors>. Files are untrusted: the header is validated before
//! memory is allocated for the numbers.

mod error;
mod file;
mod header;
mod number_type;
mod quantization;
mod reader;
mod scaled_rows;
mod writer;

pub use error::TensorFileError;
pub use file::{HostTensor, TensorFile};
pub(crate) use header::{StoredTensor, TensorHeader};
pub use number_type::NumberType;
pub(crate) use quantization::scale_row;
pub(crate) use reader::NumberReader;
pub(crate) use scaled_rows::ScaledRows;
pub(crate) use writer::{TensorSlice, TensorWriter};

/// The maximum size of a header in bytes, as in the `safetensors` library.
pub(crate) const MAX_HEADER_BYTES: u64 = 100_000_000;

/// The size in bytes of the length before the header.
pub(crate) const LENGTH_BYTES: usize = size_of::<u64>();

/// Returns the row size of a tensor of this shape: its last dimension.
fn row_size(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1).max(1)
}
