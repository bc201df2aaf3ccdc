//! Named tensors of `f32` in files of the safetensors format, which models and word vectors share.
//!
//! A file is eight bytes with the length of the header, the header in JSON (names, number types,
//! shapes, byte offsets and strings) and the numbers, little-endian. See
//! <https://huggingface.co/docs/safetensors>. A file may come from anywhere: its header is checked
//! before memory is taken for the numbers.

mod error;
mod file;
mod header;
mod number_type;
mod quantization;
mod reader;
mod writer;

pub use error::TensorFileError;
pub use file::{HostTensor, TensorFile};
pub(crate) use header::{StoredTensor, TensorHeader};
pub use number_type::NumberType;
pub(crate) use quantization::scale_row;
pub(crate) use reader::NumberReader;
pub(crate) use writer::{TensorSlice, TensorWriter};

/// The largest header, as in the `safetensors` library.
pub(crate) const MAX_HEADER_BYTES: u64 = 100_000_000;

/// Bytes before the header: its length.
pub(crate) const LENGTH_BYTES: usize = size_of::<u64>();

/// Numbers in a row of a tensor of this shape: the last dimension.
fn row_size(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1).max(1)
}
