//! One connection, from the handshake to its end. Slow clients are disconnected.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Size of a connection's buffer in bytes, enough for any legitimate request head.
const BUFFER_BYTES: usize = 64 << 10;

/// The address of a request's client.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub SocketAddr);

/// The configuration shared by all connections.
#[derive(Clone)]
pub struct Connections {
    pub routes: Router,
    pub tls: Option<TlsAcceptor>,
    /// Timeout for the TLS handshake, for a request head, and for a client to read written data.
    pub timeout: Duration,
}

impl Connections {
    /// Serves a connection until it closes, or until the server stops and its last request is answered.
    pub async fn serve(self, stream: TcpStream, address: SocketAddr, stop: Watcher) {
        // Responses are written whole; Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.timeout));
        let stream = Box::pin(stream);
        match self.tls.clone() {
            None => self.serve_http(stream, address, stop).await,
            Some(tls) => match timeout(self.timeout, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.serve_http(stream, address, stop).await,
                Ok(Err(error)) => tracing::debug!(client = %address, %error, "TLS failed"),
                Err(_) => tracing::debug!(client = %address, "TLS handshake timed out"),
            },
        }
    }

    async fn serve_http(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        address: SocketAddr,
        stop: Watcher,
    ) {
        let Self {
            routes, timeout, ..
        } = self;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Client(address));
            routes.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(timeout)
            .max_buf_size(BUFFER_BYTES)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = stop.watch(connection).await {
            tracing::debug!(client = %address, %error, "connection broken");
        }
    }
}
