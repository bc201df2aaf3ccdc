//! The layout of the Hugging Face hub: the files of a model with its card.

use super::ExportError;
use crate::model::{ModelLocation, SavedModel, stored_files};

/// Returns the files, by name.
pub(super) fn files(
    location: &ModelLocation,
    model: &SavedModel,
) -> Result<Vec<(&'static str, Vec<u8>)>, ExportError> {
    Ok(stored_files(location, &model.config)?)
}
