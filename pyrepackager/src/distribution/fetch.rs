//! Downloads archives into the cache.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::tls::{RootCerts, TlsConfig};

use crate::cache::{CacheError, CacheLock, PartialFile};
use crate::config::resolved::Sha256Digest;
use crate::reporter::{Length, Reporter};

use super::archive::short_name;
use super::error::with_causes;

/// How long to wait for a name and a connection: short, for a closed network should not cost
/// those time that have another source for the archive.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a server may send nothing.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// Pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(1500)];

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 16;

/// Why a file cannot be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No connection, or not a URL.
    #[error("`{url}` cannot be reached")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The server answers, but not with the file.
    #[error("`{url}` cannot be downloaded: the server answers with status {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The connection breaks off each time.
    #[error("the download of `{url}` breaks off after {received} bytes{}", of_total(.total))]
    Interrupted {
        /// What was asked for.
        url: String,
        /// Bytes that came, in this and in earlier attempts that it continues.
        received: u64,
        /// Bytes that the server announced.
        total: Option<u64>,
        /// Why.
        source: io::Error,
    },
    /// What was downloaded is not what was meant.
    #[error("`{url}` has the SHA-256 {found}, but {expected} is expected")]
    Sha256 {
        /// What was asked for.
        url: String,
        /// What the configuration or the pinned table says.
        expected: Sha256Digest,
        /// What the downloaded file has.
        found: Sha256Digest,
    },
    /// What was downloaded cannot be kept.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

fn of_total(total: &Option<u64>) -> String {
    total.map(|total| format!(" of {total}")).unwrap_or_default()
}

impl FetchError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreachable { .. } | Self::Interrupted { .. } => {
                "look at the network and the proxy variables (HTTPS_PROXY); without a network, \
                 give an archive's `local_path`, or `build = \"3.13\"` to build one here"
                    .to_owned()
            }
            Self::Status { .. } => "look whether the URL is still right; an archive's \
                 `local_path`, or `build = \"3.13\"`, needs no download"
                .to_owned(),
            Self::Sha256 { .. } => "if the URL is right and trusted, give the SHA-256 of its file \
                 as `sha256`"
                .to_owned(),
            Self::Cache(error) => return error.hint(),
        })
    }

    /// Whether another attempt may do better.
    fn is_transient(&self) -> bool {
        match self {
            Self::Interrupted { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            // Names that are not found and connections that are refused or not answered stay so.
            Self::Unreachable { source, .. } => match &**source {
                ureq::Error::Io(error) => matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionReset
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::BrokenPipe
                        | io::ErrorKind::UnexpectedEof
                ),
                _ => false,
            },
            Self::Sha256 { .. } | Self::Cache(_) => false,
        }
    }
}

/// Downloads `url` to `path`, which is guarded by `lock`.
///
/// Nothing is at `path` unless its SHA-256 is the expected one.
///
/// # Errors
/// When the file cannot be had within three attempts, or is not the expected one.
pub(super) fn fetch(
    url: &str,
    sha256: &Sha256Digest,
    path: &Path,
    lock: &CacheLock,
    reporter: &dyn Reporter,
) -> Result<PathBuf, FetchError> {
    let mut download = Download {
        agent: agent(),
        url,
        path,
        file: lock.partial_file(path)?,
        received: Received::default(),
    };
    let mut pauses = PAUSES.iter();
    loop {
        let error = match download.attempt(sha256, reporter) {
            Ok(()) => {
                download.file.finish()?;
                return Ok(path.to_owned());
            }
            Err(error) => error,
        };
        // The parts of an answer that broke off may be of two files.
        let was_resumed = matches!(error, FetchError::Sha256 { .. }) && download.received.resumed;
        let again = error.is_transient() || was_resumed;
        let Some(pause) = pauses.next().filter(|_| again) else { return Err(error) };
        if was_resumed {
            download.restart()?;
        }
        reporter.note(&format!("{}; trying again", with_causes(&error)));
        std::thread::sleep(*pause);
    }
}

