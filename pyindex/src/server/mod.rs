//! Serves an index by HTTP/1.1.
//!
//! * `options`: what the server is told; `tokens`: who may do what.
//! * `routes`: which address is answered by what.
//! * `respond`: pages, with what caches want to know; `download`: files and parts of them; `compress`: gzip.
//! * `upload`: files that clients send; `drain`: what is left of a request that is refused.
//! * `cache`: pages that were made before.
//! * `connection`: connections, and clients that are slow.
//! * `log`: a line for each request.

mod cache;
mod connection;
mod download;
mod drain;
mod log;
mod options;
mod refusal;
mod respond;
mod routes;
#[cfg(test)]
mod tests;
mod tokens;
mod upload;

pub use options::{Fallback, FallbackError, Options};
pub use tokens::{TokenError, Tokens};

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::folder::Index;

/// Threads that read files at the same time, at most.
const READERS: usize = 64;

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is in use, not this machine's, or not permitted.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// No threads are to be had.
    #[error("cannot start the server")]
    Start(#[source] std::io::Error),
    /// The folder for uploads cannot be made.
    #[error("cannot make the folder that uploads are written to")]
    Uploads(#[source] std::io::Error),
}

impl ServeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Listen { source, .. } => Some(match source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "another program listens there: name another port with --listen, or 0 for any that is free"
                }
                std::io::ErrorKind::PermissionDenied => {
                    "ports below 1024 need a privilege: name a higher one with --listen"
                }
                _ => "name an address of this machine with --listen",
            }),
            Self::Uploads(_) => {
                Some("make the folder writable, or serve it without --upload-token-file")
            }
            Self::Start(_) => None,
        }
    }
}

/// Ends a server from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Notify>);

impl Stop {
    /// Has the server take no more connections, and end when it has answered what it was asked.
    pub fn stop(&self) {
        self.0.notify_one();
    }
}

/// A server that has its port.
pub struct Server {
    runtime: Runtime,
    listener: TcpListener,
    address: SocketAddr,
    index: Arc<Index>,
    options: Options,
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    ///
    /// When the address is not to be had, or uploads could not be written.
    pub fn bind(index: Index, options: Options) -> Result<Self, ServeError> {
        if options.upload_tokens.is_some() {
            upload::prepare(index.root()).map_err(ServeError::Uploads)?;
        }
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let builder = builder.enable_io().enable_time().max_blocking_threads(READERS);
        let runtime = builder.build().map_err(ServeError::Start)?;
        let address = options.listen;
        let failed = |source| ServeError::Listen { address, source };
        let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { runtime, listener, address, index: Arc::new(index), options })
    }

    /// The address, with the port that was found where any was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is stopped. Beside, all files are looked into, so that nobody waits for it later.
    pub fn run(self, stop: &Stop) {
        let index = Arc::clone(&self.index);
        let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let inspector = std::thread::spawn(move || inspect_all(&index, &end));
        let router = routes::router(self.index, self.options);
        self.runtime.block_on(connection::serve(self.listener, router, stop.0.notified()));
        ended.store(true, std::sync::atomic::Ordering::Relaxed);
        self.runtime.shutdown_background();
        // It ends after the file that it is at.
        drop(inspector);
    }
}

/// Looks into all files, one after the other.
fn inspect_all(index: &Index, ended: &std::sync::atomic::AtomicBool) {
    let Ok(snapshot) = index.current() else { return };
    for file in &snapshot.left_out {
        tracing::warn!(file = file.place, error = file.why, "left out");
    }
    let mut damaged = 0;
    for file in snapshot.files() {
        if ended.load(std::sync::atomic::Ordering::Relaxed) {
            return;
        }
        damaged += usize::from(file.contents().is_err());
    }
    let (files, left_out) = (snapshot.files().count(), snapshot.left_out.len() + damaged);
    tracing::info!(files, left_out, "all files were looked into");
}
