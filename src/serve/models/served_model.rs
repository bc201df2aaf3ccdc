//! A model under its name: which of its versions answer, and how the others stand.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::loaded_model::LoadedModel;
use crate::serve::api_error::ApiError;
use crate::serve::selector::Selector;

/// A model that is served.
#[derive(Debug)]
pub struct ServedModel {
    pub name: String,
    /// Names that stand for a version, such as `stable`.
    pub labels: BTreeMap<String, u64>,
    state: RwLock<Arc<Versions>>,
}

/// The versions of a model at one time.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    /// The one that answers where none is named; None before the first is loaded.
    pub current: Option<u64>,
    pub by_number: BTreeMap<u64, VersionState>,
}

/// How a version stands.
#[derive(Clone, Debug, Default)]
pub struct VersionState {
    /// What answers for it.
    pub loaded: Option<Arc<LoadedModel>>,
    /// Whether it is being loaded.
    pub loading: bool,
    /// Why what is in its folder could not be loaded.
    pub error: Option<String>,
}

impl Versions {
    /// One version, which nothing will replace.
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

    /// The versions as they are now.
    pub fn versions(&self) -> Arc<Versions> {
        // Whoever holds the lock copies or replaces a pointer: nothing is half done if that panics.
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the versions: requests from now on see these.
    pub fn publish(&self, versions: Versions) {
        let new = Arc::new(versions);
        let old = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *state, new)
        };
        // A model may go with it, which takes longer than a request should wait for the lock.
        drop(old);
    }

    /// The version that is asked for.
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

    /// The version that a label stands for.
    pub fn number_of(&self, label: &str) -> Result<u64, ApiError> {
        let number = self.labels.get(label).copied();
        number.ok_or_else(|| ApiError::no_label(label))
    }
}
