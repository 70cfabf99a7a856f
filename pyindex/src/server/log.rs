//! A line in the log for each request.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, USER_AGENT};
use axum::middleware::Next;
use axum::response::Response;

/// Who has sent a request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Passes a request on, and logs it when its answer begins.
pub async fn log(request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    // The path as it was sent, in which nothing but visible ASCII can stand.
    let path = request.uri().path().to_owned();
    let client = request.extensions().get().map(|Peer(address)| *address);
    let agent = request.headers().get(USER_AGENT).cloned();
    let response = next.run(request).await;
    let length = response.headers().get(CONTENT_LENGTH);
    tracing::info!(
        client = client.map(tracing::field::display),
        %method,
        path,
        status = response.status().as_u16(),
        bytes = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok()),
        milliseconds = begin.elapsed().as_secs_f64() * 1e3,
        agent = agent.as_ref().and_then(|agent| agent.to_str().ok()),
        "request"
    );
    response
}
