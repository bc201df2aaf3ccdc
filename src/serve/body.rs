//! A request's body, received whole, within bounds of size and time.

use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use http_body_util::BodyExt;
use tokio::time::timeout_at;

use super::refusal::Refusal;

/// A body that is too large is read to its end, and thrown away, up to so many times the limit: a client that is
/// still sending would see a broken connection instead of the reason.
const TIMES_READ: usize = 8;

/// How large the client says that the body is, if it says.
pub fn declared_size(request: &Request) -> Option<usize> {
    let declared = request.headers().get(header::CONTENT_LENGTH)?;
    declared.to_str().ok()?.parse().ok()
}

/// Receives a body of at most `most` bytes.
pub async fn receive(request: Request, most: usize, deadline: Instant) -> Result<Bytes, Refusal> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::encoded());
    }
    let expected = declared_size(&request).unwrap_or_default().min(most);
    let received = timeout_at(
        deadline.into(),
        collect(request.into_body(), most, expected),
    );
    received.await.unwrap_or_else(|_| Err(Refusal::too_slow()))
}

async fn collect(mut body: Body, most: usize, expected: usize) -> Result<Bytes, Refusal> {
    // Not all at once: who says much may send little.
    let mut received = Vec::with_capacity(expected.min(64 << 10));
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::invalid("The body did not arrive whole"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        size += data.len();
        if size <= most {
            received.extend_from_slice(&data);
        } else if size > TIMES_READ.saturating_mul(most) {
            break;
        } else {
            received = Vec::new();
        }
    }
    if size > most {
        return Err(Refusal::too_large(most));
    }
    Ok(received.into())
}
