//! The tensors of a file of weights, by name or path.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::ImportError;
use crate::files::FileError;
use crate::model::{HostTensor, TensorFile};

/// The tensors of a file, by name or path.
pub(super) type Tensors = BTreeMap<String, HostTensor>;

/// The maximum size of a file of weights: that of a model.
const MAX_BYTES: u64 = 4 << 30;

/// The maximum size of a safetensors header.
const MAX_HEADER_BYTES: u64 = 16 << 20;

/// The first bytes of an HDF5 file.
const HDF5_MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The first bytes of a zip archive, as which Keras saves `.keras`.
const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// Reads a file of weights: safetensors, HDF5 or `.keras`, by its first bytes.
pub(super) fn read(path: &Path) -> Result<Tensors, ImportError> {
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
        return hdf5(path, None);
    }
    if magic.starts_with(ZIP_MAGIC) {
        return hdf5(path, Some(weights_of_keras(path)?));
    }
    // A header of JSON after its length.
    if magic.get(8) != Some(&b'{') {
        return Err(ImportError::Kind { path: path.into() });
    }
    let file = TensorFile::read(path, MAX_HEADER_BYTES);
    Ok(file.map_err(|error| damaged(error.to_string()))?.tensors)
}

/// Fills a buffer with the start of a file, which may be shorter. Returns the number of bytes.
fn read_start(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut start = Vec::new();
    file.take(buffer.len() as u64).read_to_end(&mut start)?;
    buffer[..start.len()].copy_from_slice(&start);
    Ok(start.len())
}

/// Returns the HDF5 file in a `.keras` archive.
fn weights_of_keras(path: &Path) -> Result<Vec<u8>, ImportError> {
    const MEMBER: &str = "model.weights.h5";
    let damaged = |reason: String| ImportError::Damaged {
        path: path.into(),
        reason,
    };
    let file = File::open(path).map_err(FileError::context("open", path))?;
    let mut archive = zip::ZipArchive::new(file).map_err(|error| damaged(error.to_string()))?;
    let member = archive
        .by_name(MEMBER)
        .map_err(|error| damaged(format!("{MEMBER}: {error}")))?;
    let mut content = Vec::new();
    member
        .take(MAX_BYTES)
        .read_to_end(&mut content)
        .map_err(FileError::context("read", path))?;
    Ok(content)
}

/// Reads the tensors of an HDF5 file, or of its content.
#[cfg(feature = "keras")]
fn hdf5(path: &Path, content: Option<Vec<u8>>) -> Result<Tensors, ImportError> {
    use hdf5_reader::{Hdf5File, OpenOptions};

    let damaged = |error: hdf5_reader::error::Error| ImportError::Damaged {
        path: path.into(),
        reason: error.to_string(),
    };
    let options = OpenOptions::default().with_max_read_bytes(MAX_BYTES as usize);
    let file = match content {
        Some(content) => Hdf5File::from_vec_with_options(content, options),
        None => {
            let content = std::fs::read(path).map_err(FileError::context("read", path))?;
            Hdf5File::from_vec_with_options(content, options)
        }
    };
    let root = file.and_then(|file| file.root_group()).map_err(damaged)?;
    let mut tensors = Tensors::new();
    let mut groups = vec![(String::new(), root)];
    while let Some((path, group)) = groups.pop() {
        // A group that contains itself would never end.
        if path.matches('/').count() > MAX_DEPTH {
            continue;
        }
        let (inner, datasets) = group.members().map_err(damaged)?;
        groups.extend(
            inner
                .into_iter()
                .map(|group| (format!("{path}{}/", group.name()), group)),
        );
        for dataset in datasets {
            // Other types are counts and names, not weights.
            if let Ok(values) = dataset.read_array::<f32>() {
                let shape = values.shape().to_vec();
                let values = values.into_iter().collect();
                tensors.insert(
                    format!("{path}{}", dataset.name()),
                    HostTensor { shape, values },
                );
            }
        }
    }
    Ok(tensors)
}

/// The maximum depth of groups in an HDF5 file.
#[cfg(feature = "keras")]
const MAX_DEPTH: usize = 16;

#[cfg(not(feature = "keras"))]
fn hdf5(path: &Path, _: Option<Vec<u8>>) -> Result<Tensors, ImportError> {
    Err(ImportError::NotBuilt { path: path.into() })
}
