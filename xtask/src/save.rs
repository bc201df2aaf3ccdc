//! Writes a model to a folder.

use std::path::Path;

use anyhow::Context;
use sentiment::model::{Precision, SavedModel, folder};

/// Writes a model to folder `out`, which is created if it is missing.
pub fn save(model: &SavedModel, out: &str, precision: Precision) -> anyhow::Result<()> {
    let files = model.files(precision)?;
    std::fs::create_dir_all(out).with_context(|| format!("could not create {out}"))?;
    folder::replace_together(Path::new(out), &files)?;
    Ok(())
}
