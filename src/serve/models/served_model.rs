//! A served model and the status of its versions.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::loaded_model::LoadedModel;
use crate::serve::api_error::ApiError;
use crate::serve::selector::Selector;

/// A served model.
#[derive(Debug)]
pub struct ServedModel {
    pub name: String,
    /// Version labels, such as `stable`.
    pub labels: BTreeMap<String, u64>,
    state: RwLock<Arc<Versions>>,
}

/// The versions of a model at one time.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// The default version; `None` before the first is loaded.
    pub current: Option<u64>,
    pub by_number: BTreeMap<u64, VersionState>,
}

/// The status of a version.
#[derive(Clone, Debug, Default)]
pub struct VersionState {
    /// The loaded model.
    pub loaded: Option<Arc<LoadedModel>>,
    /// Whether the version is being loaded.
    pub loading: bool,
    /// Why the version could not be loaded from its folder.
    pub error: Option<String>,
}

impl Versions {
    /// Creates a single version, which is never replaced.
    pub fn of(number: u64, loaded: LoadedModel) -> Self {
        let state = VersionState {
            loaded: Some(Arc::new(loaded)),
            ..VersionState::default()
        };
        Self {
            current: Some(number),
            by_number: BTreeMap::from([(number, state)]),
        }
    }
}

impl ServedModel {
    pub fn new(name: String, labels: BTreeMap<String, u64>) -> Self {
        Self {
            name,
            labels,
            state: RwLock::default(),
        }
    }

    /// Returns a snapshot of the versions.
    pub fn versions(&self) -> Arc<Versions> {
        // The lock only guards copying or replacing a pointer, so a poisoned state is still consistent.
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the versions for all later requests.
    pub fn publish(&self, versions: Versions) {
        let new = Arc::new(versions);
        let old = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *state, new)
        };
        // This may free a model, so the lock is released first to keep requests from waiting.
        drop(old);
    }

    /// Returns the selected version.
    pub fn find(&self, selector: Selector) -> Result<Arc<LoadedModel>, ApiError> {
        let versions = self.versions();
        let number = match selector {
            Selector::Latest => versions.current.unwrap_or_default(),
            Selector::Version(number) => number,
            Selector::Label(label) => self.number_of(label)?,
        };
        let state = versions.by_number.get(&number);
        let loaded = state.and_then(|state| state.loaded.clone());
        loaded.ok_or_else(|| ApiError::no_version(&self.name, number))
    }

    /// Returns the version number of a label.
    pub fn number_of(&self, label: &str) -> Result<u64, ApiError> {
        let number = self.labels.get(label).copied();
        number.ok_or_else(|| ApiError::no_label(label))
    }
}
