//! `[allocator]`.

use crate::config::check::Checker;
use crate::config::error::ConfigError;
use crate::config::problem::Problem;
use crate::config::resolved::{AllocatorBackend, AllocatorConfig};
use crate::config::schema::Key;
use crate::config::table;
use crate::config::typed::Typed;

use super::unlisted;

/// Reads the section. That nothing in it is without effect is required, too.
pub(super) fn allocator(
    check: &Checker<'_>,
    section: &Typed,
) -> Result<AllocatorConfig, ConfigError> {
    let backend = section.variant.and_then(AllocatorBackend::of_name);
    let backend = backend.ok_or_else(|| unlisted(check, section))?;
    let config = AllocatorConfig {
        backend,
        raw: section.flag(&table::RAW),
        mem: section.flag(&table::MEM),
        obj: section.flag(&table::OBJ),
        arenas: section.flag(&table::ARENAS),
        debug: section.flag(&table::DEBUG),
        line: section.header.as_ref().map_or(1, |header| check.source.line(header)),
    };
    let without_effect = |key: &Key, reason, remedy| {
        let place = section.given(key).map(|given| given.key.clone()).or(section.header.clone());
        let problem = Problem::WithoutEffect { key: key.name, reason, remedy };
        Err(check.error(&place.unwrap_or_default(), problem))
    };
    let AllocatorConfig { raw, mem, obj, arenas, .. } = config;
    if backend != AllocatorBackend::Default && !(raw || mem || obj || arenas) {
        let reason = "where it serves nothing";
        return without_effect(&table::BACKEND, reason, "set `raw`, `mem` or `obj` to true");
    }
    if arenas && mem && obj {
        let reason = "with `mem` and `obj`: nothing is left that would need arenas";
        return without_effect(&table::ARENAS, reason, "remove it");
    }
    Ok(config)
}
