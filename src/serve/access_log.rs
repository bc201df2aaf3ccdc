//! The access log: one line per request. The metrics also count each request.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;

use super::app_state::AppState;
use super::connection::Client;
use super::prometheus::ModelRequest;

/// Maximum number of path characters to log.
const PATH_CHARACTERS: usize = 200;

/// The status logged and counted when the client disconnects before the response. The number is nginx's.
const CLIENT_GONE: u16 = 499;

/// Logs a request and records its duration.
pub async fn log_request(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let mut logged = LoggedRequest {
        app,
        begun: Instant::now(),
        method: request.method().clone(),
        path: request.uri().path().chars().take(PATH_CHARACTERS).collect(),
        client: request.extensions().get::<Client>().copied(),
        status: CLIENT_GONE,
        model_request: None,
    };
    let mut response = next.run(request).await;
    logged.status = response.status().as_u16();
    logged.model_request = response.extensions_mut().remove::<ModelRequest>();
    response
}

/// A request in progress. It is logged when dropped: after the response, or when the client disconnects.
struct LoggedRequest {
    app: Arc<AppState>,
    begun: Instant,
    method: Method,
    path: String,
    client: Option<Client>,
    status: u16,
    model_request: Option<ModelRequest>,
}

impl Drop for LoggedRequest {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        let (method, path, status) = (&self.method, &self.path, self.status);
        let model_request = self.model_request.as_ref();
        self.app.metrics.observe(model_request, status, duration);
        tracing::info!(
            %method,
            path,
            status,
            seconds = duration.as_secs_f64(),
            client = self.client.map(|Client(address)| tracing::field::display(address)),
            model = model_request.map(|asked| asked.model.as_str()),
            version = model_request.map(|asked| asked.version),
            texts = model_request.map(|asked| asked.texts),
            "request"
        );
    }
}
