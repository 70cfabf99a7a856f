//! Which address is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use percent_encoding::percent_decode_str;
use pyrepackager::wheel::name::normalise;

use super::cache::Cache;
use super::download::Download;
use super::log::log;
use super::options::Options;
use super::refusal::{Granted, Refusal};
use super::respond::{Page, insert, text_of};
use super::tokens::Tokens;
use super::upload::upload;
use crate::file_name::is_project_name;
use crate::folder::{Index, Stamp};
use crate::inspect::metadata_file;
use crate::model::Project;
use crate::pages::{self, Format};

/// The path that says whether the server is well, for who watches it. It asks for no token.
const HEALTH: &str = "/health";

/// The ending of a metadata file, behind the wheel's name (PEP 658).
const METADATA: &str = ".metadata";

/// How often a file is opened that is replaced all the time.
const ATTEMPTS: usize = 3;

/// What requests are answered from.
#[derive(Debug)]
pub struct Shared {
    /// The index.
    pub index: Arc<Index>,
    /// What the server was told.
    pub options: Options,
    cache: Cache,
}

/// All of it, for each request.
pub type Server = State<Arc<Shared>>;

/// The server's answers.
pub fn router(index: Arc<Index>, options: Options) -> Router {
    let shared = Arc::new(Shared { index, options, cache: Cache::default() });
    Router::new()
        .route("/", get(front).post(upload))
        .route("/legacy", post(upload))
        .route("/legacy/", post(upload))
        .route("/simple", get(to_folder))
        .route("/simple/", get(list))
        .route("/simple/{project}", get(to_folder))
        .route("/simple/{project}/", get(project))
        .route("/project/{project}", get(to_folder))
        .route("/project/{project}/", get(people_project))
        .route("/files/{project}/{file}", get(file))
        .route(HEALTH, get(health))
        .fallback(nothing)
        .with_state(Arc::clone(&shared))
        // Uploads have limits of their own.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(shared, guard))
        .layer(from_fn(log))
}

/// Asks for a token where reading needs one. Uploads look after theirs themselves.
async fn guard(State(shared): Server, request: Request, next: Next) -> Response {
    let is_free = request.uri().path() == HEALTH || request.method() == Method::POST;
    let mut response = match is_free || may_read(&shared.options, request.headers()) {
        true => next.run(request).await,
        false => Refusal::unauthorized().into_response(),
    };
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether a request with such headers may read. Who may upload may see what is there.
fn may_read(options: &Options, headers: &HeaderMap) -> bool {
    let allows = |tokens: &Option<Tokens>| tokens.as_ref().is_some_and(|it| it.allow(headers));
    options.read_tokens.is_none() || allows(&options.read_tokens) || allows(&options.upload_tokens)
}

/// Does what blocks, such as looking at files, on a thread for it.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Granted<T> + Send + 'static,
) -> Granted<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Refusal::internal(&error)),
    }
}

async fn nothing(uri: Uri) -> Refusal {
    Refusal::not_found(format!("there is no {}; the index is at /simple/", uri.path()))
}

