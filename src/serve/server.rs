//! The server: loads the models, accepts connections and shuts down gracefully.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::api_keys::Keys;
use super::app_state::AppState;
use super::connection::Connections;
use super::error::ServeError;
use super::explainer::Explainer;
use super::models::{Loading, Models};
use super::prometheus::Metrics;
use super::routes::routes;
use super::settings::{Limits, Settings};
use super::tables::TableReader;
use super::tls;

/// Maximum number of open connections; others wait to be accepted. It bounds the memory that clients can use.
const MAX_CONNECTIONS: usize = 1024;

/// Memory limit for the bodies and texts of concurrent requests, in KiB. Requests beyond it get status 429.
const ROOM_FOR_BODIES: usize = 256 << 10;

/// The pause after a failed accept, usually caused by a lack of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// The grace period of a shutdown. The server still accepts new clients, `/readyz` reports that it is stopping, and the
/// next response on each keep-alive connection announces its end. Idle connections are closed afterwards; a request in
/// transit at that moment would be lost.
const LAST_CALL: Duration = Duration::from_millis(500);

/// The timeout for connections that are already pending.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Maximum number of pending connections in the system's accept queue.
const BACKLOG: usize = 4096;

/// A server with loaded models and a bound port.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    connections: Connections,
    app: Arc<AppState>,
    address: SocketAddr,
}

impl Server {
    /// Loads the models and binds the port.
    pub fn start(settings: &Settings) -> Result<Self, ServeError> {
        check(settings)?;
        let metrics = Arc::new(Metrics::new());
        let loading = Loading {
            two_classes: settings.two_classes,
            any_language: settings.any_language,
            precision: settings.precision,
            device: settings.device.clone(),
            limits: settings.limits,
            metrics: Arc::clone(&metrics),
        };
        let keys = settings.keys.as_deref().map(Keys::read).transpose()?;
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let app = Arc::new(AppState {
            models: Models::load(&settings.models, &loading)?,
            explainer: Explainer::default(),
            tables: TableReader::default(),
            room_for_bodies: Semaphore::new(ROOM_FOR_BODIES),
            limits: settings.limits,
            metrics,
            stopping: AtomicBool::new(false),
        });
        let connections = Connections {
            routes: routes(Arc::clone(&app), keys, &settings.origins)?,
            tls,
            timeout: settings.limits.timeout,
        };
        // Bind after loading the models, so that every client that connects gets a response.
        let runtime = Runtime::new().map_err(ServeError::Thread)?;
        let (listener, address) = runtime.block_on(listen(&settings.host, settings.port))?;
        Ok(Self {
            runtime,
            listener,
            connections,
            app,
            address,
        })
    }

    /// Returns the server's URL.
    pub fn url(&self) -> String {
        let scheme = match self.connections.tls {
            None => "http",
            Some(_) => "https",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Returns whether other machines can reach the server.
    pub fn is_reachable(&self) -> bool {
        !self.address.ip().is_loopback()
    }

    /// Serves until `stop` completes, then answers the accepted requests. Returns `false` if some clients got no
    /// response in time.
    pub fn run(self, stop: impl Future<Output = ()>) -> bool {
        let Self {
            runtime,
            listener,
            connections,
            app,
            ..
        } = self;
        let all_ended = runtime.block_on(async {
            let open = GracefulShutdown::new();
            let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
            let accept = |(stream, address, permit): Accepted| {
                let served = connections.clone().serve(stream, address, open.watcher());
                tokio::spawn(async move {
                    served.await;
                    drop(permit);
                });
            };
            tokio::select! {
                () = accept_all(&listener, &room, accept) => {}
                () = stop => {}
            }
            app.stopping.store(true, Ordering::Relaxed);
            // Also accept pending connections that exceed the connection limit.
            room.add_permits(BACKLOG);
            let _ = timeout(LAST_CALL, accept_all(&listener, &room, accept)).await;
            while let Ok(Some(accepted)) = timeout(AT_ONCE, next(&listener, &room)).await {
                accept(accepted);
            }
            drop(listener);
            let ended = timeout(longest(&app.limits), open.shutdown()).await;
            ended.is_ok()
        });
        // The remaining tasks belong to clients that timed out.
        runtime.shutdown_background();
        all_ended
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// Returns the maximum lifetime of a connection after shutdown starts: request head, response and last bytes.
fn longest(limits: &Limits) -> Duration {
    limits.timeout.saturating_mul(3)
}

fn check(settings: &Settings) -> Result<(), ServeError> {
    let names: Vec<&str> = settings
        .models
        .iter()
        .map(|model| model.name.as_str())
        .collect();
    let mut named = names.iter().enumerate();
    match named.find(|(place, name)| names[..*place].contains(name)) {
        None => Ok(()),
        Some((_, name)) => Err(ServeError::SameName {
            name: (*name).into(),
        }),
    }
}

async fn listen(host: &str, port: u16) -> Result<(TcpListener, SocketAddr), ServeError> {
    let bound = async {
        let listener = TcpListener::bind((host, port)).await?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    bound.await.map_err(|source| ServeError::Listen {
        address: format!("{host}:{port}"),
        source,
    })
}

/// A connection, its client's address and its permit.
type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

async fn accept_all(listener: &TcpListener, room: &Arc<Semaphore>, accept: impl Fn(Accepted)) {
    loop {
        match next(listener, room).await {
            Some(accepted) => accept(accepted),
            None => sleep(AFTER_FAILURE).await,
        }
    }
}

/// Returns the next connection once a permit is free, or `None` if accepting it failed.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    // The semaphore is never closed.
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            tracing::warn!(%error, "connection not accepted");
            None
        }
    }
}
