//! Shared state of the handlers.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;

use super::explainer::Explainer;
use super::models::Models;
use super::prometheus::Metrics;
use super::settings::Limits;
use super::tables::TableReader;

/// The shared state of all handlers.
#[derive(Debug)]
pub struct AppState {
    pub models: Models,
    pub explainer: Explainer,
    pub tables: TableReader,
    /// Memory available for request bodies, in KiB.
    pub room_for_bodies: Semaphore,
    pub limits: Limits,
    pub metrics: Arc<Metrics>,
    /// Set during shutdown: clients should send no new requests.
    pub stopping: AtomicBool,
}
