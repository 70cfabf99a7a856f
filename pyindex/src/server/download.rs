//! Answers with files, or with a part of one (RFC 9110, section 14).

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::time::SystemTime;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;

use super::respond::{has_current, insert, is_not_newer, settled, text_of};

/// Bytes that are read at once.
const CHUNK: u64 = 256 << 10;

/// A file that can be sent.
#[derive(Debug)]
pub struct Download {
    /// It, opened.
    pub file: fs_err::File,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal digits, which is its entity tag.
    pub sha256: String,
    /// Time of its last change.
    pub modified: SystemTime,
}

/// What a request wants of a file.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Part(Range<u64>),
    /// A part behind the end.
    Nothing,
}

impl Download {
    /// The answer to a request with such headers.
    pub fn answer(self, request: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", self.sha256);
        let modified = settled(self.modified);
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        insert(&mut headers, ETAG, &tag);
        if let Some(modified) = modified {
            insert(&mut headers, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
        }
        if has_current(request, |theirs| theirs == tag, modified) {
            return response(StatusCode::NOT_MODIFIED, headers, Body::empty());
        }
        let range = text_of(request, RANGE);
        // A part is of use only together with the rest that the client has.
        let is_same = text_of(request, IF_RANGE).is_none_or(|theirs| {
            theirs == tag || is_not_newer(modified, httpdate::parse_http_date(&theirs).ok())
        });
        let range = range.filter(|_| is_same);
        let (status, part) = match range.map_or(Wanted::All, |range| wanted(&range, self.size)) {
            Wanted::Nothing => {
                insert(&mut headers, CONTENT_RANGE, &format!("bytes */{}", self.size));
                headers.insert(CONTENT_LENGTH, 0.into());
                return response(StatusCode::RANGE_NOT_SATISFIABLE, headers, Body::empty());
            }
            Wanted::All => (StatusCode::OK, 0..self.size),
            Wanted::Part(part) => {
                let range = format!("bytes {}-{}/{}", part.start, part.end - 1, self.size);
                insert(&mut headers, CONTENT_RANGE, &range);
                (StatusCode::PARTIAL_CONTENT, part)
            }
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        headers.insert(CONTENT_LENGTH, (part.end - part.start).into());
        response(status, headers, body(self.file, part))
    }
}

fn response(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// What the header `Range` asks for. Several parts, other units and nonsense are answered by the whole file, as
/// servers may.
fn wanted(range: &str, size: u64) -> Wanted {
    let parts = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'));
    let Some((first, last)) = parts else { return Wanted::All };
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // Larger numbers than there are lie behind every end.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let part = match (number(first), number(last)) {
        (Some(first), None) if last.is_empty() => first..size,
        (Some(first), Some(last)) if first <= last => first..size.min(last.saturating_add(1)),
        (None, Some(count)) if first.is_empty() => size - size.min(count)..size,
        _ => return Wanted::All,
    };
    if part.is_empty() { Wanted::Nothing } else { Wanted::Part(part) }
}

/// A part of a file, which is read as it is sent.
fn body(file: fs_err::File, part: Range<u64>) -> Body {
    let stream = futures_util::stream::try_unfold((file, part, false), |state| async move {
        let (file, part, has_begun) = state;
        if part.is_empty() {
            return Ok(None);
        }
        let read = move || read(file, &part, has_begun).map(|(file, bytes)| (file, part, bytes));
        let (file, part, bytes) = tokio::task::spawn_blocking(read).await??;
        let rest = part.start + bytes.len() as u64..part.end;
        Ok::<_, std::io::Error>(Some((bytes, (file, rest, true))))
    });
    Body::from_stream(stream)
}

/// Reads the next bytes of a part.
fn read(
    mut file: fs_err::File,
    part: &Range<u64>,
    has_begun: bool,
) -> std::io::Result<(fs_err::File, Bytes)> {
    if !has_begun {
        file.seek(SeekFrom::Start(part.start))?;
    }
    let count = CHUNK.min(part.end - part.start);
    let mut bytes = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
    (&mut file).take(count).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        // The client notices that there is less than was promised.
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok((file, bytes.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_parts_of_the_file() {
        for (range, expected) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=2-5", Wanted::Part(2..6)),
            ("bytes=8-", Wanted::Part(8..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-99", Wanted::Part(0..10)),
            ("bytes=5-99999999999999999999999", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=99999999999999999999999-", Wanted::Nothing),
            ("bytes=5-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            assert_eq!(wanted(range, 10), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(wanted("bytes=-5", 0), Wanted::Nothing);
    }
}
