//! The settings of a server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::device::Device;

/// What is served, where, and to whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The models.
    pub models: Vec<ModelSource>,
    /// Where they compute.
    pub device: Device,
    /// The name or address of the interface to listen on.
    pub host: String,
    /// The port; with 0 the system chooses one.
    pub port: u16,
    /// Limits on requests.
    pub limits: Limits,
    /// A file of accepted API keys, one per line.
    pub keys: Option<PathBuf>,
    /// The certificate and its key, where TLS is spoken.
    pub tls: Option<TlsFiles>,
    /// The origins allowed to make cross-origin requests.
    pub origins: Vec<String>,
}

/// A model to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelSource {
    /// Its name in the API.
    pub name: String,
    /// Its folder: a saved model, or numbered folders with one each. `None` selects the built-in model.
    pub folder: Option<PathBuf>,
    /// Names for versions, which then stay loaded.
    pub labels: BTreeMap<String, u64>,
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by those that lead to a known one.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Limits on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Texts that are scored together, of several requests.
    pub max_batch: usize,
    /// How long a batch waits for more texts after its first.
    pub max_delay: Duration,
    /// Texts that wait for each version of a model.
    pub queue: usize,
    /// The time for a request's head to arrive, and from then to its answer.
    pub timeout: Duration,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Texts of a request.
    pub max_instances: usize,
    /// Characters of a text.
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
