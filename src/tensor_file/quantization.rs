//! Symmetric quantization of matrix rows to integers, with one scale per row.

use std::collections::BTreeMap;

use super::{HostTensor, TensorFileError, row_size};

/// The suffix of the name of a tensor's row scales.
const SCALE: &str = ".scale";

/// Returns the name of the tensor with the row scales of `name`.
pub(crate) fn scale_name(name: &str) -> String {
    format!("{name}{SCALE}")
}

/// Returns the scale of a row, the factor of its integers, the largest of which has the magnitude `largest`.
pub(super) fn row_scale(row: &[f32], largest: f32) -> f32 {
    row.iter().fold(0f32, |most, value| most.max(value.abs())) / largest
}

/// Quantizes the row to integers.
pub(super) fn quantize_row(row: &[f32], largest: f32) -> impl Iterator<Item = i8> {
    let scale = row_scale(row, largest);
    // The scale of a row of zeros is 0, so the row cannot be divided by it.
    let divisor = if scale > 0.0 { scale } else { 1.0 };
    row.iter().map(move |value| (value / divisor).round() as i8)
}

/// Multiplies a row of integers by its scale.
pub(crate) fn scale_row(row: &mut [f32], scale: f32) {
    row.iter_mut().for_each(|value| *value *= scale);
}

/// Multiplies the rows of tensors by their scales and removes the scales.
pub(super) fn scale_rows(
    tensors: &mut BTreeMap<String, HostTensor>,
) -> Result<(), TensorFileError> {
    let names: Vec<String> = tensors
        .keys()
        .filter_map(|name| name.strip_suffix(SCALE).map(String::from))
        .collect();
    for name in names {
        let scales = tensors.remove(&scale_name(&name));
        let Some((matrix, scales)) = tensors.get_mut(&name).zip(scales) else {
            return Err(TensorFileError::ScalesAlone { name });
        };
        let size = row_size(&matrix.shape);
        if matrix.values.len() != scales.values.len() * size {
            return Err(TensorFileError::ScaleCount { name });
        }
        for (row, scale) in matrix.values.chunks_mut(size).zip(scales.values) {
            scale_row(row, scale);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tensor_file::{NumberType, TensorFile};

    proptest! {
        /// The error is at most half a quantization step: 8 or 6 bits per row for integers, 11 bits for F16.
        #[test]
        fn compact_numbers_are_near(
            rows in prop::collection::vec(prop::array::uniform3(-9f32..9.0), 0..9),
            integers in prop::sample::select(&[NumberType::I8, NumberType::I6]),
        ) {
            let values = rows.concat();
            let tensor = |values: &[f32]| HostTensor { shape: vec![values.len() / 3, 3], values: values.into() };
            let file = TensorFile {
                tensors: [("embedding".to_string(), tensor(&values)), ("other".into(), tensor(&values))].into(),
                ..TensorFile::default()
            };
            let bytes = file.to_bytes(|name| match name {
                "embedding" => integers,
                _ => NumberType::F16,
            });
            let bytes = bytes.unwrap();
            let size = bytes.len() as u64;
            let (read, table) = TensorFile::from_reader(bytes.as_slice(), size, size, "other").unwrap();
            prop_assert!(table.is_none());
            prop_assert_eq!(read.tensors.len(), 2);
            let compact = read.tensors["embedding"].values.chunks(3);
            let steps = if integers == NumberType::I6 { 31.0 } else { 127.0 };
            for (row, compact) in values.chunks(3).zip(compact) {
                let largest = row.iter().fold(0f32, |most, value| most.max(value.abs()));
                for (value, compact) in row.iter().zip(compact) {
                    prop_assert!((value - compact).abs() <= largest * 0.5001 / steps);
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
        let error = scale_rows(&mut tensors).unwrap_err().to_string();
        assert!(error.contains("a is missing"));
        let matrix = HostTensor {
            shape: vec![3, 1],
            values: vec![1.0; 3],
        };
        let mut tensors = BTreeMap::from([("a.scale".to_string(), scales), ("a".into(), matrix)]);
        let error = scale_rows(&mut tensors).unwrap_err().to_string();
        assert!(error.contains("rows"));
    }
}
