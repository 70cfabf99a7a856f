//! `cargo xtask schema`: writes the JSON schema of the TOML file, which the table of keys and the
//! reference make up.

use anyhow::Result;
use end_to_end::workspace;
use fs_err as fs;
use pyrepackager::config::json_schema;

/// Writes `docs/pyoxidizer.schema.json`.
pub fn run() -> Result<()> {
    let docs = workspace().join("docs");
    let schema = json_schema::schema(&fs::read_to_string(docs.join("config.rst"))?);
    let text = serde_json::to_string_pretty(&schema)?;
    Ok(fs::write(docs.join("pyoxidizer.schema.json"), text + "\n")?)
}
