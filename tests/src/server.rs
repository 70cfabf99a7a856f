//! A web server on this machine, in the place of the one that publishes archives.
//!
//! It answers `GET` as far as downloads need: redirects, files, parts of files (`Range` with
//! `If-Range`), answers that break off, and statuses.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use fs_err as fs;

/// What a client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The path with its query, as it was sent.
    pub target: String,
    /// The first byte that is wanted, from `Range: bytes=N-`.
    pub from: Option<u64>,
    /// `If-Range`.
    pub if_range: Option<String>,
}

/// What the server does.
#[derive(Clone, Debug)]
pub enum Answer {
    /// `302 Found` to this URL.
    Redirect(String),
    /// A file under an `ETag`; the part that is asked for, where the client has the same.
    File {
        /// The file.
        path: PathBuf,
        /// Its `ETag`, without quotes.
        etag: &'static str,
        /// Closes the connection after this many bytes of the answer.
        cut: Option<u64>,
    },
    /// Nothing but a status, such as 404.
    Status(u16),
}

/// The server; it stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stops: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server that answers by `answer`, one request at a time. The number is that of the
    /// requests before.
    ///
    /// # Errors
    /// When no port of the loopback address is to be had.
    pub fn start(answer: impl Fn(&Request, usize) -> Answer + Send + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("no port for a server")?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stops = Arc::new(AtomicBool::new(false));
        let (log, end) = (Arc::clone(&requests), Arc::clone(&stops));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                // A client may go away in the middle; that is its own business.
                let _ = serve(&stream, &log, &answer);
            }
        });
        Ok(Self { address, requests, stops, thread: Some(thread) })
    }

    /// The URL of a path that begins with `/`.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked for until now.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stops.store(true, Ordering::SeqCst);
        // Ends the wait for a client.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(5));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    stream: &TcpStream,
    log: &Mutex<Vec<Request>>,
    answer: &dyn Fn(&Request, usize) -> Answer,
) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let request = read(stream)?;
    let before = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.push(request.clone());
        log.len() - 1
    };
    let mut stream = stream;
    match answer(&request, before) {
        Answer::Redirect(url) => head(&mut stream, "302 Found", &[("Location", url)], 0)?,
        Answer::Status(status) => head(&mut stream, &format!("{status} Status"), &[], 0)?,
        Answer::File { path, etag, cut } => {
            let mut file = fs::File::open(path)?;
            let length = file.metadata()?.len();
            let etag = format!("\"{etag}\"");
            let same = request.if_range.as_ref().is_none_or(|theirs| *theirs == etag);
            let from = request.from.filter(|from| same && *from < length);
            let start = from.unwrap_or(0);
            let mut fields = vec![("ETag", etag), ("Accept-Ranges", "bytes".to_owned())];
            let status = match from {
                Some(from) => {
                    let range = format!("bytes {from}-{}/{length}", length - 1);
                    fields.push(("Content-Range", range));
                    "206 Partial Content"
                }
                None => "200 OK",
            };
            head(&mut stream, status, &fields, length - start)?;
            file.seek(SeekFrom::Start(start))?;
            let count = cut.unwrap_or(u64::MAX).min(length - start);
            std::io::copy(&mut file.take(count), &mut stream)?;
        }
    }
    Ok(stream.flush()?)
}

fn head(
    stream: &mut impl Write,
    status: &str,
    fields: &[(&str, String)],
    length: u64,
) -> Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n")?;
    for (name, value) in fields {
        write!(stream, "{name}: {value}\r\n")?;
    }
    Ok(write!(stream, "\r\n")?)
}

fn read(stream: &TcpStream) -> Result<Request> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().context("no request")??;
    let target = first.split(' ').nth(1).context("no target")?.to_owned();
    let mut request = Request { target, ..Request::default() };
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let from = value.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
                request.from = from.and_then(|from| from.parse().ok());
            }
            "if-range" => request.if_range = Some(value.to_owned()),
            _ => {}
        }
    }
    Ok(request)
}
