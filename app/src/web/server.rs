//! The socket of the console: a thread of its own, so that nothing here delays the server, and limits for those who
//! connect.

use super::hub::Hub;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ringback_io::record::RecordReader;
use std::io;
use std::net::{SocketAddr, TcpListener as BlockingListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// A console whose socket is open.
#[derive(Debug)]
pub(crate) struct Web(BlockingListener);

impl Web {
    /// Opens the socket.
    ///
    /// # Errors
    /// The system's own.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = BlockingListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Web(listener))
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's own.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// Serves until the process ends.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(web: Web, hub: Arc<Hub>, router: Router) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(READERS_MAX)
        .build()?;
    thread::Builder::new().name("console".to_owned()).spawn(move || {
        runtime.block_on(async move {
            tokio::task::spawn_blocking(move || load(&hub));
            if let Ok(listener) = TcpListener::from_std(web.0) {
                serve(listener, &router).await;
            }
        });
    })?;
    Ok(())
}

/// Reads the calls of the last day.
fn load(hub: &Hub) {
    let reader = hub.journal.as_ref().and_then(|folder| RecordReader::open(folder).ok());
    // What cannot be read is missing on the board; `ringback why` tells of the fault.
    let _ = hub.board.load(reader.as_ref(), hub.started);
}

async fn serve(listener: TcpListener, router: &Router) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        // Who finds no room waits in the queue of the system.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, peer)) = listener.accept().await else {
            // Too many open files, or the like: it passes.
            sleep(ACCEPT_REST).await;
            continue;
        };
        let router = router.clone();
        tokio::spawn(async move {
            // Faults of a connection are the peer's own.
            let _ = timeout(CONNECTION_TIME_MAX, connection(stream, peer, router)).await;
            drop(permit);
        });
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router) -> Result<(), hyper::Error> {
    let service = TowerToHyperService::new(router.layer(axum::Extension(Peer(peer))));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .await
}

/// Who has connected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Most connections at once.
const CONNECTIONS_MAX: usize = 64;
/// Most requests that read the journal at once.
const READERS_MAX: usize = 4;
/// The largest head of a request.
const HEAD_BYTES_MAX: usize = 32 * 1024;
/// How long a connection may be silent between requests, and within a head.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a connection lives at most.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(3600);
/// How long nothing is accepted after a failure.
const ACCEPT_REST: Duration = Duration::from_millis(100);
