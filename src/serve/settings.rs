//! Server settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::device::Device;
use crate::model::{ModelLocation, ScoringPrecision};

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The models.
    pub models: Vec<ModelSource>,
    /// Whether the models answer without their label `neutral`.
    pub two_classes: bool,
    /// Whether to predict texts in languages that a model did not learn from.
    pub any_language: bool,
    /// The precision in which the models score texts; `None` for the default of each.
    pub precision: Option<ScoringPrecision>,
    /// The device that runs the models.
    pub device: Device,
    /// The name or address of the interface to listen on.
    pub host: String,
    /// The port; 0 selects any free port.
    pub port: u16,
    /// Limits on requests.
    pub limits: Limits,
    /// A file of accepted API keys, one per line.
    pub keys: Option<PathBuf>,
    /// The certificate and its key; `None` disables TLS.
    pub tls: Option<TlsFiles>,
    /// The origins allowed to make cross-origin requests.
    pub origins: Vec<String>,
}

/// A model to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSource {
    /// Its name in the API.
    pub name: String,
    /// Its place: a built-in model, or the folder of a saved model or of numbered folders with one each.
    pub location: ModelLocation,
    /// Version labels. Labelled versions stay loaded.
    pub labels: BTreeMap<String, u64>,
}

/// A TLS certificate chain and private key, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, with the server's certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Limits on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum batch size across requests.
    pub max_batch: usize,
    /// Maximum delay after the first text of a batch to wait for more texts.
    pub max_delay: Duration,
    /// Maximum queued texts per model version.
    pub queue: usize,
    /// Timeout for the request headers, and then again for the response.
    pub timeout: Duration,
    /// Maximum size of a request body in bytes.
    pub max_body: usize,
    /// Maximum texts per request.
    pub max_instances: usize,
    /// Maximum characters per text.
    pub max_characters: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_batch: 128,
            max_delay: Duration::ZERO,
            queue: 4096,
            timeout: Duration::from_secs(10),
            max_body: 4 << 20,
            max_instances: 1024,
            max_characters: 100_000,
        }
    }
}
