//! Named tensors of f32 in a file of the `safetensors` format, on the host.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, TensorView};

use super::ModelError;
use crate::files::FileError;

/// Room in front of the values for the tensors' names and shapes and for the metadata.
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
    /// Reads a file of at most `most_bytes`, its values straight to where they stay; no more memory
    /// than its size is taken.
    pub fn read(path: &Path, most_bytes: u64) -> Result<Self, ModelError> {
        let unfit = |reason: String| ModelError::Weights {
            path: path.into(),
            reason,
        };
        let mut file = File::open(path).map_err(FileError::context("open", path))?;
        let size = file
            .metadata()
            .map_err(FileError::context("open", path))?
            .len();
        if size > most_bytes {
            return Err(unfit(format!(
                "it has {size} bytes, and at most {most_bytes} are needed"
            )));
        }
        let mut read = |bytes: &mut [u8]| {
            file.read_exact(bytes)
                .map_err(FileError::context("read", path))
        };
        let mut header_size = [0; size_of::<u64>()];
        read(&mut header_size)?;
        let header_size = u64::from_le_bytes(header_size);
        if header_size > size.min(MAX_HEADER_BYTES) {
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
            if info.dtype != Dtype::F32 {
                return Err(unfit(format!("{name} is of {}, not of F32", info.dtype)));
            }
            let mut values = vec![0f32; info.shape.iter().product()];
            read(bytemuck::cast_slice_mut(&mut values))?;
            if cfg!(target_endian = "big") {
                for value in &mut values {
                    *value = f32::from_bits(value.to_bits().swap_bytes());
                }
            }
            let shape = info.shape.clone();
            tensors.insert(name, HostTensor { shape, values });
        }
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
    pub fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, ModelError> {
        self.serialize().map_err(|error| ModelError::Weights {
            path: path.into(),
            reason: error.to_string(),
        })
    }

    fn serialize(&self) -> Result<Vec<u8>, safetensors::SafeTensorError> {
        let bytes: BTreeMap<&str, Vec<u8>> = self
            .tensors
            .iter()
            .map(|(name, tensor)| {
                let bytes = tensor
                    .values
                    .iter()
                    .flat_map(|value| value.to_le_bytes())
                    .collect();
                (name.as_str(), bytes)
            })
            .collect();
        let views = self
            .tensors
            .iter()
            .map(|(name, tensor)| {
                let data = &bytes[name.as_str()];
                Ok((
                    name,
                    TensorView::new(Dtype::F32, tensor.shape.clone(), data)?,
                ))
            })
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        let metadata: HashMap<String, String> = self.metadata.clone().into_iter().collect();
        safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata))
    }
}
