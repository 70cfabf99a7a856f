//! Uploads, as `twine` and `uv publish` send them: a form by `POST` with the file in it.
//!
//! The form is that of PyPI's upload API, of which the fields `:action`, `name`, `version`, the digests and `content`
//! count. A file is written to a folder of its own, looked into, and gets its name when it is found good: it is there
//! whole or not at all, and never in the place of another.

use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use pep440_rs::Version;
use pyrepackager::wheel::name::normalise;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::drain::{self, drain};
use super::refusal::{Granted, Refusal};
use super::routes::{Server, Shared, blocking};
use crate::file_name::FileName;
use crate::inspect::{Digester, Digests, inspect, sha256};

/// The folder, in that of the index, for files that are not whole yet.
const FOLDER: &str = ".pyoxidizer-uploads";

/// How old a file is there that a server has left behind which was ended by force.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a client may send nothing.
const STALLED: Duration = Duration::from_secs(60);

/// Bytes of all fields but the file, at most: descriptions are long.
const FIELDS: u64 = 8 << 20;

/// Bytes of one of the fields that count, at most.
const FIELD: usize = 4096;

/// Parts of the file that wait to be written, at most.
const WAITING: usize = 8;

/// Makes the folder for uploads, and removes what was left in it.
///
/// # Errors
///
/// When it cannot be made.
pub fn prepare(root: &Path) -> std::io::Result<()> {
    let folder = root.join(FOLDER);
    fs_err::create_dir_all(&folder)?;
    for entry in fs_err::read_dir(&folder)? {
        let entry = entry?;
        let age = entry.metadata()?.modified()?;
        let age = SystemTime::now().duration_since(age).unwrap_or_default();
        if age > ABANDONED {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Takes an upload.
pub async fn upload(State(shared): Server, request: Request) -> Response {
    let headers = request.headers().clone();
    if let Err(refusal) = permit(&shared, &headers) {
        drain(&headers, request.into_body()).await;
        return refusal.into_response();
    }
    let form = match Multipart::from_request(request, &()).await {
        Ok(form) => form,
        Err(_) => return Refusal::bad("an upload is a form, multipart/form-data").into_response(),
    };
    match receive(&shared, form).await {
        Ok(message) => format!("{message}\n").into_response(),
        Err(refusal) => {
            tracing::warn!(
                status = refusal.status.as_u16(),
                reason = refusal.message,
                "upload refused"
            );
            refusal.into_response()
        }
    }
}

/// Refuses what need not be read.
fn permit(shared: &Shared, headers: &HeaderMap) -> Granted<()> {
    let Some(tokens) = &shared.options.upload_tokens else {
        let message = "this index takes no uploads: it is served without --upload-token-file";
        return Err(Refusal::new(StatusCode::FORBIDDEN, message));
    };
    if !tokens.allow(headers) {
        return Err(Refusal::unauthorized());
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let most = shared.options.upload_limit.saturating_add(FIELDS);
    if length.is_some_and(|length: u64| length > most) {
        return Err(too_large(shared.options.upload_limit));
    }
    Ok(())
}

fn too_large(limit: u64) -> Refusal {
    let message = format!("the file is larger than the {limit} bytes that this index takes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// The fields that count.
#[derive(Debug, Default)]
struct Form {
    action: Option<String>,
    name: Option<String>,
    version: Option<String>,
    sha256: Option<String>,
    md5: Option<String>,
    blake2_256: Option<String>,
}

impl Form {
    /// The place of a field.
    fn field(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            ":action" => &mut self.action,
            "name" => &mut self.name,
            "version" => &mut self.version,
            "sha256_digest" => &mut self.sha256,
            "md5_digest" => &mut self.md5,
            "blake2_256_digest" => &mut self.blake2_256,
            _ => return None,
        })
    }
}

/// A file that has arrived, without its name.
#[derive(Debug)]
struct Received {
    name: FileName,
    file: NamedTempFile,
    size: u64,
    digests: Digests,
}

async fn receive(shared: &Arc<Shared>, mut multipart: Multipart) -> Granted<String> {
    let received = read_form(shared, &mut multipart).await;
    let (form, received) = match received {
        Ok(read) => read,
        Err(refusal) => {
            // As far as it can be read any more.
            let _ = timeout(drain::LONGEST, skip(&mut multipart)).await;
            return Err(refusal);
        }
    };
    let shared = Arc::clone(shared);
    blocking(move || keep(&shared, &form, received)).await
}

/// Reads what is left of a form.
async fn skip(multipart: &mut Multipart) {
    let mut count = 0;
    while let Ok(Some(mut field)) = multipart.next_field().await {
        while let Ok(Some(bytes)) = field.chunk().await {
            count += bytes.len() as u64;
            if count > drain::MOST {
                return;
            }
        }
    }
}

/// Reads a form to its end.
async fn read_form(shared: &Arc<Shared>, multipart: &mut Multipart) -> Granted<(Form, Received)> {
    let mut form = Form::default();
    let mut received = None;
    let mut count = 0;
    while let Some(mut field) = in_time(multipart.next_field()).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "content" {
            if received.is_some() {
                return Err(Refusal::bad("the form has two files"));
            }
            received = Some(read_file(shared, &mut field).await?);
            continue;
        }
        let mut text = Vec::new();
        while let Some(bytes) = in_time(field.chunk()).await? {
            count += bytes.len() as u64;
            if count > FIELDS {
                return Err(Refusal::bad(format!(
                    "the fields of the form have more than {FIELDS} bytes"
                )));
            }
            text.extend(bytes.iter().take(FIELD + 1 - text.len().min(FIELD + 1)));
        }
        if let Some(place) = form.field(&name) {
            let text = String::from_utf8(text).ok().filter(|text| text.len() <= FIELD);
            let wrong = || Refusal::bad(format!("the field {name} is too long or not UTF-8"));
            *place = Some(text.ok_or_else(wrong)?.trim().to_owned());
        }
    }
    let received =
        received.ok_or_else(|| Refusal::bad("the form has no file: no field `content`"))?;
    Ok((form, received))
}

/// What a client sends next, unless it sends nothing for too long.
async fn in_time<T>(next: impl Future<Output = Result<T, MultipartError>>) -> Granted<T> {
    match timeout(STALLED, next).await {
        Ok(Ok(next)) => Ok(next),
        Ok(Err(error)) => Err(Refusal::bad(format!("the form is cut short or damaged: {error}"))),
        Err(_) => Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "nothing was sent for too long")),
    }
}

/// Reads the file of a form. It is written by a thread of its own.
async fn read_file(shared: &Arc<Shared>, field: &mut Field<'_>) -> Granted<Received> {
    let name = field.file_name().ok_or_else(|| Refusal::bad("the file has no name"))?;
    let name = FileName::parse(name).map_err(|error| Refusal::bad(error.to_string()))?;
    let (sender, parts) = mpsc::channel(WAITING);
    let folder = shared.index.root().join(FOLDER);
    let writer = tokio::task::spawn_blocking(move || write(&folder, parts));
    let limit = shared.options.upload_limit;
    let mut size = 0;
    let read = async {
        while let Some(bytes) = in_time(field.chunk()).await? {
            size += bytes.len() as u64;
            if size > limit {
                return Err(too_large(limit));
            }
            // The writer has ended for a reason of its own.
            if sender.send(bytes).await.is_err() {
                break;
            }
        }
        drop(sender);
        Ok(())
    };
    let read = read.await;
    let written = writer.await.map_err(|error| Refusal::internal(&error))?;
    read?;
    let (file, digests) = written.map_err(|error| unwritten(&error))?;
    Ok(Received { name, file, size, digests })
}

/// Writes parts of a file as they come.
fn write(
    folder: &Path,
    mut parts: mpsc::Receiver<Bytes>,
) -> std::io::Result<(NamedTempFile, Digests)> {
    let mut builder = tempfile::Builder::new();
    // As other files are made: readable for those that the user lets read.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    let mut digester = Digester::default();
    while let Some(bytes) = parts.blocking_recv() {
        digester.update(&bytes);
        file.write_all(&bytes)?;
    }
    file.as_file().sync_all()?;
    Ok((file, digester.finish()))
}

/// The refusal of what cannot be written.
fn unwritten(error: &std::io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            tracing::error!(%error, "an upload cannot be written");
            let message = "there is no room for the file on the server";
            Refusal::new(StatusCode::INSUFFICIENT_STORAGE, message)
        }
        _ => Refusal::internal(error),
    }
}

