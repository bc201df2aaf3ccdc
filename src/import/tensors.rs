//! The tensors of a file of weights, by name or path.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use zip::result::ZipError;

use super::ImportError;
#[cfg(feature = "keras")]
use super::hdf5::hdf5;
use crate::files::FileError;
use crate::model::{HostTensor, TensorFile};

/// The tensors of a file, by name or path.
pub(super) type Tensors = BTreeMap<String, HostTensor>;

/// A file of weights.
#[derive(Debug, Default)]
pub(super) struct WeightFile {
    pub(super) tensors: Tensors,
    /// The configuration of a Keras model, if the file has one.
    pub(super) config: Option<serde_json::Value>,
}

/// The maximum size of a file of weights: that of a model.
const MAX_BYTES: u64 = 4 << 30;

/// The maximum size of a safetensors header.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// The first bytes of an HDF5 file.
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The first bytes of a zip archive, as which Keras saves `.keras`.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// Reads a file of weights: safetensors, HDF5 or `.keras`, by its first bytes.
pub(super) fn read(path: &Path) -> Result<WeightFile, ImportError> {
    let context = |action| FileError::context(action, path);
    let mut file = File::open(path).map_err(context("open"))?;
    let size = file.metadata().map_err(context("open"))?.len();
    let damaged = |reason: String| ImportError::Damaged {
        path: path.into(),
        reason,
    };
    if size > MAX_BYTES {
        return Err(damaged(format!("it is larger than {MAX_BYTES} bytes")));
    }
    let mut magic = [0; 9];
    let filled = read_start(&mut file, &mut magic).map_err(context("read"))?;
    let magic = &magic[..filled];
    if magic.starts_with(HDF5_MAGIC) {
        return hdf5(path, fs::read(path).map_err(context("read"))?);
    }
    if magic.starts_with(ZIP_MAGIC) {
        let Some(weights) = member_of_keras(path, size, "model.weights.h5")? else {
            return Err(ImportError::Kind { path: path.into() });
        };
        let config = member_of_keras(path, size, "config.json")?;
        let config = config
            .map(|config| serde_json::from_slice(&config))
            .transpose();
        return Ok(WeightFile {
            tensors: hdf5(path, weights)?.tensors,
            config: config.map_err(|error| damaged(format!("config.json: {error}")))?,
        });
    }
    // A header of JSON after its length.
    if magic.get(8) != Some(&b'{') {
        return Err(ImportError::Kind { path: path.into() });
    }
    let file = TensorFile::read(path, MAX_HEADER_BYTES);
    Ok(WeightFile {
        tensors: file.map_err(|error| damaged(error.to_string()))?.tensors,
        config: None,
    })
}

/// Fills a buffer with the start of a file, which may be shorter. Returns the number of bytes.
fn read_start(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut start = Vec::new();
    file.take(buffer.len() as u64).read_to_end(&mut start)?;
    buffer[..start.len()].copy_from_slice(&start);
    Ok(start.len())
}

/// Returns a file in a `.keras` archive of `size` bytes, or `None` if the archive does not have it.
fn member_of_keras(path: &Path, size: u64, name: &str) -> Result<Option<Vec<u8>>, ImportError> {
    let damaged = |reason: String| ImportError::Damaged {
        path: path.into(),
        reason,
    };
    let file = File::open(path).map_err(FileError::context("open", path))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let member = match archive.by_name(name) {
        Err(ZipError::FileNotFound) => return Ok(None),
        member => member.map_err(|error| damaged(format!("{name}: {error}")))?,
    };
    let mut content = Vec::new();
    member
        .take(max_unpacked(size).saturating_add(1))
        .read_to_end(&mut content)
        .map_err(FileError::context("read", path))?;
    match content.len() as u64 > max_unpacked(size) {
        true => Err(damaged(format!("{name} is too large for the archive"))),
        false => Ok(Some(content)),
    }
}

/// Returns the maximum size of the weights in a file of `size` bytes. Weights hardly compress.
pub(super) fn max_unpacked(size: u64) -> u64 {
    const RATIO: u64 = 16;
    (RATIO * size + (1 << 20)).min(MAX_BYTES)
}

#[cfg(not(feature = "keras"))]
fn hdf5(path: &Path, _: Vec<u8>) -> Result<WeightFile, ImportError> {
    Err(ImportError::NotBuilt { path: path.into() })
}
