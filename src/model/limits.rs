//! Bounds on the sizes of a model, so that a file cannot cause huge allocations. Sentiment models stay far below them.

use super::ModelError;

pub(super) const MAX_SIZE: usize = 8192;
pub(super) const MAX_LAYERS: usize = 16;
pub(super) const MAX_WIDTH: usize = 16;
const MAX_LABELS: usize = 1024;

/// Checks the number of labels.
pub(crate) fn check_labels(count: usize) -> Result<(), ModelError> {
    check_size("number of labels", count, 2, MAX_LABELS)
}

/// Checks the number of further labels.
pub(super) fn check_further_labels(count: usize) -> Result<(), ModelError> {
    check_size("number of further labels", count, 0, MAX_LABELS)
}

/// Checks that a size is from `min` to `max`.
pub(super) fn check_size(
    name: &'static str,
    size: usize,
    min: usize,
    max: usize,
) -> Result<(), ModelError> {
    if (min..=max).contains(&size) {
        return Ok(());
    }
    Err(ModelError::Size {
        name,
        size,
        min,
        max,
    })
}
