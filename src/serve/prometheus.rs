//! Prometheus metrics.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// All metrics of a server.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<RequestLabels, Counter>,
    other_requests: Family<StatusLabels, Counter>,
    durations: Family<VerbLabels, Histogram, fn() -> Histogram>,
    batches: Family<ModelLabels, Histogram, fn() -> Histogram>,
    waiting: Family<VersionLabels, Gauge>,
    versions: Family<VersionLabels, Gauge>,
    /// Locked while the gauges are set and encoded, so that concurrent scrapes do not interfere.
    registry: Mutex<Registry>,
}

/// The metrics of one model's scoring.
#[derive(Clone, Debug)]
pub struct ModelMetrics {
    batches: Histogram,
}

/// A request to a model, for the access log and the metrics. It never holds texts.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    pub model: String,
    pub version: u64,
    pub verb: &'static str,
    pub texts: usize,
}

/// A loaded version of a model, as the gauges show it.
#[derive(Clone, Debug)]
pub struct LoadedVersion {
    pub model: String,
    pub version: u64,
    /// The number of texts in its queue.
    pub waiting: usize,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    model: String,
    verb: &'static str,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StatusLabels {
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VerbLabels {
    model: String,
    verb: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ModelLabels {
    model: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct VersionLabels {
    model: String,
    version: u64,
}

/// Returns a histogram with buckets from 0.25 milliseconds to 8 seconds.
fn duration_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
}

/// Returns a histogram with buckets from 1 to 1,024 texts.
fn batch_buckets() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 11))
}

impl Metrics {
    /// Creates the metrics.
    pub fn new() -> Self {
        let metrics = Self {
            requests: Family::default(),
            other_requests: Family::default(),
            durations: Family::new_with_constructor(duration_buckets),
            batches: Family::new_with_constructor(batch_buckets),
            waiting: Family::default(),
            versions: Family::default(),
            registry: Mutex::default(),
        };
        let mut registry = Registry::with_prefix("sentiment");
        registry.register("requests", "Requests to models", metrics.requests.clone());
        registry.register(
            "other_requests",
            "Requests that reached no model: rejected, for other paths, or disconnected (499)",
            metrics.other_requests.clone(),
        );
        registry.register(
            "request_duration_seconds",
            "Time from a request's head to its response",
            metrics.durations.clone(),
        );
        registry.register("batch_texts", "Texts per batch", metrics.batches.clone());
        registry.register("queue_texts", "Queued texts", metrics.waiting.clone());
        registry.register(
            "model_version",
            "Loaded versions: 1 for each",
            metrics.versions.clone(),
        );
        Self {
            registry: Mutex::new(registry),
            ..metrics
        }
    }

    /// Returns the metrics of a model's scoring.
    pub fn of_model(&self, model: &str) -> ModelMetrics {
        let labels = ModelLabels {
            model: model.into(),
        };
        ModelMetrics {
            batches: self.batches.get_or_create_owned(&labels),
        }
    }

    /// Counts a request. `asked` is `None` when the request reached no model.
    pub fn observe(&self, asked: Option<&ModelRequest>, status: u16, duration: Duration) {
        let Some(ModelRequest { model, verb, .. }) = asked else {
            let others = self.other_requests.get_or_create(&StatusLabels { status });
            others.inc();
            return;
        };
        let model = model.clone();
        let labels = RequestLabels {
            model: model.clone(),
            verb,
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let durations = self.durations.get_or_create(&VerbLabels { model, verb });
        durations.observe(duration.as_secs_f64());
    }

    /// Returns all metrics in the OpenMetrics text format.
    pub fn to_text(
        &self,
        versions: impl IntoIterator<Item = LoadedVersion>,
    ) -> Result<String, fmt::Error> {
        // The lock guards only gauges, which are set below, so poisoning is harmless.
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.clear();
        self.versions.clear();
        for LoadedVersion {
            model,
            version,
            waiting,
        } in versions
        {
            let labels = VersionLabels { model, version };
            let waiting = i64::try_from(waiting).unwrap_or(i64::MAX);
            self.waiting.get_or_create(&labels).set(waiting);
            self.versions.get_or_create(&labels).set(1);
        }
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

impl ModelMetrics {
    /// Counts a batch.
    pub fn observe_batch(&self, texts: usize) {
        self.batches.observe(texts as f64);
    }
}
