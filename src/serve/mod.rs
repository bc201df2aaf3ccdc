//! An HTTP server for trained models, with TensorFlow Serving's REST API and a browser page.
//!
//! ```text
//! connection ─ routes ─ request ─ queue ─ scorer ─ response
//! TLS, time    key,     texts,    bounded, one batch  JSON
//! limits       headers  bounded            of many
//! ```
//!
//! `models` holds the served models. Each version has its own queue and scoring loop; a new version replaces the old
//! one between two requests. Limits on bytes, texts, characters and time apply before client data is stored. Texts are
//! never logged.

mod access_log;
mod api_error;
mod api_keys;
mod app_state;
mod connection;
mod error;
mod explainer;
mod handlers;
mod model_info;
mod model_path;
mod models;
mod page;
mod prometheus;
mod queue;
mod request;
mod response;
mod response_headers;
mod routes;
mod scorer;
mod selector;
mod server;
mod settings;
mod tables;
mod tls;

pub use error::ServeError;
pub use request::read_request;
pub use server::Server;
pub use settings::{Limits, ModelSource, Settings, TlsFiles};
