//! `[python_distribution]`: one place, and the digest that goes with it.

use toml::Spanned;

use crate::config::check::Checker;
use crate::config::error::ConfigError;
use crate::config::problem::Problem;
use crate::config::resolved::{DistributionRequest, Sha256Digest};
use crate::config::table;
use crate::config::typed::Typed;

/// Reads the section.
pub(super) fn distribution(
    check: &Checker<'_>,
    section: &Typed,
) -> Result<DistributionRequest, ConfigError> {
    let places = [table::LOCAL_PATH, table::URL, table::VERSION, table::BUILD];
    let mut given: Vec<_> =
        places.iter().filter_map(|key| Some((key, section.given(key)?))).collect();
    given.sort_by_key(|(_, given)| given.key.start);
    if let [(first, _), (second, place), ..] = given[..] {
        let problem = Problem::Together { first: first.name, second: second.name };
        return Err(check.error(&place.key, problem));
    }
    if let Some(url) = section.text(&table::URL) {
        let url_text = check.url(&table::URL, &url)?;
        return Ok(DistributionRequest::Url {
            url: url_text,
            sha256: sha256(check, section, "`url`")?,
        });
    }
    if let Some(path) = section.text(&table::LOCAL_PATH) {
        let path = check.file(&table::LOCAL_PATH, &path)?;
        let sha256 = sha256(check, section, "`local_path`")?;
        return Ok(DistributionRequest::LocalPath { path, sha256 });
    }
    no_sha256(check, section, given.first().map(|(key, _)| key.name))?;
    if let Some(version) = section.text(&table::BUILD) {
        return Ok(DistributionRequest::Build(check.version(&table::BUILD, &version)?));
    }
    let version =
        section.text(&table::VERSION).unwrap_or_else(|| Spanned::new(0..0, table::DEFAULT_VERSION));
    Ok(DistributionRequest::Version(check.version(&table::VERSION, &version)?))
}

/// The digest that an archive named by `wanted_by` must have.
fn sha256(
    check: &Checker<'_>,
    section: &Typed,
    wanted_by: &str,
) -> Result<Sha256Digest, ConfigError> {
    match section.text(&table::SHA256) {
        Some(text) => check.digest(&table::SHA256, &text),
        None => Err(check.error(
            &section.header.clone().unwrap_or_default(),
            Problem::MissingKey {
                section: section.schema.header(),
                key: table::SHA256.name,
                reason: Some(wanted_by.to_owned()),
                example: "sha256 = \"…\"".to_owned(),
            },
        )),
    }
}

/// A digest without an archive is a mistake: nothing would be compared with it.
fn no_sha256(
    check: &Checker<'_>,
    section: &Typed,
    chosen: Option<&'static str>,
) -> Result<(), ConfigError> {
    let Some(given) = section.given(&table::SHA256) else {
        return Ok(());
    };
    let second = table::SHA256.name;
    let problem = match chosen {
        Some(first) => Problem::Together { first, second },
        None => Problem::Alone { key: second, needs: "`local_path` or `url`" },
    };
    Err(check.error(&given.key, problem))
}