/// A file on its way, over one or more answers of the server.
struct Download<'a> {
    agent: ureq::Agent,
    url: &'a str,
    /// Its final path.
    path: &'a Path,
    file: PartialFile<'a>,
    received: Received,
}

/// What there is of the file.
#[derive(Default)]
struct Received {
    bytes: u64,
    hasher: Sha256,
    /// What the server says that the file is, to ask for the rest of the same one.
    etag: Option<String>,
    /// Whether it came in several answers.
    resumed: bool,
}

/// Proxies are those of the environment.
fn agent() -> ureq::Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(SILENCE_TIMEOUT))
        .timeout_per_read(Some(SILENCE_TIMEOUT))
        .build()
        .new_agent()
}

impl Download<'_> {
    /// Asks for the file, or for the rest of it, and checks it when all is there.
    fn attempt(
        &mut self,
        expected: &Sha256Digest,
        reporter: &dyn Reporter,
    ) -> Result<(), FetchError> {
        let response = self.ask()?;
        let total = response.body().content_length().map(|rest| self.received.bytes + rest);
        let step = reporter.start(
            &format!("fetching {}", short_name(self.path)),
            total.map_or(Length::Unknown, Length::Bytes),
        );
        step.advance(self.received.bytes);
        let mut reader = response.into_body().into_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            let count =
                reader.read(&mut chunk).map_err(|source| self.interrupted(total, source))?;
            if count == 0 {
                break;
            }
            self.keep(&chunk[..count])?;
            step.advance(count as u64);
        }
        if total.is_some_and(|total| self.received.bytes < total) {
            return Err(self.interrupted(total, io::ErrorKind::UnexpectedEof.into()));
        }
        let found = Sha256Digest(self.received.hasher.clone().finalize().into());
        if found != *expected {
            let url = self.url.to_owned();
            return Err(FetchError::Sha256 { url, expected: *expected, found });
        }
        Ok(())
    }

    /// Asks for what is not there yet. A server that does not know the file by its `ETag`, or no
    /// parts of files, answers with all of it.
    fn ask(&mut self) -> Result<ureq::http::Response<ureq::Body>, FetchError> {
        let mut request = self.agent.get(self.url);
        if self.received.bytes > 0
            && let Some(etag) = &self.received.etag
        {
            request = request.header("Range", format!("bytes={}-", self.received.bytes));
            request = request.header("If-Range", etag);
        }
        let response = request.call().map_err(|error| match error {
            ureq::Error::StatusCode(status) => {
                FetchError::Status { url: self.url.to_owned(), status }
            }
            error => FetchError::Unreachable { url: self.url.to_owned(), source: Box::new(error) },
        })?;
        let field = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let etag = field("ETag").filter(|etag| !etag.starts_with("W/"));
        let continues = response.status().as_u16() == 206
            && field("Content-Range")
                .is_some_and(|range| range.starts_with(&format!("bytes {}-", self.received.bytes)));
        if continues {
            self.received.resumed = true;
        } else {
            self.restart()?;
        }
        self.received.etag = etag;
        Ok(response)
    }

    fn keep(&mut self, data: &[u8]) -> Result<(), CacheError> {
        let path = self.path;
        self.received.hasher.update(data);
        self.received.bytes += data.len() as u64;
        self.file
            .write_all(data)
            .map_err(|source| CacheError::Write { path: path.to_owned(), source })
    }

    /// Drops what has come.
    fn restart(&mut self) -> Result<(), CacheError> {
        self.received = Received::default();
        self.file.clear()
    }

    fn interrupted(&self, total: Option<u64>, source: io::Error) -> FetchError {
        let (url, received) = (self.url.to_owned(), self.received.bytes);
        FetchError::Interrupted { url, received, total, source }
    }
}

#[cfg(test)]
pub(super) mod tests;
