//! What is seen of every request: a line in the access log, the metrics, and headers that make answers safe to show.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::connection::Client;
use super::routes::App;

/// The header that says which version answered.
pub const VERSION_HEADER: HeaderName = HeaderName::from_static("x-model-version");

/// Characters of a path that are logged.
const PATH_CHARACTERS: usize = 200;

/// The status that is logged and counted of a request whose client left before its answer: nginx's number for it.
const CLIENT_GONE: u16 = 499;

/// What a model was asked, told by its handler to the log and the metrics. Never the texts.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub model: String,
    pub version: u64,
    pub verb: &'static str,
    pub texts: usize,
}

/// Logs and measures a request.
pub async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut seen = Seen {
        app: Arc::clone(&app),
        begun: Instant::now(),
        method: request.method().clone(),
        path: request.uri().path().chars().take(PATH_CHARACTERS).collect(),
        client: request.extensions().get::<Client>().copied(),
        status: CLIENT_GONE,
        outcome: None,
    };
    let mut response = next.run(request).await;
    seen.status = response.status().as_u16();
    seen.outcome = response.extensions_mut().remove::<Outcome>();
    let headers = response.headers_mut();
    secure(headers);
    if app.stopping.load(Ordering::Relaxed) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A request until it is answered or, without an answer, dropped: its client has left then.
struct Seen {
    app: Arc<App>,
    begun: Instant,
    method: Method,
    path: String,
    client: Option<Client>,
    status: u16,
    outcome: Option<Outcome>,
}

impl Drop for Seen {
    fn drop(&mut self) {
        let duration = self.begun.elapsed();
        let (method, path, status) = (&self.method, &self.path, self.status);
        let outcome = self.outcome.as_ref();
        self.app.metrics.observe(outcome, status, duration);
        tracing::info!(
            %method,
            path,
            status,
            seconds = duration.as_secs_f64(),
            client = self.client.map(|Client(address)| tracing::field::display(address)),
            model = outcome.map(|outcome| outcome.model.as_str()),
            version = outcome.map(|outcome| outcome.version),
            texts = outcome.map(|outcome| outcome.texts),
            "request"
        );
    }
}

/// Headers that keep a browser from running, framing, guessing or keeping what it is given.
fn secure(headers: &mut HeaderMap) {
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
