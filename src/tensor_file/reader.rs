//! Reads the tensors of a file sequentially, in storage order.

use std::borrow::Cow;
use std::io::{self, Read};

use super::header::{StoredTensor, TensorHeader};
use super::quantization::scale_name;
use super::{NumberType, TensorFileError};

/// The number of bytes decoded at once.
const CHUNK_BYTES: usize = 1 << 16;

/// Reads this number of integers.
pub(crate) type ReadIntegers<R> = fn(&mut R, usize) -> io::Result<Cow<'static, [i8]>>;

/// Reads integers into memory.
pub(crate) fn copy_integers<R: Read>(
    reader: &mut R,
    count: usize,
) -> io::Result<Cow<'static, [i8]>> {
    let mut integers = vec![0; count];
    reader.read_exact(bytemuck::cast_slice_mut(&mut integers))?;
    Ok(integers.into())
}

/// Takes integers of a file in the program, without copying them.
pub(crate) fn lend_integers(
    content: &mut &'static [u8],
    count: usize,
) -> io::Result<Cow<'static, [i8]>> {
    let integers = content
        .split_off(..count)
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(Cow::Borrowed(bytemuck::cast_slice(integers)))
}

/// A reader of the numbers after a file's header.
pub(crate) struct NumberReader<'a, R> {
    reader: R,
    header: &'a TensorHeader,
    /// The number of bytes read after the header.
    position: usize,
    buffer: Vec<u8>,
}

impl<'a, R: Read> NumberReader<'a, R> {
    /// Creates a reader of numbers from `reader`, which must be positioned after `header`.
    pub(crate) fn new(reader: R, header: &'a TensorHeader) -> Self {
        Self {
            reader,
            header,
            position: 0,
            buffer: Vec::new(),
        }
    }

    /// Skips to the number of `tensor` with index `first`.
    pub(crate) fn skip_to(
        &mut self,
        tensor: &StoredTensor,
        first: usize,
    ) -> Result<(), TensorFileError> {
        let target = tensor.start + first * tensor.number_type.bytes();
        let Some(bytes) = target.checked_sub(self.position) else {
            let name = tensor.name.clone();
            return Err(TensorFileError::Order { name });
        };
        self.skip(bytes)
    }

    /// Skips to the end of the file. Returns an error if the file is truncated.
    pub(crate) fn skip_to_end(&mut self) -> Result<(), TensorFileError> {
        self.skip(self.header.tensor_bytes().saturating_sub(self.position))
    }

    fn skip(&mut self, bytes: usize) -> Result<(), TensorFileError> {
        if bytes > 0 {
            let mut skipped = self.reader.by_ref().take(bytes as u64);
            let count = io::copy(&mut skipped, &mut io::sink());
            if count.map_err(TensorFileError::reading)? < bytes as u64 {
                return Err(TensorFileError::Truncated);
            }
            self.position += bytes;
        }
        Ok(())
    }

    /// Reads the next `values.len()` numbers. Does not apply the scale of [`NumberType::I8`].
    pub(crate) fn read(
        &mut self,
        number_type: NumberType,
        values: &mut [f32],
    ) -> Result<(), TensorFileError> {
        self.position += values.len() * number_type.bytes();
        if number_type == NumberType::F32 && cfg!(target_endian = "little") {
            // Read directly into `values`, without a copy.
            let bytes = bytemuck::cast_slice_mut(values);
            return self
                .reader
                .read_exact(bytes)
                .map_err(TensorFileError::reading);
        }
        for values in values.chunks_mut(CHUNK_BYTES / number_type.bytes()) {
            self.buffer.resize(values.len() * number_type.bytes(), 0);
            let read = self.reader.read_exact(&mut self.buffer);
            read.map_err(TensorFileError::reading)?;
            number_type.decode(&self.buffer, values);
        }
        Ok(())
    }

    /// Reads the next `count` integers of a tensor of [`NumberType::I8`] with `read`.
    pub(crate) fn read_integers(
        &mut self,
        count: usize,
        read: ReadIntegers<R>,
    ) -> Result<Cow<'static, [i8]>, TensorFileError> {
        self.position += count;
        read(&mut self.reader, count).map_err(TensorFileError::reading)
    }

    /// Reads the scales of the `rows` rows of a tensor of [`NumberType::I8`]. The scales precede the
    /// tensor. Returns `None` for other number types.
    pub(crate) fn read_scales(
        &mut self,
        tensor: &StoredTensor,
        rows: usize,
    ) -> Result<Option<Vec<f32>>, TensorFileError> {
        if tensor.number_type != NumberType::I8 {
            return Ok(None);
        }
        let name = scale_name(&tensor.name);
        let Some(scales) = self.header.tensor(&name)? else {
            return Err(TensorFileError::Missing { name });
        };
        if scales.number_type != NumberType::F32 || scales.shape != [rows] {
            let name = tensor.name.clone();
            return Err(TensorFileError::ScaleCount { name });
        }
        self.skip_to(&scales, 0)?;
        let mut values = vec![0.0; rows];
        self.read(scales.number_type, &mut values)?;
        Ok(Some(values))
    }
}
