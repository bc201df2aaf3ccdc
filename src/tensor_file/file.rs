//! Named tensors of f32 on the host, in a file of the `safetensors` format.
//!
//! A file may hold them in fewer bits: in 16-bit floats, or the rows of a matrix in 8-bit integers, each row
//! with a scale of its own in a tensor beside it (see [`Precision::Compact`]).

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use half::f16;
use safetensors::tensor::{Dtype, Metadata, TensorView};

use super::ModelError;
use super::precision::{Precision, Stored, scale_rows, stored};
use crate::files::FileError;

/// Room in front of a model's values for the tensors' names and shapes and for the metadata.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// A tensor on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct HostTensor {
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// Its values, row-major.
    pub values: Vec<f32>,
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorFile {
    /// The tensors by name.
    pub tensors: BTreeMap<String, HostTensor>,
    /// Strings kept beside them.
    pub metadata: BTreeMap<String, String>,
}

impl TensorFile {
    /// Reads a file of any size whose names, shapes and metadata take at most `most_header_bytes`, its values straight
    /// to where they stay; no more memory is taken than they need.
    pub fn read(path: &Path, most_header_bytes: u64) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(FileError::context("open", path))?;
        let size = file
            .metadata()
            .map_err(FileError::context("open", path))?
            .len();
        Self::parse(file, size, path, most_header_bytes)
    }

    /// Reads a model's weights of at most `most_bytes` from `size` bytes that are read elsewhere; `path` is for
    /// messages.
    pub fn from_reader(
        file: impl Read,
        size: u64,
        path: &Path,
        most_bytes: u64,
    ) -> Result<Self, ModelError> {
        if size > most_bytes {
            return Err(ModelError::Weights {
                path: path.into(),
                reason: format!("it has {size} bytes, and at most {most_bytes} are needed"),
            });
        }
        Self::parse(file, size, path, MAX_HEADER_BYTES)
    }

    fn parse(
        mut file: impl Read,
        size: u64,
        path: &Path,
        most_header_bytes: u64,
    ) -> Result<Self, ModelError> {
        let unfit = |reason: String| ModelError::Weights {
            path: path.into(),
            reason,
        };
        let mut read = |bytes: &mut [u8]| {
            file.read_exact(bytes)
                .map_err(FileError::context("read", path))
        };
        let mut header_size = [0; size_of::<u64>()];
        read(&mut header_size)?;
        let header_size = u64::from_le_bytes(header_size);
        if header_size > size.min(most_header_bytes) {
            return Err(unfit("its header is too long".into()));
        }
        let mut header = vec![0; header_size as usize];
        read(&mut header)?;
        let header: Metadata =
            serde_json::from_slice(&header).map_err(|error| unfit(error.to_string()))?;
        let expected =
            (header_size + size_of::<u64>() as u64).checked_add(header.data_len() as u64);
        if expected != Some(size) {
            return Err(unfit(format!(
                "it has {size} bytes, not as many as its header says"
            )));
        }

        let mut tensors = BTreeMap::new();
        // In the order in which they follow each other; that they do, reading the header has checked.
        for name in header.offset_keys() {
            let Some(info) = header.info(&name) else {
                continue;
            };
            let shape = info.shape.clone();
            let count = shape.iter().product();
            let values = match info.dtype {
                Dtype::F32 => {
                    let mut values = vec![0f32; count];
                    read(bytemuck::cast_slice_mut(&mut values))?;
                    if cfg!(target_endian = "big") {
                        for value in &mut values {
                            *value = f32::from_bits(value.to_bits().swap_bytes());
                        }
                    }
                    values
                }
                Dtype::F16 => {
                    let mut bytes = vec![[0; 2]; count];
                    read(bytes.as_flattened_mut())?;
                    let values = bytes.into_iter().map(f16::from_le_bytes);
                    values.map(f16::to_f32).collect()
                }
                Dtype::I8 => {
                    let mut bytes = vec![0; count];
                    read(&mut bytes)?;
                    let values = bytes.into_iter().map(|byte| f32::from(byte.cast_signed()));
                    values.collect()
                }
                other => {
                    return Err(unfit(format!(
                        "{name} is of {other}, not of F32, F16 or I8"
                    )));
                }
            };
            tensors.insert(name, HostTensor { shape, values });
        }
        scale_rows(&mut tensors).map_err(unfit)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self {
            tensors,
            metadata: metadata.into_iter().collect(),
        })
    }

    /// The most bytes that a file of tensors of these shapes has.
    pub fn most_bytes(shapes: &[(String, Vec<usize>)]) -> u64 {
        let values: usize = shapes
            .iter()
            .map(|(_, shape)| shape.iter().product::<usize>())
            .sum();
        (values * size_of::<f32>()) as u64 + MAX_HEADER_BYTES
    }

    /// Checks that there are tensors of these names and shapes and no others.
    pub fn check(&self, path: &Path, shapes: &[(String, Vec<usize>)]) -> Result<(), ModelError> {
        let unfit = |reason: String| ModelError::Weights {
            path: path.into(),
            reason,
        };
        for (name, shape) in shapes {
            match self.tensors.get(name) {
                None => return Err(unfit(format!("{name} is missing"))),
                Some(tensor) if tensor.shape != *shape => {
                    let found = &tensor.shape;
                    return Err(unfit(format!(
                        "{name} has the shape {found:?}, not {shape:?}"
                    )));
                }
                Some(tensor) if !tensor.values.iter().all(|value| value.is_finite()) => {
                    return Err(unfit(format!(
                        "{name} has a value that is not a finite number"
                    )));
                }
                Some(_) => {}
            }
        }
        if self.tensors.len() != shapes.len() {
            let (found, wanted) = (self.tensors.len(), shapes.len());
            return Err(unfit(format!("it holds {found} tensors, not {wanted}")));
        }
        Ok(())
    }

    /// The file's bytes: the same for the same content. `path` is for messages.
    pub fn to_bytes(&self, path: &Path, precision: Precision) -> Result<Vec<u8>, ModelError> {
        let bytes = self.serialize(precision);
        bytes.map_err(|error| ModelError::Weights {
            path: path.into(),
            reason: error.to_string(),
        })
    }

    fn serialize(&self, precision: Precision) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let stored = stored(&self.tensors, precision);
        let views = stored
            .iter()
            .map(|(name, Stored { dtype, shape, data })| {
                Ok((name, TensorView::new(*dtype, shape.clone(), data)?))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        let metadata: HashMap<String, String> = self.metadata.clone().into_iter().collect();
        safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata))
    }
}
