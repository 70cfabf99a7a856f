use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fs_err as fs;

use super::super::testing::{Notes, Scratch, names_in, sha256};
use super::*;

/// What the HTTP client says of a body that is shorter than announced.
const CUT: &str = "Peer disconnected";

/// What a server does with the connection of one request, counted from 0.
type Answer = fn(usize, &mut TcpStream);

/// A server on this machine; its thread ends with the process.
pub(in super::super) struct Server {
    address: String,
    requests: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(in super::super) fn new(answer: impl Fn(usize, &mut TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ranges = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request = BufReader::new(stream.try_clone().unwrap());
                let mut fields = String::new();
                for line in request.lines() {
                    let line = line.unwrap();
                    if line.is_empty() {
                        break;
                    }
                    if line.to_ascii_lowercase().contains("range:") {
                        fields += &format!("{line}\n");
                    }
                }
                ranges.lock().unwrap().push(fields);
                answer(counter.fetch_add(1, Ordering::SeqCst), &mut stream);
            }
        });
        Self { address, requests, asked }
    }

    /// What each request said of the part that it wants.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|fields| fields.to_ascii_lowercase()).collect()
    }

    pub(in super::super) fn url(&self, name: &str) -> String {
        format!("http://{}/{name}", self.address)
    }

    pub(in super::super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Sends a whole answer; `announced` is the length that the header tells.
pub(in super::super) fn send(stream: &mut TcpStream, status: &str, body: &[u8], announced: usize) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {announced}\r\n\
                        Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

/// Fetches from a server that answers so; the folder must be empty unless all goes well.
fn fetch_from(server: &Server, expected: &[u8]) -> (Result<Vec<u8>, FetchError>, Vec<String>) {
    let scratch = Scratch::new();
    let notes = Notes::default();
    let lock = scratch.cache.lock("test", &notes).unwrap();
    let folder = scratch.cache.folder("archives").unwrap();
    let path = folder.join("file");
    let outcome = fetch(&server.url("file"), &sha256(expected), &path, &lock, &notes);
    match &outcome {
        Ok(path) => assert_eq!(names_in(&folder), [path.file_name().unwrap().to_str().unwrap()]),
        Err(_) => assert!(names_in(&folder).is_empty()),
    }
    (outcome.map(|path| fs::read(path).unwrap()), notes.lines())
}

fn served(answer: Answer) -> Server {
    Server::new(answer)
}

#[test]
fn a_file_is_downloaded() {
    let server = served(|_, stream| send(stream, "200 OK", b"content", 7));
    let (outcome, lines) = fetch_from(&server, b"content");
    assert_eq!(outcome.unwrap(), b"content");
    assert_eq!(lines, ["[fetching file]"]);
}

#[test]
fn a_redirect_is_followed() {
    let server = served(|request, stream| {
        if request == 0 {
            let head = "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\
                        Connection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).unwrap();
        } else {
            send(stream, "200 OK", b"content", 7);
        }
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_connection_that_breaks_off_is_tried_again() {
    let server = served(|request, stream| match request {
        0 => send(stream, "200 OK", b"con", 7),
        1 => send(stream, "503 Service Unavailable", b"", 0),
        _ => send(stream, "200 OK", b"content", 7),
    });
    let (outcome, lines) = fetch_from(&server, b"content");
    assert_eq!(outcome.unwrap(), b"content");
    let url = server.url("file");
    assert_eq!(
        lines,
        [
            "[fetching file]".to_owned(),
            format!("the download of `{url}` breaks off after 3 bytes of 7: {CUT}; trying again"),
            format!(
                "`{url}` cannot be downloaded: the server answers with status 503; trying again"
            ),
            "[fetching file]".to_owned(),
        ]
    );
}

#[test]
fn a_connection_that_always_breaks_off_is_given_up() {
    let server = served(|_, stream| send(stream, "200 OK", b"con", 7));
    let error = fetch_from(&server, b"content").0.unwrap_err();
    assert_eq!(server.requests(), 3);
    assert_eq!(
        error.to_string(),
        format!("the download of `{}` breaks off after 3 bytes of 7", server.url("file"))
    );
    assert!(error.hint().unwrap().contains("`local_path`"));
}

#[test]
fn a_file_that_is_not_there_is_not_asked_for_again() {
    let server = served(|_, stream| send(stream, "404 Not Found", b"gone", 4));
    let error = fetch_from(&server, b"content").0.unwrap_err();
    assert_eq!(server.requests(), 1);
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` cannot be downloaded: the server answers with status 404",
            server.url("file")
        )
    );
    assert_eq!(
        error.hint().unwrap(),
        "look whether the URL is still right; an archive's `local_path`, or `build = \"3.13\"`, \
         needs no download"
    );
}

#[test]
fn a_wrong_sha256_is_shown_beside_the_right_one() {
    let server = served(|_, stream| send(stream, "200 OK", b"another", 7));
    let error = fetch_from(&server, b"content").0.unwrap_err();
    assert_eq!(server.requests(), 1);
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` has the SHA-256 {}, but {} is expected",
            server.url("file"),
            sha256(b"another"),
            sha256(b"content")
        )
    );
}

#[test]
fn an_address_where_nobody_answers_is_unreachable() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (requests, asked) = (Arc::default(), Arc::default());
    let server = Server { address: free.to_string(), requests, asked };
    let (outcome, lines) = fetch_from(&server, b"content");
    let error = outcome.unwrap_err();
    assert_eq!(error.to_string(), format!("`{}` cannot be reached", server.url("file")));
    assert_eq!(lines, [""; 0], "no second attempt");
    assert_eq!(
        error.hint().unwrap(),
        "look at the network and the proxy variables (HTTPS_PROXY); without a network, give an \
         archive's `local_path`, or `build = \"3.13\"` to build one here"
    );
}

#[test]
fn a_server_that_hangs_up_at_once_is_tried_again() {
    let server = served(|request, stream| {
        if request == 2 {
            send(stream, "200 OK", b"content", 7);
        }
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.requests(), 3);
}

#[test]
fn what_is_not_a_url_is_named() {
    let scratch = Scratch::new();
    let lock = scratch.cache.lock("test", &Notes::default()).unwrap();
    let path = scratch.cache.folder("archives").unwrap().join("file");
    for url in ["no url", "ftp://127.0.0.1/file", ""] {
        let error = fetch(url, &sha256(b""), &path, &lock, &Notes::default()).unwrap_err();
        assert_eq!(error.to_string(), format!("`{url}` cannot be reached"));
    }
}

/// Sends an answer with the field `ETag: "x"`, and the other fields.
fn send_tagged(stream: &mut TcpStream, status: &str, fields: &str, body: &[u8], announced: usize) {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {announced}\r\nETag: \"x\"\r\n{fields}\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

#[test]
fn a_download_that_breaks_off_is_resumed() {
    let server = served(|request, stream| match request {
        0 => send_tagged(stream, "200 OK", "", b"con", 7),
        _ => {
            let fields = "Content-Range: bytes 3-6/7\r\n";
            send_tagged(stream, "206 Partial Content", fields, b"tent", 4);
        }
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.asked(), ["", "range: bytes=3-\nif-range: \"x\"\n"]);
}

#[test]
fn a_server_that_sends_all_of_another_file_is_started_over() {
    let server = served(|request, stream| match request {
        0 => send_tagged(stream, "200 OK", "", b"old", 7),
        _ => send(stream, "200 OK", b"content", 7),
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.requests(), 2);
}

#[test]
fn parts_that_do_not_fit_are_fetched_again_as_a_whole() {
    let server = served(|request, stream| match request {
        0 => send_tagged(stream, "200 OK", "", b"old", 7),
        1 => {
            let fields = "Content-Range: bytes 3-6/7\r\n";
            send_tagged(stream, "206 Partial Content", fields, b"tent", 4);
        }
        _ => send(stream, "200 OK", b"content", 7),
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.asked()[2], "", "all of it is asked for");
}

#[test]
fn a_weak_tag_does_not_tell_that_a_file_is_the_same() {
    let server = served(|request, stream| match request {
        0 => {
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: W/\"x\"\r\n\r\ncon";
            stream.write_all(head.as_bytes()).unwrap();
        }
        _ => send(stream, "200 OK", b"content", 7),
    });
    assert_eq!(fetch_from(&server, b"content").0.unwrap(), b"content");
    assert_eq!(server.asked(), ["", ""]);
}
