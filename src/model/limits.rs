//! Bounds on what a file can make us allocate, far above what a sentiment model needs.

use super::ModelError;

pub(super) const MAX_SIZE: usize = 8192;
pub(super) const MAX_LAYERS: usize = 16;
const MAX_LABELS: usize = 1024;

/// Checks that a model can have so many labels.
pub(crate) fn check_labels(count: usize) -> Result<(), ModelError> {
    check_size("number of labels", count, 2, MAX_LABELS)
}

/// Checks that a number is one this crate can compute with.
pub(super) fn check_size(
    name: &'static str,
    size: usize,
    least: usize,
    most: usize,
) -> Result<(), ModelError> {
    if (least..=most).contains(&size) {
        return Ok(());
    }
    Err(ModelError::Size {
        name,
        size,
        least,
        most,
    })
}
