//! The tensors of an HDF5 file.

use std::path::Path;

use hdf5_reader::{Dataset, Datatype, Hdf5File, OpenOptions};

use super::ImportError;
use super::tensors::{Tensors, WeightFile, max_unpacked};
use crate::model::HostTensor;

/// The maximum depth of groups. A group may contain itself.
const MAX_DEPTH: usize = 16;

/// The maximum number of groups and of datasets.
const MAX_MEMBERS: usize = 10_000;

/// Reads the tensors of an HDF5 file. `path` names it in errors.
pub(super) fn hdf5(path: &Path, content: Vec<u8>) -> Result<WeightFile, ImportError> {
    read(content).map_err(|reason| ImportError::Damaged {
        path: path.into(),
        reason,
    })
}

fn read(content: Vec<u8>) -> Result<WeightFile, String> {
    let error = |error: hdf5_reader::error::Error| error.to_string();
    let mut bytes_left = max_unpacked(content.len() as u64);
    let options = OpenOptions::default().with_max_read_bytes(bytes_left as usize);
    let file = Hdf5File::from_vec_with_options(content, options).map_err(error)?;
    let mut tensors = Tensors::new();
    let mut members = 0;
    let root = file.root_group().map_err(error)?;
    // Files of weights alone do not have it.
    let config = root
        .attribute("model_config")
        .and_then(|text| text.read_string());
    let mut groups = vec![(String::new(), root)];
    while let Some((path, group)) = groups.pop() {
        let (inner, datasets) = group.members().map_err(error)?;
        members += inner.len() + datasets.len();
        if members > MAX_MEMBERS || path.matches('/').count() > MAX_DEPTH {
            return Err("it has too many groups".into());
        }
        groups.extend(
            inner
                .into_iter()
                .map(|group| (format!("{path}{}/", group.name()), group)),
        );
        for dataset in datasets {
            let name = format!("{path}{}", dataset.name());
            let bytes = dataset.num_elements().map_err(error)?.saturating_mul(4);
            bytes_left = bytes_left
                .checked_sub(bytes)
                .ok_or("its datasets are too large for the file")?;
            let tensor = tensor(&dataset).map_err(|reason| format!("{name}: {reason}"))?;
            tensors.extend(tensor.map(|tensor| (name, tensor)));
        }
    }
    Ok(WeightFile {
        tensors,
        config: config
            .ok()
            .and_then(|text| serde_json::from_str(&text).ok()),
    })
}

/// Reads a dataset. Returns `None` if it has no floating-point numbers: it is a count or a name.
fn tensor(dataset: &Dataset) -> Result<Option<HostTensor>, String> {
    let error = |error: hdf5_reader::error::Error| error.to_string();
    let values = match dataset.dtype() {
        Datatype::FloatingPoint { size: 4, .. } => {
            let values = dataset.read_array::<f32>().map_err(error)?;
            values.into_iter().collect::<Vec<f32>>()
        }
        Datatype::FloatingPoint { size: 8, .. } => {
            let values = dataset.read_array::<f64>().map_err(error)?;
            values.into_iter().map(|value| value as f32).collect()
        }
        Datatype::FloatingPoint { size, .. } => {
            return Err(format!(
                "its numbers have {} bits, which cannot be imported",
                8 * u32::from(*size)
            ));
        }
        _ => return Ok(None),
    };
    let shape: Vec<usize> = dataset.shape().iter().map(|&size| size as usize).collect();
    match shape.iter().product::<usize>() == values.len() {
        true => Ok(Some(HostTensor { shape, values })),
        false => Err("its shape does not fit its numbers".into()),
    }
}
