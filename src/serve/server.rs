//! The server: it loads the models, accepts connections and ends without dropping a request.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use super::api_keys::Keys;
use super::app_state::AppState;
use super::connection::Connections;
use super::error::ServeError;
use super::explainer::Explainer;
use super::metrics::Metrics;
use super::models::{Loading, Models};
use super::routes::routes;
use super::settings::{Limits, Settings};
use super::tls;

/// Connections at one time; others wait to be accepted. It bounds the memory that clients can take.
const MAX_CONNECTIONS: usize = 1024;

/// KiB of requests' bodies and texts at one time; a request beyond is answered with 429.
const ROOM_FOR_BODIES: usize = 256 << 10;

/// The pause after a connection that could not be accepted, mostly for want of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(50);

/// The time in which new clients are still served, `/readyz` says that the server stops, and a client that sends one
/// request after the other is told, with its next answer, that the connection ends. Connections that are idle then are
/// closed; a request that was on its way would be lost.
const LAST_CALL: Duration = Duration::from_millis(500);

/// A wait for what is there already.
const AT_ONCE: Duration = Duration::from_millis(1);

/// Connections that the system may hold until they are accepted.
const BACKLOG: usize = 4096;

/// A server that has its models and its port.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    connections: Connections,
    app: Arc<AppState>,
    address: SocketAddr,
}

impl Server {
    /// Loads the models and takes the port.
    pub fn start(settings: &Settings) -> Result<Self, ServeError> {
        check(settings)?;
        let metrics = Arc::new(Metrics::new());
        let loading = Loading {
            device: settings.device.clone(),
            limits: settings.limits,
            metrics: Arc::clone(&metrics),
        };
        let keys = settings.keys.as_deref().map(Keys::read).transpose()?;
        let tls = settings.tls.as_ref().map(tls::acceptor).transpose()?;
        let app = Arc::new(AppState {
            models: Models::load(&settings.models, &loading)?,
            explainer: Explainer::default(),
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
        // After the models: who may connect is answered.
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

    /// Where the server listens, as a URL.
    pub fn url(&self) -> String {
        let scheme = match self.connections.tls {
            None => "http",
            Some(_) => "https",
        };
        format!("{scheme}://{}", self.address)
    }

    /// Whether other machines can reach it.
    pub fn is_reachable(&self) -> bool {
        !self.address.ip().is_loopback()
    }

    /// Serves until `stop` is notified, then answers what was accepted; false where some clients had to be given up.
    pub fn run(self, stop: &Notify) -> bool {
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
                () = stop.notified() => {}
            }
            app.stopping.store(true, Ordering::Relaxed);
            // Who is connected already, though not accepted yet for want of room, is not turned away.
            room.add_permits(BACKLOG);
            let _ = timeout(LAST_CALL, accept_all(&listener, &room, accept)).await;
            while let Ok(Some(accepted)) = timeout(AT_ONCE, next(&listener, &room)).await {
                accept(accepted);
            }
            drop(listener);
            let ended = timeout(longest(&app.limits), open.shutdown()).await;
            ended.is_ok()
        });
        // What still runs is the part of clients that were given up.
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

/// The longest that a connection may take from when the server stops: a head, its answer, and its last bytes.
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

/// A connection, and its place among all of them.
type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

async fn accept_all(listener: &TcpListener, room: &Arc<Semaphore>, accept: impl Fn(Accepted)) {
    loop {
        match next(listener, room).await {
            Some(accepted) => accept(accepted),
            None => sleep(AFTER_FAILURE).await,
        }
    }
}

/// The next connection, once there is room for it; None where it could not be accepted.
async fn next(listener: &TcpListener, room: &Arc<Semaphore>) -> Option<Accepted> {
    // Nobody closes the semaphore.
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, permit)),
        Err(error) => {
            tracing::warn!(%error, "connection not accepted");
            None
        }
    }
}
