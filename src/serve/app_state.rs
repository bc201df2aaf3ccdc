//! The state that all handlers share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;

use super::explainer::Explainer;
use super::metrics::Metrics;
use super::models::Models;
use super::settings::Limits;

/// The state that all handlers share.
#[derive(Debug)]
pub struct AppState {
    pub models: Models,
    pub explainer: Explainer,
    /// KiB of bodies that may be held at one time.
    pub room_for_bodies: Semaphore,
    pub limits: Limits,
    pub metrics: Arc<Metrics>,
    /// Set once no new requests should be sent here.
    pub stopping: AtomicBool,
}
