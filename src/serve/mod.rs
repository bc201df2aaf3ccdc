//! A server that answers with trained models over HTTP: TensorFlow Serving's REST API, and a page for people.
//!
//! ```text
//! connection ─ routes ─ request ─ queue ─ scorer ─ response
//! TLS, time    key,     texts,    bounded, one batch  JSON
//! limits       headers  bounded            of many
//! ```
//!
//! `models` holds what is served: each version has a queue and a scoring loop of its own, and a new one takes the
//! old one's place between two requests. Whatever a client sends is bounded before it is kept: bytes, texts,
//! characters, time. Texts are never logged.

mod access_log;
mod api_error;
mod api_keys;
mod app_state;
mod connection;
mod error;
mod explainer;
mod handlers;
mod metrics;
mod model_info;
mod model_path;
mod models;
mod page;
mod queue;
mod request;
mod request_body;
mod response;
mod response_headers;
mod routes;
mod scorer;
mod selector;
mod server;
mod settings;
mod tls;

pub use error::ServeError;
pub use request::read_request;
pub use server::Server;
pub use settings::{Limits, ModelSource, Settings, TlsFiles};
