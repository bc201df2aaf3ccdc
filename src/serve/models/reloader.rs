//! Keeps what is served of a model up to what its folder holds.
//!
//! The folder is looked at again and again rather than watched through the system: that works on every file
//! system, network ones too. A version is loaded once it looked the same twice, so that one which is being
//! copied is not read half; it is loaded beside the old one and takes its place only when it can answer.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::loaded_model::Loading;
use super::served_model::{ServedModel, VersionState, Versions};
use super::version_folders::{Stamp, Version, find};
use crate::serve::error::ServeError;

/// The time until a version that could not be loaded is tried again, though its files look the same: it may have lacked
/// memory, or the right to read.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_secs(30);

/// What looks after one model's folder.
#[derive(Debug)]
pub struct Reloader {
    model: Arc<ServedModel>,
    folder: PathBuf,
    loading: Loading,
    versions: Versions,
    /// What was last loaded of each version, or failed to be, and when it failed.
    tried: BTreeMap<u64, (Stamp, Option<Instant>)>,
    /// How the folder looked the last time.
    seen: Vec<Version>,
}

impl Reloader {
    /// Loads what is to be served of a folder.
    pub fn start(
        model: Arc<ServedModel>,
        folder: PathBuf,
        loading: Loading,
    ) -> Result<Self, ServeError> {
        let seen = find(&folder)?;
        let mut reloader = Self {
            model,
            folder,
            loading,
            versions: Versions::default(),
            tried: BTreeMap::new(),
            seen,
        };
        let found = reloader.seen.clone();
        let failure = reloader.bring_up(&found);
        if reloader.versions.current.is_none() {
            let path = reloader.folder;
            return Err(failure.unwrap_or(ServeError::NoVersion { path }));
        }
        let mut labels = reloader.model.labels.iter();
        if let Some((label, &version)) = labels.find(|(_, number)| !reloader.answers(**number)) {
            return Err(failure.unwrap_or_else(|| ServeError::NoLabelledVersion {
                label: label.clone(),
                version,
                path: reloader.folder.clone(),
            }));
        }
        Ok(reloader)
    }

    /// Looks at the folder again. One that cannot be read, or is empty, is no reason to stop serving.
    pub fn refresh(&mut self) {
        match find(&self.folder) {
            Ok(found) => {
                let before = std::mem::replace(&mut self.seen, found);
                self.bring_up(&before);
            }
            // Said once, not at every look.
            Err(error) if !self.seen.is_empty() => {
                tracing::warn!(model = self.model.name, %error, "folder not read: what is loaded stays");
                self.seen.clear();
            }
            Err(_) => {}
        }
    }

    /// Loads the highest version that can be, and those with a label, if they look as they did `before`; drops the
    /// others. Gives the first failure.
    fn bring_up(&mut self, before: &[Version]) -> Option<ServeError> {
        let mut highest = None;
        let mut failure = None;
        for version in &self.seen.clone() {
            if highest.is_some() && !self.is_labelled(version.number) {
                continue;
            }
            if before.contains(version)
                && let Err(error) = self.load(version)
            {
                failure = failure.or(Some(error));
            }
            if self.answers(version.number) {
                highest = highest.or(Some(version.number));
            }
        }
        match highest {
            Some(number) => self.settle_on(number),
            // What answered goes on, and how the others stand is seen.
            None => self.publish(),
        }
        failure
    }

    /// Loads a version unless this was tried already. A failure leaves what was loaded of it before.
    fn load(&mut self, version: &Version) -> Result<(), ServeError> {
        let Version {
            number,
            folder,
            stamp,
        } = version;
        if let Some((tried, failed)) = self.tried.get(number)
            && tried == stamp
            && failed.is_none_or(|at| at.elapsed() < BEFORE_ANOTHER_TRY)
        {
            return Ok(());
        }
        self.versions.by_number.entry(*number).or_default().loading = true;
        self.publish();
        let loaded = self.loading.version(&self.model.name, *number, folder);
        let state = self.versions.by_number.entry(*number).or_default();
        state.loading = false;
        if Stamp::of(folder).as_ref() != Some(stamp) {
            // The files changed while they were read: what they make together may be no model that anyone saved.
            return Ok(());
        }
        let failed = loaded.is_err().then(Instant::now);
        self.tried.insert(*number, (stamp.clone(), failed));
        match loaded {
            Ok(loaded) => {
                tracing::info!(model = self.model.name, version = number, "loaded");
                *state = VersionState {
                    loaded: Some(Arc::new(loaded)),
                    ..VersionState::default()
                };
                Ok(())
            }
            Err(error) => {
                tracing::error!(model = self.model.name, version = number, %error, "not loaded");
                state.error = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Makes a version the current one, and drops those that nobody can ask for any more.
    fn settle_on(&mut self, current: u64) {
        self.versions.current = Some(current);
        let labels = &self.model.labels;
        let seen = &self.seen;
        self.versions.by_number.retain(|&number, state| {
            let is_newer = number > current && state.error.is_some();
            let is_there = seen.iter().any(|version| version.number == number);
            let is_kept = number == current
                || labels.values().any(|&labelled| labelled == number)
                || (is_newer && is_there);
            if !is_kept {
                tracing::info!(
                    model = self.model.name,
                    version = number,
                    "no longer served"
                );
            }
            is_kept
        });
        let kept = &self.versions.by_number;
        self.tried.retain(|number, _| kept.contains_key(number));
        self.publish();
    }

    fn publish(&self) {
        self.model.publish(self.versions.clone());
    }

    fn is_labelled(&self, number: u64) -> bool {
        self.model
            .labels
            .values()
            .any(|&labelled| labelled == number)
    }

    /// Whether there is something loaded that answers for a version.
    fn answers(&self, number: u64) -> bool {
        let state = self.versions.by_number.get(&number);
        state.is_some_and(|state| state.loaded.is_some())
    }
}
