//! A file of tensors in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::quantization::scale_rows;
use super::{NumberReader, NumberType, TensorFileError, TensorHeader, TensorSlice, TensorWriter};
use crate::files::FileError;

/// The maximum size in bytes of a model's header: tensor names, shapes and metadata.
const MODEL_HEADER_BYTES: u64 = 16 << 20;

/// A tensor on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    /// The shape.
    pub shape: Vec<usize>,
    /// The values, in row-major order.
    pub values: Vec<f32>,
}

impl HostTensor {
    /// Returns the transpose of a matrix of this shape.
    pub(crate) fn transposed(&self, [rows, columns]: [usize; 2]) -> Self {
        let column = |column| (0..rows).map(move |row| self.values[row * columns + column]);
        Self {
            shape: vec![columns, rows],
            values: (0..columns).flat_map(column).collect(),
        }
    }
}

/// The contents of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    /// The tensors by name.
    pub tensors: BTreeMap<String, HostTensor>,
    /// The metadata strings by key.
    pub metadata: BTreeMap<String, String>,
}

impl TensorFile {
    /// Reads a file of any size whose header has at most `max_header_bytes`. Memory use is
    /// proportional to the file's size.
    pub fn read(path: &Path, max_header_bytes: u64) -> Result<Self, TensorFileError> {
        let file = File::open(path).map_err(FileError::context("open", path))?;
        let size = file
            .metadata()
            .map_err(FileError::context("open", path))?
            .len();
        Self::parse(file, size, max_header_bytes)
    }

    /// Reads a model's weights from `size` bytes. Returns an error if `size` exceeds `max_bytes`.
    pub fn from_reader(
        file: impl Read,
        size: u64,
        max_bytes: u64,
    ) -> Result<Self, TensorFileError> {
        if size > max_bytes {
            return Err(TensorFileError::Large {
                found: size,
                most: max_bytes,
            });
        }
        Self::parse(file, size, MODEL_HEADER_BYTES)
    }

    fn parse(
        mut file: impl Read,
        size: u64,
        max_header_bytes: u64,
    ) -> Result<Self, TensorFileError> {
        let header = TensorHeader::read(&mut file, max_header_bytes)?;
        // Check before allocating memory for the values.
        if header.file_bytes() != Some(size) {
            return Err(TensorFileError::Size { found: size });
        }
        let mut reader = NumberReader::new(file, &header);
        let mut tensors = BTreeMap::new();
        for name in header.names() {
            let Some(stored) = header.tensor(&name)? else {
                continue;
            };
            let mut values = vec![0f32; stored.shape.iter().product()];
            reader.read(stored.number_type, &mut values)?;
            let shape = stored.shape;
            tensors.insert(name, HostTensor { shape, values });
        }
        scale_rows(&mut tensors)?;
        let metadata = header.strings();
        Ok(Self {
            metadata: metadata
                .map(|(key, text)| (key.into(), text.into()))
                .collect(),
            tensors,
        })
    }

    /// Returns the maximum size in bytes of a file with tensors of these shapes.
    pub fn max_bytes(shapes: &[(String, Vec<usize>)]) -> u64 {
        let values: usize = shapes
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        (values * size_of::<f32>()) as u64 + MODEL_HEADER_BYTES
    }

    /// Checks that the file has exactly the tensors with these names and shapes, and that all values
    /// are finite.
    pub fn check(&self, shapes: &[(String, Vec<usize>)]) -> Result<(), TensorFileError> {
        for (name, shape) in shapes {
            let tensor = self.tensors.get(name);
            let name = || name.clone();
            match tensor {
                None => return Err(TensorFileError::Missing { name: name() }),
                Some(tensor) if tensor.shape != *shape => {
                    return Err(TensorFileError::Shape {
                        name: name(),
                        found: tensor.shape.clone(),
                        expected: shape.clone(),
                    });
                }
                Some(tensor) if !tensor.values.iter().all(|value| value.is_finite()) => {
                    return Err(TensorFileError::NotFinite { name: name() });
                }
                Some(_) => {}
            }
        }
        if self.tensors.len() != shapes.len() {
            return Err(TensorFileError::Count {
                found: self.tensors.len(),
                expected: shapes.len(),
            });
        }
        Ok(())
    }

    /// Serializes the file. `number_type` returns the number type for a tensor's name. The output is
    /// deterministic.
    pub fn to_bytes(
        &self,
        number_type: impl Fn(&str) -> NumberType,
    ) -> Result<Vec<u8>, TensorFileError> {
        let slices = self.tensors.iter().map(|(name, tensor)| TensorSlice {
            name,
            shape: tensor.shape.clone(),
            values: &tensor.values,
            number_type: number_type(name),
        });
        let mut bytes = Vec::new();
        let writer = TensorWriter::new(slices, &self.metadata)?;
        writer.write(&mut bytes).expect("memory takes all bytes");
        Ok(bytes)
    }
}
