//! The rest of a request that is refused before it was read.
//!
//! Clients send all of an upload before they look at the answer; who closes the connection meanwhile has them report a
//! broken connection instead of the reason.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::EXPECT;
use http_body_util::BodyExt as _;
use tokio::time::timeout;

/// Bytes that are read for it, at most.
pub const MOST: u64 = 64 << 20;

/// How long that may take.
pub const LONGEST: Duration = Duration::from_secs(15);

/// Reads the rest of a request, as far as that is reasonable.
pub async fn drain(headers: &HeaderMap, mut body: Body) {
    // Who asks first has sent nothing yet.
    if headers.contains_key(EXPECT) {
        return;
    }
    let read = async {
        let mut count = 0;
        while let Some(Ok(frame)) = body.frame().await {
            count += frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
            if count > MOST {
                return;
            }
        }
    };
    let _ = timeout(LONGEST, read).await;
}
