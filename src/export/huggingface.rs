//! The layout of the Hugging Face hub: the files of a model with its card.

use std::path::Path;

use super::ExportError;
use crate::model::folder::NamedFile;
use crate::model::{ModelConfig, ModelLocation, stored_files};
use crate::training::{ModelCard, README};

/// Returns the files, by name. `out` is the folder that they are for, whose name is that of the model.
pub(super) fn files(
    location: &ModelLocation,
    config: &ModelConfig,
    out: &Path,
) -> Result<Vec<NamedFile>, ExportError> {
    let name = out.file_name().map(|name| name.to_string_lossy());
    let card = ModelCard::markdown_of(location, config, name.as_deref());
    let mut files = stored_files(location, config)?;
    files.push((README, card.into_bytes()));
    Ok(files)
}
