//! The place of a model that the command line names: built in, a folder, an archive, or one to download.

use std::path::Path;
use std::sync::Arc;

use sentiment::Device;
use sentiment::model::{BuiltIn, ModelLocation};
use sentiment::training::Base;

use super::console::Console;

/// The environment variable with the model, if the command line names none.
pub const MODEL_VARIABLE: &str = "SENTIMENT_MODEL";

/// The prefix of the names of models on the hub.
const HUB: &str = "hf:";

/// The start of the address of an archive.
const ADDRESSES: [&str; 2] = ["https://", "http://"];

/// Returns whether a model is downloaded.
pub fn is_download(name: &Path) -> bool {
    let text = name.to_str().unwrap_or_default();
    text.starts_with(HUB) || ADDRESSES.iter().any(|start| text.starts_with(start))
}

/// Returns the place of a model. `hf:OWNER/NAME` and the address of an archive are downloaded, unless they are in the cache.
pub fn model_location(name: &Path, console: &Console) -> anyhow::Result<ModelLocation> {
    let text = name.to_str().unwrap_or_default();
    if let Some(name) = text.strip_prefix(HUB) {
        return download::folder(name, console);
    }
    match text {
        // Where there are no texts to choose by.
        "auto" => Ok(ModelLocation::BuiltIn(BuiltIn::General)),
        _ if is_download(name) => download::archive(text, console),
        _ => Ok(ModelLocation::named(name)),
    }
}

/// Reads the model that training starts from. It is downloaded like a model to use.
pub fn read_base(name: &str, device: &Device, console: &Console) -> anyhow::Result<Arc<Base>> {
    let base = match is_download(Path::new(name)) {
        true => Base::open(name, &model_location(Path::new(name), console)?, device)?,
        false => Base::read(name, device)?,
    };
    Ok(Arc::new(base))
}

#[cfg(feature = "hub")]
mod download {
    use sentiment::hub::Hub;
    use sentiment::model::ModelLocation;

    use crate::cli::console::Console;

    pub(super) fn folder(name: &str, console: &Console) -> anyhow::Result<ModelLocation> {
        let mut display = console.download_progress();
        let hub = Hub::from_environment()?;
        let folder = hub.model_folder(name, &mut |progress| display.show(&progress))?;
        Ok(ModelLocation::Folder(folder))
    }

    pub(super) fn archive(address: &str, console: &Console) -> anyhow::Result<ModelLocation> {
        let mut display = console.download_progress();
        let hub = Hub::from_environment()?;
        let archive = hub.model_archive(address, &mut |progress| display.show(&progress))?;
        Ok(ModelLocation::Archive(archive))
    }
}

#[cfg(not(feature = "hub"))]
mod download {
    use sentiment::model::ModelLocation;

    use crate::cli::console::Console;

    pub(super) fn folder(name: &str, console: &Console) -> anyhow::Result<ModelLocation> {
        archive(name, console)
    }

    pub(super) fn archive(address: &str, _: &Console) -> anyhow::Result<ModelLocation> {
        anyhow::bail!("{address}: this program was built without the Cargo feature `hub`")
    }
}
