//! How many bits a file spends on a number.

use std::collections::BTreeMap;

use half::f16;
use safetensors::tensor::Dtype;

use super::HostTensor;
use super::weights::EMBEDDING;

/// What the name of a matrix's row scales ends in.
const SCALE: &str = ".scale";

/// The largest number of a row in 8 bits, and the negative of the smallest.
const LARGEST: f32 = 127.0;

/// How many bits a file spends on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32: the numbers as they are.
    Full,
    /// 8 for the embedding, each row multiplied so that its largest number is 127; 16 for all others.
    Compact,
}

/// A tensor as its bytes in a file.
pub(super) struct Stored {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<u8>,
}

impl Stored {
    fn full(HostTensor { shape, values }: &HostTensor) -> Self {
        Self {
            dtype: Dtype::F32,
            shape: shape.clone(),
            data: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    fn half(HostTensor { shape, values }: &HostTensor) -> Self {
        let values = values.iter().map(|&value| f16::from_f32(value));
        Self {
            dtype: Dtype::F16,
            shape: shape.clone(),
            data: values.flat_map(f16::to_le_bytes).collect(),
        }
    }

    /// The rows of a matrix in 8 bits, and their scales.
    fn bytes(HostTensor { shape, values }: &HostTensor) -> (Self, Self) {
        let (mut data, mut scales) = (Vec::with_capacity(values.len()), Vec::new());
        for row in values.chunks(row_size(shape)) {
            let largest = row.iter().fold(0f32, |most, value| most.max(value.abs()));
            let scale = largest / LARGEST;
            scales.push(scale);
            // A row of zeros has no scale to divide by.
            let divisor = if scale > 0.0 { scale } else { 1.0 };
            let quantized = row.iter().map(|value| (value / divisor).round() as i8);
            data.extend(quantized.map(i8::cast_unsigned));
        }
        let rows = Self {
            dtype: Dtype::I8,
            shape: shape.clone(),
            data,
        };
        let shape = vec![scales.len()];
        let scales = HostTensor {
            shape,
            values: scales,
        };
        (rows, Self::full(&scales))
    }
}

/// The tensors as a file has them.
pub(super) fn stored(
    tensors: &BTreeMap<String, HostTensor>,
    precision: Precision,
) -> BTreeMap<String, Stored> {
    let mut stored = BTreeMap::new();
    for (name, tensor) in tensors {
        match precision {
            Precision::Full => drop(stored.insert(name.clone(), Stored::full(tensor))),
            Precision::Compact if name == EMBEDDING => {
                let (rows, scales) = Stored::bytes(tensor);
                stored.insert(name.clone(), rows);
                stored.insert(format!("{name}{SCALE}"), scales);
            }
            Precision::Compact => drop(stored.insert(name.clone(), Stored::half(tensor))),
        }
    }
    stored
}

/// Numbers in a row of a matrix of this shape.
fn row_size(shape: &[usize]) -> usize {
    shape.last().copied().unwrap_or(1).max(1)
}

/// Multiplies the rows of matrices by the scales that stand beside them, which are taken away.
pub(super) fn scale_rows(tensors: &mut BTreeMap<String, HostTensor>) -> Result<(), String> {
    let names: Vec<String> = tensors
        .keys()
        .filter_map(|name| name.strip_suffix(SCALE).map(String::from))
        .collect();
    for name in names {
        let scales = tensors.remove(&format!("{name}{SCALE}"));
        let Some((matrix, scales)) = tensors.get_mut(&name).zip(scales) else {
            return Err(format!("{name} is missing, and its scales are there"));
        };
        let size = row_size(&matrix.shape);
        if matrix.values.len() != scales.values.len() * size {
            return Err(format!("{name} has not as many rows as scales"));
        }
        for (row, scale) in matrix.values.chunks_mut(size).zip(scales.values) {
            row.iter_mut().for_each(|value| *value *= scale);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::model::TensorFile;

    proptest! {
        /// Half a step of a row's 8 bits, and of 11 bits for others, is what compact numbers are off by.
        #[test]
        fn compact_numbers_are_near(rows in prop::collection::vec(prop::array::uniform3(-9f32..9.0), 0..9)) {
            let values = rows.concat();
            let tensor = |values: &[f32]| HostTensor { shape: vec![values.len() / 3, 3], values: values.into() };
            let file = TensorFile {
                tensors: [(EMBEDDING.to_string(), tensor(&values)), ("other".into(), tensor(&values))].into(),
                ..TensorFile::default()
            };
            let path = Path::new("model");
            let bytes = file.to_bytes(path, Precision::Compact).unwrap();
            let size = bytes.len() as u64;
            let read = TensorFile::from_reader(bytes.as_slice(), size, path, size).unwrap();
            prop_assert_eq!(read.tensors.len(), 2);
            let compact = read.tensors[EMBEDDING].values.chunks(3);
            for (row, compact) in values.chunks(3).zip(compact) {
                let largest = row.iter().fold(0f32, |most, value| most.max(value.abs()));
                for (value, compact) in row.iter().zip(compact) {
                    prop_assert!((value - compact).abs() <= largest * 0.5001 / LARGEST);
                }
            }
            for (value, half) in values.iter().zip(&read.tensors["other"].values) {
                prop_assert!((value - half).abs() <= value.abs() / 2048.0 + 1e-7);
            }
        }
    }

    #[test]
    fn scales_need_their_matrix() {
        let scales = HostTensor {
            shape: vec![2],
            values: vec![1.0; 2],
        };
        let mut tensors = BTreeMap::from([("a.scale".to_string(), scales.clone())]);
        assert!(
            scale_rows(&mut tensors)
                .unwrap_err()
                .contains("a is missing")
        );
        let matrix = HostTensor {
            shape: vec![3, 1],
            values: vec![1.0; 3],
        };
        let mut tensors = BTreeMap::from([("a.scale".to_string(), scales), ("a".into(), matrix)]);
        assert!(scale_rows(&mut tensors).unwrap_err().contains("rows"));
    }
}
