//! A request's body, received whole, within bounds of size and time.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::{timeout, timeout_at};

use super::api_error::ApiError;
use super::app_state::AppState;

/// What a refused request leaves of its body is read, and thrown away, up to so many times the limit.
const TIMES_READ: usize = 8;

/// The longest wait for more of it.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// How large the client says that the body is, if it says.
pub fn declared_size(request: &Request) -> Option<usize> {
    let declared = request.headers().get(header::CONTENT_LENGTH)?;
    declared.to_str().ok()?.parse().ok()
}

/// Receives a body of at most `most` bytes.
pub async fn receive(request: Request, most: usize, deadline: Instant) -> Result<Bytes, ApiError> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(ApiError::encoded());
    }
    let expected = declared_size(&request).unwrap_or_default().min(most);
    let received = timeout_at(
        deadline.into(),
        collect(request.into_body(), most, expected),
    );
    received.await.unwrap_or_else(|_| Err(ApiError::too_slow()))
}

async fn collect(mut body: Body, most: usize, expected: usize) -> Result<Bytes, ApiError> {
    // Not all at once: who says much may send little.
    let mut received = Vec::with_capacity(expected.min(64 << 10));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::invalid("The body did not arrive whole"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if received.len() + data.len() > most {
            return Err(ApiError::too_large(most));
        }
        received.extend_from_slice(&data);
    }
    Ok(received.into())
}

/// Reads what a refused request left of its body, within bounds: a client that is still sending would see a broken
/// connection instead of the reason. Who does not send is not waited for.
pub async fn drain(State(app): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let deadline = Instant::now() + app.limits.timeout;
    let expects = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    let mut body = Lent(Arc::new(Mutex::new(Shared {
        body,
        is_asked_for: !expects,
    })));
    let request = Request::from_parts(head, Body::new(body.clone()));
    let response = next.run(request).await;
    let is_refused = response.status().is_client_error() || response.status().is_server_error();
    let is_sent = body.get().is_asked_for;
    if is_refused && is_sent && !response.headers().contains_key(header::CONNECTION) {
        let most = TIMES_READ.saturating_mul(app.limits.max_body);
        let _ = timeout_at(deadline.into(), discard(&mut body, most)).await;
    }
    response
}

async fn discard(body: &mut Lent, most: usize) {
    let mut size = 0;
    while let Ok(Some(Ok(frame))) = timeout(LONGEST_PAUSE, body.frame()).await {
        size += frame.data_ref().map_or(0, Bytes::len);
        if size > most {
            break;
        }
    }
}

/// A body that a handler is lent, and that goes on where the handler left it.
#[derive(Clone)]
struct Lent(Arc<Mutex<Shared>>);

struct Shared {
    body: Body,
    /// Whether the client sends it: one that sent `Expect` waits until it is read.
    is_asked_for: bool,
}

impl Lent {
    fn get(&self) -> MutexGuard<'_, Shared> {
        // One at a time reads the body, and a reader that panicked is not followed by another.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut shared = self.get();
        shared.is_asked_for = true;
        Pin::new(&mut shared.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.get().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.get().body.size_hint()
    }
}
