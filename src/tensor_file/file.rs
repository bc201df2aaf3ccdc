//! A file of tensors in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::quantization::{scale_name, scale_rows};
use super::reader::{ReadIntegers, copy_integers, lend_integers};
use super::{
    NumberReader, NumberType, ScaledRows, TensorFileError, TensorHeader, TensorSlice, TensorWriter,
    row_size,
};
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
        Ok(Self::parse(file, size, max_header_bytes, None, copy_integers)?.0)
    }

    /// Reads a model's weights from `size` bytes. Returns an error if `size` exceeds `max_bytes`.
    ///
    /// The matrix with the name `table` is not among the tensors if it has 8-bit integers, but returned as it is.
    pub(crate) fn from_reader(
        file: impl Read,
        size: u64,
        max_bytes: u64,
        table: &str,
    ) -> Result<(Self, Option<ScaledRows>), TensorFileError> {
        if size > max_bytes {
            return Err(TensorFileError::Large {
                found: size,
                most: max_bytes,
            });
        }
        Self::parse(file, size, MODEL_HEADER_BYTES, Some(table), copy_integers)
    }

    /// Reads a model's weights from a file in the program. See [`Self::from_reader`]; the table is not copied.
    pub(crate) fn from_program(
        content: &'static [u8],
        table: &str,
    ) -> Result<(Self, Option<ScaledRows>), TensorFileError> {
        let size = content.len() as u64;
        Self::parse(
            content,
            size,
            MODEL_HEADER_BYTES,
            Some(table),
            lend_integers,
        )
    }

    fn parse<R: Read>(
        mut file: R,
        size: u64,
        max_header_bytes: u64,
        table: Option<&str>,
        read_integers: ReadIntegers<R>,
    ) -> Result<(Self, Option<ScaledRows>), TensorFileError> {
        let header = TensorHeader::read(&mut file, max_header_bytes)?;
        // Check before allocating memory for the values.
        if header.file_bytes() != Some(size) {
            return Err(TensorFileError::Size { found: size });
        }
        let mut reader = NumberReader::new(file, &header);
        let (mut tensors, mut integers) = (BTreeMap::new(), None);
        for name in header.names() {
            let Some(stored) = header.tensor(&name)? else {
                continue;
            };
            let count = stored.shape.iter().product();
            if table == Some(&name) && stored.number_type == NumberType::I8 {
                let of_table = reader.read_integers(count, read_integers)?;
                integers = Some((name, of_table, row_size(&stored.shape)));
                continue;
            }
            let mut values = vec![0f32; count];
            reader.read(stored.number_type, &mut values)?;
            let shape = stored.shape;
            tensors.insert(name, HostTensor { shape, values });
        }
        let table = integers
            .map(|(name, integers, size)| {
                let scales = tensors.remove(&scale_name(&name));
                let scales = scales.map_or(Vec::new(), |scales: HostTensor| scales.values);
                ScaledRows::new(&name, integers, scales, size)
            })
            .transpose()?;
        scale_rows(&mut tensors)?;
        let metadata = header.strings();
        let file = Self {
            metadata: metadata
                .map(|(key, text)| (key.into(), text.into()))
                .collect(),
            tensors,
        };
        Ok((file, table))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The file is leaked, as if it were part of the program.
    #[test]
    fn a_file_in_the_program_is_read_as_any_other() {
        let tensor = |values: Vec<f32>| HostTensor {
            shape: vec![values.len() / 2, 2],
            values,
        };
        let file = TensorFile {
            tensors: BTreeMap::from([
                ("a".to_string(), tensor(vec![1.0, 2.0])),
                ("table".to_string(), tensor(vec![0.5, -2.0, 3.0, 0.25])),
                ("z".to_string(), tensor(vec![7.0, 8.0])),
            ]),
            ..TensorFile::default()
        };
        let bytes = file.to_bytes(|name| match name {
            "table" => NumberType::I8,
            _ => NumberType::F16,
        });
        let bytes: &'static [u8] = bytes.unwrap().leak();
        let size = bytes.len() as u64;
        let read = TensorFile::from_program(bytes, "table").unwrap();
        assert_eq!(
            read,
            TensorFile::from_reader(bytes, size, size, "table").unwrap()
        );
        assert_eq!(read.1.unwrap().rows(), 2);
        assert!(TensorFile::from_program(&bytes[..bytes.len() - 1], "table").is_err());
    }
}
