//! Answers with pages, and whether a client has what it asks for (RFC 9110, sections 8.8 and 13).

use std::io::Write as _;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// Bytes below which a page is not worth to be compressed: it fits into one packet.
const SMALLEST: usize = 1024;

/// What an entity tag ends with where the page is compressed.
const COMPRESSED: &str = "-gzip";

/// Caches ask again each time, which is answered by 304 where nothing has changed.
const ALWAYS_ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// A page, ready to be sent.
#[derive(Debug)]
pub struct Page {
    content_type: &'static str,
    plain: Bytes,
    compressed: Option<Bytes>,
    /// Entity tag of the plain page, without quotes.
    tag: String,
    modified: Option<SystemTime>,
    /// Further headers.
    extra: Vec<(HeaderName, HeaderValue)>,
}

impl Page {
    /// A page with that text, and the time of its last change.
    pub fn new(
        text: impl Into<Bytes>,
        content_type: &'static str,
        modified: Option<SystemTime>,
    ) -> Self {
        let plain = text.into();
        let digest = Sha256::digest(&plain);
        let tag = digest[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        let compressed = (plain.len() >= SMALLEST).then(|| compress(&plain)).flatten();
        Self { content_type, plain, compressed, tag, modified, extra: Vec::new() }
    }

    /// The same with a further header.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.extra.push((name, value));
        self
    }

    /// The answer to a request with such headers.
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let compressed = self.compressed.as_ref().filter(|_| accepts_gzip(request));
        let tag = match compressed {
            Some(_) => format!("\"{}{COMPRESSED}\"", self.tag),
            None => format!("\"{}\"", self.tag),
        };
        let modified = self.modified.and_then(settled);
        let mut response = Response::new(Body::empty());
        let is_this = |theirs: &str| {
            let theirs = theirs.trim_matches('"');
            theirs.strip_suffix(COMPRESSED).unwrap_or(theirs) == self.tag
        };
        let has_it = has_current(request, is_this, modified);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, ALWAYS_ASK);
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        insert(headers, ETAG, &tag);
        if let Some(modified) = modified {
            insert(headers, LAST_MODIFIED, &httpdate::fmt_http_date(modified));
        }
        if has_it {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.extend(self.extra.iter().cloned());
        if compressed.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let body = compressed.unwrap_or(&self.plain);
        headers.insert(CONTENT_LENGTH, body.len().into());
        *response.body_mut() = body.clone().into();
        response
    }
}

fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    Some(encoder.finish().ok()?.into())
}

/// Sets a header to a text that is known to be fit for one.
pub fn insert(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// The text of a header; that of several of them, as one list.
pub fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let all: Vec<&str> = headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

/// A time of a last change that can be told in whole seconds: a further change in the same second is not to be missed.
pub fn settled(modified: SystemTime) -> Option<SystemTime> {
    let age = SystemTime::now().duration_since(modified).ok()?;
    (age >= Duration::from_secs(2)).then_some(modified)
}

/// Whether a client has the very thing: by its entity tags where it names any, else by its time.
pub fn has_current(
    request: &HeaderMap,
    is_this: impl Fn(&str) -> bool,
    modified: Option<SystemTime>,
) -> bool {
    if let Some(tags) = text_of(request, IF_NONE_MATCH) {
        // Tags are compared weakly.
        return tags
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || is_this(tag.strip_prefix("W/").unwrap_or(tag)));
    }
    let since = text_of(request, IF_MODIFIED_SINCE);
    let since = since.and_then(|since| httpdate::parse_http_date(&since).ok());
    is_not_newer(modified, since)
}

/// Whether something was not changed after a time in whole seconds.
pub fn is_not_newer(modified: Option<SystemTime>, since: Option<SystemTime>) -> bool {
    let seconds = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
    };
    matches!((modified, since), (Some(modified), Some(since)) if seconds(modified) <= seconds(since))
}

/// Whether a client takes gzip.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let Some(accepted) = text_of(request, ACCEPT_ENCODING) else { return false };
    let quality = |name: &str| {
        let of = |coding: &str| {
            let mut parts = coding.split(';').map(str::trim);
            let is_it = parts.next()?.eq_ignore_ascii_case(name);
            let quality = parts.find_map(|parameter| parameter.strip_prefix("q="));
            let quality = quality.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0));
            is_it.then_some(quality)
        };
        accepted.split(',').find_map(|coding| of(coding.trim()))
    };
    quality("gzip").or_else(|| quality("*")).is_some_and(|quality: f32| quality > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn gzip_is_for_who_takes_it() {
        let accepts = |value: &str| accepts_gzip(&headers(&[(ACCEPT_ENCODING, value)]));
        assert!(accepts("gzip, deflate") && accepts("br;q=1, GZIP;q=0.5") && accepts("*"));
        assert!(!accepts("gzip;q=0") && !accepts("br") && !accepts("*;q=0") && !accepts(""));
        assert!(!accepts("gzip;q=0, *") && !accepts(";;,;q=x"));
    }

    #[test]
    fn pages_are_not_sent_to_who_has_them() {
        let modified = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_000_500);
        let page = Page::new("x".repeat(5000), "text/html", Some(modified));
        let status = |pairs: &[(HeaderName, &str)]| page.answer(&headers(pairs)).status().as_u16();
        let answer = page.answer(&headers(&[(ACCEPT_ENCODING, "gzip")]));
        let tag = answer.headers()[ETAG].to_str().unwrap();
        assert!(tag.ends_with("-gzip\"") && answer.headers()[CONTENT_ENCODING] == "gzip");
        assert_eq!(answer.headers()[LAST_MODIFIED], "Sun, 09 Sep 2001 01:46:40 GMT");
        assert_eq!(status(&[(IF_NONE_MATCH, tag)]), 304);
        assert_eq!(status(&[(IF_NONE_MATCH, &format!("\"a\", W/{tag}"))]), 304);
        assert_eq!(status(&[(IF_NONE_MATCH, "*")]), 304);
        assert_eq!(status(&[(IF_NONE_MATCH, "\"a\"")]), 200);
        let since = (IF_MODIFIED_SINCE, "Sun, 09 Sep 2001 01:46:40 GMT");
        assert_eq!(status(std::slice::from_ref(&since)), 304);
        assert_eq!(status(&[(IF_MODIFIED_SINCE, "Sun, 09 Sep 2001 01:46:39 GMT")]), 200);
        assert_eq!(status(&[(IF_MODIFIED_SINCE, "yesterday")]), 200);
        // Tags count before times.
        assert_eq!(status(&[(IF_NONE_MATCH, "\"a\""), since]), 200);
    }

    #[test]
    fn what_has_just_changed_has_no_time() {
        let page = Page::new("x".to_owned(), "text/html", Some(SystemTime::now()));
        let answer = page.answer(&HeaderMap::new());
        assert!(!answer.headers().contains_key(LAST_MODIFIED));
        assert!(!answer.headers().contains_key(CONTENT_ENCODING));
    }
}
