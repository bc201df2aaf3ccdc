//! Reloads a model when its folder changes.
//!
//! The folder is polled rather than watched through the operating system, which works on every file system, including
//! network ones. A version is loaded once two polls see the same files, so that a partial copy is not read. The new
//! version is loaded beside the old one and replaces it only when it is ready.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::loaded_model::Loading;
use super::served_model::{ServedModel, VersionState, Versions};
use super::version_folders::{Stamp, Version, find};
use crate::model::ModelLocation;
use crate::serve::error::ServeError;

/// The time until a failed version with unchanged files is retried: memory or read permission may have been missing.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_secs(30);

/// Reloads one model from its folder.
#[derive(Debug)]
pub struct Reloader {
    model: Arc<ServedModel>,
    folder: PathBuf,
    loading: Loading,
    versions: Versions,
    /// The stamp of each version's last load, and the time of the failure if it failed.
    tried: BTreeMap<u64, (Stamp, Option<Instant>)>,
    /// The versions found by the last poll.
    seen: Vec<Version>,
}

impl Reloader {
    /// Loads the versions to serve from a folder.
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

    /// Polls the folder. If it is unreadable or empty, the loaded versions keep serving.
    pub fn refresh(&mut self) {
        match find(&self.folder) {
            Ok(found) => {
                let before = std::mem::replace(&mut self.seen, found);
                self.bring_up(&before);
            }
            // Logged once, not at every poll.
            Err(error) if !self.seen.is_empty() => {
                tracing::warn!(model = self.model.name, %error, "could not read the folder: versions stay loaded");
                self.seen.clear();
            }
            Err(_) => {}
        }
    }

    /// Loads the highest loadable version and the labelled versions, if they are unchanged since `before`, and drops
    /// the others. Returns the first failure.
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
            // Keep the loaded versions, and publish the status of the others.
            None => self.publish(),
        }
        failure
    }

    /// Loads a version unless its files were already tried. On failure, the previously loaded model stays.
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
        let location = ModelLocation::Folder(folder.clone());
        let loaded = self.loading.version(&self.model.name, *number, &location);
        let state = self.versions.by_number.entry(*number).or_default();
        state.loading = false;
        if Stamp::of(folder).as_ref() != Some(stamp) {
            // The files changed while they were read, so they may be a mix of two models.
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

    /// Makes a version the current one, and drops the versions that are no longer reachable.
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

    /// Returns whether a version is loaded.
    fn answers(&self, number: u64) -> bool {
        let state = self.versions.by_number.get(&number);
        state.is_some_and(|state| state.loaded.is_some())
    }
}
