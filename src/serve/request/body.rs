//! Reads whole request bodies, with limits on size and time.

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

use super::body_memory::BodyMemory;
use super::content_encoding::ContentEncoding;
use crate::serve::api_error::ApiError;
use crate::serve::app_state::AppState;

/// The unread body of a rejected request is discarded, up to this multiple of the size limit.
const TIMES_READ: usize = 8;

/// Maximum wait for the next part of it.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Reads and decompresses a body. It has at most `most` bytes, both before and after decompression.
pub async fn receive(
    request: Request,
    most: usize,
    memory: &mut BodyMemory<'_>,
    deadline: Instant,
) -> Result<Vec<u8>, ApiError> {
    let encoding = ContentEncoding::parse(request.headers())?;
    let declared = declared_size(&request).unwrap_or(most).min(most);
    memory.grow(declared)?;
    let received = timeout_at(
        deadline.into(),
        collect(request.into_body(), most, declared),
    );
    let body = received.await.map_err(|_| ApiError::too_slow())??;
    match encoding {
        None => Ok(body),
        Some(encoding) => encoding.decompress(&body, most, memory),
    }
}

/// Returns the body size that the client declares, if any.
fn declared_size(request: &Request) -> Option<usize> {
    let declared = request.headers().get(header::CONTENT_LENGTH)?;
    declared.to_str().ok()?.parse().ok()
}

async fn collect(mut body: Body, most: usize, expected: usize) -> Result<Vec<u8>, ApiError> {
    // Reserve memory gradually: a client may declare more than it sends.
    let mut received = Vec::with_capacity(expected.min(64 << 10));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ApiError::invalid("The body is incomplete"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if received.len() + data.len() > most {
            return Err(ApiError::too_large(most));
        }
        received.extend_from_slice(&data);
    }
    Ok(received)
}

/// Discards the unread body of a rejected request, within limits: otherwise a client that is still sending would see a
/// broken connection instead of the error. Does not wait for idle clients.
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

/// A body shared with a handler. Reading resumes where the handler stopped.
#[derive(Clone)]
struct Lent(Arc<Mutex<Shared>>);

struct Shared {
    body: Body,
    /// Whether the client is sending the body: after an `Expect` header, it waits until the server reads.
    is_asked_for: bool,
}

impl Lent {
    fn get(&self) -> MutexGuard<'_, Shared> {
        // The body has one reader at a time, and none follows a reader that panicked.
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
