//! Error responses: a status and a message, as `{"error": "…"}`.

use std::fmt::{self, Display};

use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::selector::Selector;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    /// An additional response header.
    header: Option<(HeaderName, HeaderValue)>,
}

impl ApiError {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            header: None,
        }
    }

    fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, HeaderValue::from_static(value)));
        self
    }

    /// Returns the error for an invalid request (400).
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Returns the error for a path outside the API (400).
    pub fn malformed(method: &Method, path: &str) -> Self {
        Self::invalid(format!("Malformed request: {method} {path}"))
    }

    /// Returns the error for an unknown path (404).
    pub fn not_found(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("Not found: {path}"))
    }

    /// Returns the error for an unknown model (404).
    pub fn no_model(name: &str, selector: Selector) -> Self {
        let wanted = match selector {
            Selector::Version(number) => format!("Specific({name}, {number})"),
            Selector::Latest | Selector::Label(_) => format!("Latest({name})"),
        };
        let message = format!("Servable not found for request: {wanted}");
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// Returns the error for a version that is not loaded (404).
    pub fn no_version(name: &str, number: u64) -> Self {
        Self::no_model(name, Selector::Version(number))
    }

    /// Returns the error for the status of an unknown model or version (404).
    pub fn no_status(name: &str, version: Option<u64>) -> Self {
        let message = match version {
            None => format!("Could not find any versions of model {name}"),
            Some(number) => format!("Could not find version {number} of model {name}"),
        };
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// Returns the error for an unknown version label: 400, as in TensorFlow Serving.
    pub fn no_label(label: &str) -> Self {
        Self::invalid(format!("Unrecognized servable version label: {label}"))
    }

    /// Returns the error for an unsupported method (405).
    pub fn method(method: &Method, path: &str, allowed: &'static str) -> Self {
        let message = format!("Malformed request: {method} {path} allows only {allowed}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message).with(header::ALLOW, allowed)
    }

    /// Returns the error for a missing or invalid API key (401).
    pub fn no_key() -> Self {
        let message = "A valid API key is required: Authorization: Bearer KEY, or x-api-key: KEY";
        Self::new(StatusCode::UNAUTHORIZED, message).with(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// Returns the error for an unknown content encoding, or for several (415). The header is that of RFC 7694.
    pub fn encoding() -> Self {
        let message = "Content-Encoding must be one of gzip, deflate or identity";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, message).with(header::ACCEPT_ENCODING, "gzip, deflate, identity")
    }

    /// Returns the error for a body that exceeds the size limit (413).
    pub fn too_large(most: usize) -> Self {
        let message = format!("The request has more than {most} bytes: send fewer texts at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// Returns the error for a compressed body whose content exceeds the size limit (413).
    pub fn too_large_decompressed(most: usize) -> Self {
        let message = format!(
            "The decompressed request has more than {most} bytes: send fewer texts at once"
        );
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// Returns the error for a table that exceeds a size limit (413).
    pub fn large_table(most_cells: usize, most_bytes: usize) -> Self {
        let message =
            format!("The table has more than {most_cells} cells or {most_bytes} bytes of text");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// Returns the error for a body that did not arrive in time (408).
    pub fn too_slow() -> Self {
        let message = "The request did not arrive in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, message).with(header::CONNECTION, "close")
    }

    /// Returns the error for a full queue (429).
    pub fn busy() -> Self {
        let message = "The server is busy: retry later";
        Self::new(StatusCode::TOO_MANY_REQUESTS, message).with(header::RETRY_AFTER, "1")
    }

    /// Returns the error for a server that is shutting down (503).
    pub fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping")
    }

    /// Returns the error for a response that took too long (504).
    pub fn late() -> Self {
        let message = "The request timed out";
        Self::new(StatusCode::GATEWAY_TIMEOUT, message)
    }

    /// Returns the error for failed scoring (500); the log has the details.
    pub fn failed() -> Self {
        let message = "The prediction failed";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }
}

impl Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self {
            status,
            message,
            header,
        } = self;
        (
            status,
            header.map(|header| [header]),
            Json(json!({"error": message})),
        )
            .into_response()
    }
}
