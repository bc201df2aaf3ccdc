//! The served models and their versions, reloaded when their folders change.

mod loaded_model;
mod reloader;
mod served_model;
mod version_folders;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use super::api_error::ApiError;
use super::error::ServeError;
use super::prometheus::LoadedVersion;
use super::selector::Selector;
use super::settings::ModelSource;
use crate::model::ModelLocation;
pub use loaded_model::{LoadedModel, Loading};
use reloader::Reloader;
pub use served_model::{ServedModel, VersionState, Versions};
use version_folders::ONLY_VERSION;

/// The polling interval of the folders.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// All models, in command-line order.
#[derive(Debug)]
pub struct Models {
    models: Vec<Arc<ServedModel>>,
    /// Dropping it ends the thread that polls the folders.
    _watched: Sender<()>,
}

impl Models {
    /// Loads the models and starts polling their folders.
    pub fn load(sources: &[ModelSource], loading: &Loading) -> Result<Self, ServeError> {
        let mut models = Vec::new();
        let mut reloaders = Vec::new();
        for ModelSource {
            name,
            location,
            labels,
        } in sources
        {
            let model = Arc::new(ServedModel::new(name.clone(), labels.clone()));
            match location {
                ModelLocation::Folder(folder) => reloaders.push(Reloader::start(
                    Arc::clone(&model),
                    folder.clone(),
                    loading.clone(),
                )?),
                ModelLocation::BuiltIn(_) | ModelLocation::Archive(_) => {
                    let loaded = loading.version(name, ONLY_VERSION, location)?;
                    model.publish(Versions::of(ONLY_VERSION, loaded));
                }
            }
            models.push(model);
        }
        let (watched, ended) = channel();
        thread::Builder::new()
            .name("reloader".into())
            .spawn(move || watch(reloaders, &ended))
            .map_err(ServeError::Thread)?;
        Ok(Self {
            models,
            _watched: watched,
        })
    }

    /// Returns the model with a name.
    pub fn get(&self, name: &str) -> Option<&Arc<ServedModel>> {
        self.models.iter().find(|model| model.name == name)
    }

    /// Returns the selected version of a model.
    pub fn find(&self, name: &str, selector: Selector) -> Result<Arc<LoadedModel>, ApiError> {
        let model = self.get(name);
        model
            .ok_or_else(|| ApiError::no_model(name, selector))?
            .find(selector)
    }

    /// Returns all loaded versions.
    pub fn loaded(&self) -> impl Iterator<Item = LoadedVersion> {
        self.models.iter().flat_map(|model| {
            let versions = model.versions();
            let loaded = versions.by_number.values();
            let loaded = loaded.filter_map(|state| state.loaded.as_ref());
            let loaded = loaded.map(|loaded| LoadedVersion {
                model: loaded.name.clone(),
                version: loaded.version,
                waiting: loaded.scorer.waiting(),
            });
            loaded.collect::<Vec<_>>()
        })
    }

    /// Iterates over the models.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ServedModel>> {
        self.models.iter()
    }
}

/// Polls the folders until the models are dropped.
fn watch(mut reloaders: Vec<Reloader>, ended: &Receiver<()>) {
    while ended.recv_timeout(BETWEEN_LOOKS) == Err(RecvTimeoutError::Timeout) {
        for reloader in &mut reloaders {
            // A panic is a bug; it ends only this refresh, and the loaded versions keep serving.
            if catch_unwind(AssertUnwindSafe(|| reloader.refresh())).is_err() {
                tracing::error!("loading panicked");
            }
        }
    }
}