/// Gives a file its name, if it is what the form says and nothing else has the name.
fn keep(shared: &Shared, form: &Form, received: Received) -> Granted<String> {
    check(form, &received)?;
    let Received { name, file, size, digests } = received;
    inspect(file.path(), &name, size)
        .map_err(|error| Refusal::bad(format!("{} is not taken: {error}", name.text)))?;
    if let Some(there) = shared.index.file(&name.project, &name.text)? {
        return again(&name, &there.path, &digests);
    }
    let folder = shared.index.root().join(&name.project);
    fs_err::create_dir_all(&folder).map_err(|error| unwritten(&error))?;
    let path = folder.join(&name.text);
    if let Err(error) = file.persist_noclobber(&path) {
        return match error.error.kind() {
            // Another upload was faster.
            ErrorKind::AlreadyExists => again(&name, &path, &digests),
            _ => Err(unwritten(&error.error)),
        };
    }
    sync(&folder);
    tracing::info!(file = name.text, size, sha256 = digests.sha256, "uploaded");
    Ok(format!("{} is in the index", name.text))
}

/// Has a folder's list of names outlast a loss of power, as far as the file system can.
fn sync(folder: &Path) {
    if let Ok(folder) = fs_err::File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Checks the fields of the form.
fn check(form: &Form, received: &Received) -> Granted<()> {
    if form.action.as_deref() != Some("file_upload") {
        let action = form.action.as_deref().unwrap_or_default();
        return Err(Refusal::bad(format!("the action is `{action}`; there is file_upload alone")));
    }
    let digests = &received.digests;
    let given = [
        ("sha256_digest", &form.sha256, &digests.sha256),
        ("md5_digest", &form.md5, &digests.md5),
        ("blake2_256_digest", &form.blake2_256, &digests.blake2_256),
    ];
    if given.iter().all(|(_, given, _)| given.as_deref().unwrap_or_default().is_empty()) {
        return Err(Refusal::bad("the form has no digest of the file"));
    }
    for (field, given, found) in given {
        let given = given.as_deref().unwrap_or_default();
        if !given.is_empty() && !given.eq_ignore_ascii_case(found) {
            let message = format!("{field} is {given}, and that of what has arrived is {found}");
            return Err(Refusal::bad(message));
        }
    }
    let name = &received.name;
    let project = form.name.as_deref().unwrap_or_default();
    if normalise(project) != name.project {
        let message = format!("the field name is `{project}`, the file is {}", name.text);
        return Err(Refusal::bad(message));
    }
    let version = form.version.as_deref().unwrap_or_default();
    if version.parse::<Version>().ok().as_ref() != Some(&name.version) {
        let message = format!("the field version is `{version}`, the file is {}", name.text);
        return Err(Refusal::bad(message));
    }
    Ok(())
}

/// The answer where a file of the name is there already.
fn again(name: &FileName, there: &Path, digests: &Digests) -> Granted<String> {
    let is_same = sha256(there).map_err(|error| Refusal::internal(&error))? == digests.sha256;
    if is_same {
        return Ok(format!("{} was in the index before", name.text));
    }
    // The status and these words are PyPI's, by which clients know this case: with 409, `uv publish` takes it for the
    // same file and reports success.
    Err(Refusal::bad(format!("File already exists, with other contents: {}", name.text)))
}