async fn health(State(shared): Server) -> Granted<Response> {
    let projects = blocking(move || Ok(shared.index.current()?.projects.len())).await?;
    let mut response = format!("ok: {projects} projects\n").into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// An address without the slash that its page has at the end.
async fn to_folder(uri: Uri) -> Response {
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    redirect(StatusCode::MOVED_PERMANENTLY, &format!("{name}/"), &uri)
}

/// Sends a client to another place, with its query.
fn redirect(status: StatusCode, place: &str, uri: &Uri) -> Response {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = status.into_response();
    insert(response.headers_mut(), LOCATION, &format!("{place}{query}"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The format that a request wants: by the query `format`, which people can type, else by its header.
fn format(uri: &Uri, headers: &HeaderMap) -> Granted<Format> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let asked = pairs.filter_map(|pair| pair.strip_prefix("format=")).next();
    let asked = asked.map(|asked| percent_decode_str(asked).decode_utf8_lossy().replace(' ', "+"));
    let accept = asked.or_else(|| text_of(headers, ACCEPT));
    pages::choose(accept.as_deref()).ok_or_else(|| {
        let types = Format::ALL.map(Format::content_type).join(", ");
        Refusal::new(StatusCode::NOT_ACCEPTABLE, format!("the formats are {types}"))
    })
}

async fn list(State(shared): Server, uri: Uri, headers: HeaderMap) -> Granted<Response> {
    let format = format(&uri, &headers)?;
    let page = blocking(move || {
        let snapshot = shared.index.current()?;
        shared.cache.list(&snapshot, format, || {
            let text = pages::list(&snapshot, format).map_err(|error| Refusal::internal(&error))?;
            Ok(Page::new(text, format.content_type(), snapshot.modified))
        })
    });
    Ok(page.await?.answer(&headers))
}

/// What an address leads to: something here, or another address with the status that says so.
enum Found<T> {
    Here(T),
    Elsewhere(StatusCode, String),
}

impl<T> Found<T> {
    /// What can be made of that which is here.
    fn and_then<U>(self, make: impl FnOnce(T) -> Granted<U>) -> Granted<Found<U>> {
        Ok(match self {
            Self::Here(here) => Found::Here(make(here)?),
            Self::Elsewhere(status, place) => Found::Elsewhere(status, place),
        })
    }
}

/// The project that an address names.
fn find(shared: &Shared, name: &str) -> Granted<Found<Arc<Project>>> {
    if !is_project_name(name) {
        return Err(Refusal::not_found("no project has such a name"));
    }
    let normal = normalise(name);
    if normal != name {
        return Ok(Found::Elsewhere(StatusCode::MOVED_PERMANENTLY, format!("../{normal}/")));
    }
    match shared.index.project(name)? {
        Some(project) => Ok(Found::Here(project)),
        None => Err(Refusal::not_found(format!("there is no project {name}"))),
    }
}

/// The same for installers, who are sent to the other index for what is not here at all.
fn find_anywhere(shared: &Shared, name: &str) -> Granted<Found<Arc<Project>>> {
    let found = find(shared, name);
    let is_missing = |refusal: &Refusal| refusal.status == StatusCode::NOT_FOUND;
    let fallback = shared.options.fallback.as_ref().filter(|_| is_project_name(name));
    match (&found, fallback) {
        (Err(refusal), Some(fallback)) if is_missing(refusal) => match fallback.project(name) {
            Some(page) => Ok(Found::Elsewhere(StatusCode::FOUND, page)),
            None => found,
        },
        _ => found,
    }
}

async fn project(
    State(shared): Server,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Granted<Response> {
    let format = format(&uri, &headers)?;
    let found = blocking(move || {
        find_anywhere(&shared, &name)?.and_then(|project| {
            shared.cache.project(&project, format, || {
                let text = pages::simple_project(&project, format);
                let text = text.map_err(|error| Refusal::internal(&error))?;
                Ok(Page::new(text, format.content_type(), Some(project.modified)))
            })
        })
    });
    Ok(match found.await? {
        Found::Here(page) => page.answer(&headers),
        Found::Elsewhere(status, place) => redirect(status, &place, &uri),
    })
}

async fn front(State(shared): Server, headers: HeaderMap) -> Granted<Response> {
    let address = address(&headers);
    let page = blocking(move || {
        let snapshot = shared.index.current()?;
        let text = pages::front(&snapshot, address.as_deref());
        // What is known of the files changes without the folder, so that there is no time of a last change.
        people_page(text)
    });
    Ok(page.await?.answer(&headers))
}

async fn people_project(
    State(shared): Server,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Granted<Response> {
    let address = address(&headers);
    let found = blocking(move || {
        find(&shared, &name)?
            .and_then(|project| people_page(pages::people_project(&project, address.as_deref())))
    });
    Ok(match found.await? {
        Found::Here(page) => page.answer(&headers),
        Found::Elsewhere(status, place) => redirect(status, &place, &uri),
    })
}

fn people_page(text: std::io::Result<String>) -> Granted<Page> {
    let text = text.map_err(|error| Refusal::internal(&error))?;
    let policy = HeaderValue::from_static(pages::security_policy());
    let page = Page::new(text, Format::Html.content_type(), None);
    Ok(page.with(CONTENT_SECURITY_POLICY, policy))
}

/// The address of this server as a client sees it, as far as its headers tell.
fn address(headers: &HeaderMap) -> Option<String> {
    const PROTOCOL: HeaderName = HeaderName::from_static("x-forwarded-proto");

    let host = headers.get(HOST)?.to_str().ok()?;
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
    let is_secure = headers.get(PROTOCOL).is_some_and(|protocol| protocol == "https");
    let scheme = if is_secure { "https" } else { "http" };
    host.chars().all(is_host).then(|| format!("{scheme}://{host}"))
}

async fn file(
    State(shared): Server,
    Path((project, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Granted<Response> {
    if let Some(wheel) = name.strip_suffix(METADATA) {
        let wheel = wheel.to_owned();
        let page = blocking(move || metadata(&shared, &project, &wheel));
        return Ok(page.await?.answer(&headers));
    }
    let download = blocking(move || open(&shared, &project, &name));
    Ok(download.await?.answer(&headers))
}

/// Opens a file that is as it was when it was looked into.
fn open(shared: &Shared, project: &str, name: &str) -> Granted<Download> {
    for _ in 0..ATTEMPTS {
        let Some(file) = shared.index.file(project, name)? else { break };
        let contents = file.contents().map_err(|error| left_out(name, error))?;
        // It may be gone, or another one, by now.
        let Ok(opened) = fs_err::File::open(&file.path) else { continue };
        let Ok(metadata) = opened.metadata() else { continue };
        if Stamp::of(&metadata) == file.stamp {
            let (size, modified) = (file.stamp.size, file.stamp.modified);
            return Ok(Download { file: opened, size, sha256: contents.sha256.clone(), modified });
        }
    }
    Err(Refusal::not_found(format!("there is no file {name}")))
}

/// The metadata of a wheel.
fn metadata(shared: &Shared, project: &str, name: &str) -> Granted<Page> {
    let missing = || Refusal::not_found(format!("there is no metadata of {name}"));
    let file = shared.index.file(project, name)?.ok_or_else(missing)?;
    let contents = file.contents().map_err(|error| left_out(name, error))?;
    if contents.metadata_sha256.is_none() {
        return Err(missing());
    }
    let text = metadata_file(&file.path, &file.name).map_err(|error| left_out(name, &error))?;
    Ok(Page::new(text, "text/plain; charset=utf-8", Some(file.stamp.modified)))
}

fn left_out(name: &str, error: &crate::inspect::InspectError) -> Refusal {
    Refusal::not_found(format!("{name} is left out: {error}"))
}
