//! A web service: Rust has the connections, Python makes the answers, on threads that may wait.

use std::error::Error;
use std::process::ExitCode;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use pyo3::prelude::*;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::spawn_blocking;

/// What `handlers.summarize` returns.
#[derive(FromPyObject, Serialize)]
#[pyo3(from_item_all)]
struct Summary {
    mean: f64,
    median: f64,
}

fn main() -> ExitCode {
    // The closure is not attached to Python, so that other threads can be.
    pyembed::main(|_| Runtime::new()?.block_on(serve()))
}

/// Serves until Ctrl-C.
async fn serve() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let router = Router::new().route("/summary", post(summary));
    let end = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(end).await?;
    Ok(())
}

async fn summary(Json(numbers): Json<Vec<f64>>) -> Result<Json<Summary>, (StatusCode, String)> {
    let made = spawn_blocking(|| {
        Python::attach(|py| py.import("handlers")?.call_method1("summarize", (numbers,))?.extract())
    });
    match made.await {
        Ok(Ok(summary)) => Ok(Json(summary)),
        // An exception is the client's mistake here.
        Ok(Err(error)) => Err((StatusCode::BAD_REQUEST, PyErr::to_string(&error))),
        Err(panic) => Err((StatusCode::INTERNAL_SERVER_ERROR, panic.to_string())),
    }
}
