//! `[[python_packages]]`: sources of modules, and filters.

use crate::config::check::Checker;
use crate::config::error::ConfigError;
use crate::config::problem::Problem;
use crate::config::resolved::{
    OptimizeLevel, PackageSource, PackageSourceKind, Requirements, RequirementsSource, UNWRITTEN,
};
use crate::config::schema::Absent;
use crate::config::table;
use crate::config::typed::Typed;

use super::unlisted;

/// Reads the entries for one target, in the order of the file.
pub(super) fn packages(
    check: &Checker<'_>,
    entries: &[Typed],
    implies_stdlib: bool,
) -> Result<Vec<PackageSource>, ConfigError> {
    let mut sources: Vec<_> =
        entries.iter().map(|entry| package(check, entry)).collect::<Result<_, _>>()?;
    let (Some(first), Some(source)) = (entries.first(), sources.first()) else {
        let line = if implies_stdlib { UNWRITTEN } else { 1 };
        return Ok(vec![PackageSource { line, ..stdlib_alone() }]);
    };
    let wrong = |problem| Err(check.error(&first.header.clone().unwrap_or_default(), problem));
    if source.kind.is_filter() {
        return wrong(Problem::NothingBefore { entry: first.variant.unwrap_or_default() });
    }
    if sources.iter().any(|source| matches!(source.kind, PackageSourceKind::Stdlib { .. })) {
        return Ok(sources);
    }
    if implies_stdlib {
        sources.insert(0, PackageSource { line: UNWRITTEN, ..stdlib_alone() });
        return Ok(sources);
    }
    wrong(Problem::NoStdlib)
}

/// What a file without `[[python_packages]]` means.
fn stdlib_alone() -> PackageSource {
    PackageSource {
        kind: PackageSourceKind::Stdlib {
            exclude_test_modules: table::EXCLUDE_TEST_MODULES.absent == Absent::Flag(true),
        },
        optimize_level: OptimizeLevel::default(),
        include_source: table::INCLUDE_SOURCE.absent == Absent::Flag(true),
        excludes: Vec::new(),
        strict_imports: false,
        line: 1,
    }
}

fn package(check: &Checker<'_>, entry: &Typed) -> Result<PackageSource, ConfigError> {
    Ok(PackageSource {
        kind: kind(check, entry)?,
        optimize_level: entry.level(&table::SOURCE_OPTIMIZE_LEVEL),
        include_source: entry.flag(&table::INCLUDE_SOURCE),
        excludes: check.module_names(&table::EXCLUDES, entry.list(&table::EXCLUDES))?,
        strict_imports: entry.flag(&table::STRICT_IMPORTS),
        line: entry.header.as_ref().map_or(1, |header| check.source.line(header)),
    })
}

fn kind(check: &Checker<'_>, entry: &Typed) -> Result<PackageSourceKind, ConfigError> {
    if let Some(from) = requirements(check, entry)? {
        let extra_args = check.texts(&table::EXTRA_ARGS, entry.list(&table::EXTRA_ARGS))?;
        return Ok(PackageSourceKind::Requirements(Requirements { from, extra_args }));
    }
    if let (Some(table::FILTER_FILES_INCLUDE), Some(glob)) =
        (entry.variant, entry.text(&table::GLOB))
    {
        return Ok(PackageSourceKind::FilterFilesInclude {
            glob: check.glob(&table::GLOB, &glob)?,
        });
    }
    let key = &table::SOURCE_PATH;
    match (entry.variant, entry.text(key)) {
        (Some(table::STDLIB), _) => Ok(PackageSourceKind::Stdlib {
            exclude_test_modules: entry.flag(&table::EXCLUDE_TEST_MODULES),
        }),
        (Some(table::PACKAGE_ROOT), Some(path)) => Ok(PackageSourceKind::PackageRoot {
            path: check.folder(key, &path)?,
            packages: top_level_names(check, entry)?,
        }),
        (Some(table::VIRTUALENV), Some(path)) => {
            Ok(PackageSourceKind::Virtualenv { path: check.virtualenv(key, &path)? })
        }
        (Some(table::WHEEL), Some(path)) => {
            Ok(PackageSourceKind::Wheel { path: check.existing(key, &path)? })
        }
        (Some(table::FILTER_FILE_INCLUDE), Some(path)) => {
            Ok(PackageSourceKind::FilterFileInclude { path: check.file(key, &path)? })
        }
        _ => Err(unlisted(check, entry)),
    }
}

/// What an installer is asked for, for the types that ask one.
fn requirements(
    check: &Checker<'_>,
    entry: &Typed,
) -> Result<Option<RequirementsSource>, ConfigError> {
    let package = entry.text(&table::PACKAGE);
    let file = entry.text(&table::REQUIREMENTS_PATH);
    let path = entry.text(&table::SOURCE_PATH);
    Ok(Some(match (entry.variant, package, file, path) {
        (Some(table::PIP_INSTALL_SIMPLE), Some(package), ..) => RequirementsSource::Package {
            requirement: check.requirement(&table::PACKAGE, &package)?,
        },
        (Some(table::PIP_REQUIREMENTS_FILE), _, Some(path), _) => {
            RequirementsSource::File { path: check.file(&table::REQUIREMENTS_PATH, &path)? }
        }
        (Some(table::PYPROJECT), .., Some(path)) => RequirementsSource::Project {
            path: check.project(&table::SOURCE_PATH, &path)?,
            extras: check.texts(&table::EXTRAS, entry.list(&table::EXTRAS))?,
            groups: check.texts(&table::GROUPS, entry.list(&table::GROUPS))?,
        },
        (Some(table::SCRIPT), .., Some(path)) => {
            RequirementsSource::Script { path: check.script(&table::SOURCE_PATH, &path)? }
        }
        _ => return Ok(None),
    }))
}

/// The names in `packages`: at least one, and none with a dot.
fn top_level_names(check: &Checker<'_>, entry: &Typed) -> Result<Vec<String>, ConfigError> {
    let key = &table::PACKAGES;
    match entry.given(key) {
        Some(given) if entry.list(key).is_empty() => {
            Err(check.error(&given.value.span(), Problem::Empty { key: key.name }))
        }
        _ => check.top_level_names(key, entry.list(key)),
    }
}
