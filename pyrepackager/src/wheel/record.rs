//! `RECORD`: which members a wheel has, and their hashes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// A row: the hash as `ALGORITHM=DIGEST`, and the size; both are empty for `RECORD` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    hash: String,
    size: String,
}

impl Row {
    /// The row of a file with these contents.
    pub fn of(contents: &[u8]) -> Self {
        let hash = format!("sha256={}", URL_SAFE_NO_PAD.encode(Sha256::digest(contents)));
        Self { hash, size: contents.len().to_string() }
    }
}

/// What a member differs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It has no row, or one without a hash.
    Unlisted,
    /// The hash is another one: the expected and the found one.
    Hash(String, String),
    /// The size is another one: the expected and the found one, in bytes.
    Size(String, usize),
    /// The algorithm is not one that wheels may use.
    Algorithm(String),
}

/// Reads the rows, by the name of the member.
pub fn read(text: &[u8]) -> Result<BTreeMap<String, Row>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut rows = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let field = |index| record.get(index).unwrap_or_default().to_owned();
        // Some tools write paths as they are on Windows, or begin them with the folder itself.
        let path = field(0).replace('\\', "/");
        let path = path.strip_prefix("./").map(str::to_owned).unwrap_or(path);
        rows.insert(path, Row { hash: field(1), size: field(2) });
    }
    Ok(rows)
}

/// Whether a member needs no hash: `RECORD` cannot hold its own, and signatures are made after it.
pub fn is_exempt(name: &str, metadata_folder: &str) -> bool {
    let file = name.strip_prefix(metadata_folder).and_then(|rest| rest.strip_prefix('/'));
    matches!(file, Some("RECORD" | "RECORD.jws" | "RECORD.p7s"))
}

/// Compares a member's contents with its row.
pub fn verify(row: Option<&Row>, contents: &[u8]) -> Result<(), Mismatch> {
    let row = row.filter(|row| !row.hash.is_empty()).ok_or(Mismatch::Unlisted)?;
    let (algorithm, expected) = row.hash.split_once('=').unwrap_or((&row.hash, ""));
    let found = match algorithm {
        "sha256" => URL_SAFE_NO_PAD.encode(Sha256::digest(contents)),
        "sha384" => URL_SAFE_NO_PAD.encode(Sha384::digest(contents)),
        "sha512" => URL_SAFE_NO_PAD.encode(Sha512::digest(contents)),
        // The specification forbids weaker ones.
        other => return Err(Mismatch::Algorithm(other.to_owned())),
    };
    if found != expected.trim_end_matches('=') {
        return Err(Mismatch::Hash(expected.to_owned(), found));
    }
    if !row.size.is_empty() && row.size != contents.len().to_string() {
        return Err(Mismatch::Size(row.size.clone(), contents.len()));
    }
    Ok(())
}

/// Writes the rows with the members where they went.
pub fn write(rows: &[(String, Option<Row>)]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for (path, row) in rows {
        let (hash, size) = row.as_ref().map_or(("", ""), |row| (&row.hash, &row.size));
        writer.write_record([path, hash, size])?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
