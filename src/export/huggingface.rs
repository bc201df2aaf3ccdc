//! The layout of the Hugging Face hub: the files of a model with its card.

use std::path::Path;

use super::ExportError;
use crate::model::folder::NamedFile;
use crate::model::{ModelConfig, ModelLocation, stored_files};
use crate::training::{ModelCard, Run};

/// Returns the files, by name. `out` is the folder that they are for, whose name is that of the model.
pub(super) fn files(
    location: &ModelLocation,
    config: &ModelConfig,
    out: &Path,
) -> Result<Vec<NamedFile>, ExportError> {
    let run = location.folder().and_then(|folder| Run::read(folder).ok());
    let name = out.file_name().unwrap_or(out.as_os_str());
    let card = ModelCard::of(location, config);
    let card = card.to_markdown(&name.to_string_lossy(), config, run.as_ref());
    let mut files = stored_files(location, config)?;
    files.push(("README.md", card.into_bytes()));
    Ok(files)
}
