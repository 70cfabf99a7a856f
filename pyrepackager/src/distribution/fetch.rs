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
        /// Bytes that came in the last attempt.
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

    /// Whether the file may well be there for a machine with a better connection.
    pub(super) fn is_about_the_network(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Status { .. } | Self::Interrupted { .. } => true,
            Self::Sha256 { .. } | Self::Cache(_) => false,
        }
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
    let agent = agent();
    let mut pauses = PAUSES.iter();
    loop {
        let outcome = attempt(&agent, url, sha256, lock.partial_file(path)?, path, reporter);
        match (outcome, pauses.as_slice()) {
            (Ok(()), _) => return Ok(path.to_owned()),
            (Err(error), [pause, ..]) if error.is_transient() => {
                reporter.note(&format!("{}; trying again", with_causes(&error)));
                std::thread::sleep(*pause);
                pauses.next();
            }
            (Err(error), _) => return Err(error),
        }
    }
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

fn attempt(
    agent: &ureq::Agent,
    url: &str,
    expected: &Sha256Digest,
    mut file: PartialFile<'_>,
    path: &Path,
    reporter: &dyn Reporter,
) -> Result<(), FetchError> {
    let response = agent.get(url).call().map_err(|error| match error {
        ureq::Error::StatusCode(status) => FetchError::Status { url: url.to_owned(), status },
        error => FetchError::Unreachable { url: url.to_owned(), source: Box::new(error) },
    })?;
    let body = response.into_body();
    let total = body.content_length();
    let step = reporter.start(
        &format!("fetching {}", short_name(path)),
        total.map_or(Length::Unknown, Length::Bytes),
    );
    let mut reader = body.into_reader();
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    let mut received = 0;
    let interrupted =
        |received, source| FetchError::Interrupted { url: url.to_owned(), received, total, source };
    loop {
        let count = reader.read(&mut chunk).map_err(|source| interrupted(received, source))?;
        if count == 0 {
            break;
        }
        let data = &chunk[..count];
        hasher.update(data);
        file.write_all(data)
            .map_err(|source| CacheError::Write { path: path.to_owned(), source })?;
        received += count as u64;
        step.advance(count as u64);
    }
    if total.is_some_and(|total| received < total) {
        return Err(interrupted(received, io::ErrorKind::UnexpectedEof.into()));
    }
    let found = Sha256Digest(hasher.finalize().into());
    if found != *expected {
        return Err(FetchError::Sha256 { url: url.to_owned(), expected: *expected, found });
    }
    Ok(file.finish()?)
}

#[cfg(test)]
pub(super) mod tests;
