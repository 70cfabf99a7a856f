//! From typed to resolved: defaults filled in, paths absolute and checked, strings read.

use std::path::Path;

use toml::Spanned;

use super::check::Checker;
use super::error::ConfigError;
use super::problem::Problem;
use super::resolved::{
    Compression, Config, DistributionRequest, ExtensionPolicy, InterpreterConfig, InterpreterMode,
    OptimizeLevel, PackageSource, PackageSourceKind, ResourcesConfig, RunMode,
};
use super::schema::{self, Section};
use super::span::Source;
use super::typed::{Document, Typed};

/// Makes a configuration of a file's sections. `base` is the folder that relative paths start at.
pub(super) fn resolve(
    source: &Source<'_>,
    mut document: Document,
    base: &Path,
) -> Result<Config, ConfigError> {
    let check = Checker { source, base };
    Ok(Config {
        path: source.path.map(Path::to_owned),
        distribution: distribution(&check, &document.take(&schema::PYTHON_DISTRIBUTION))?,
        interpreter: interpreter(&check, &document.take(&schema::PYTHON_CONFIG))?,
        extensions: extensions(&check, &document.take(&schema::PYTHON_EXTENSIONS))?,
        packages: packages(&check, &document)?,
        resources: resources(&document.take(&schema::PYTHON_RESOURCES)),
        run: run(&check, &document.take(&schema::PYTHON_RUN))?,
    })
}

fn distribution(check: &Checker<'_>, section: &Typed) -> Result<DistributionRequest, ConfigError> {
    let places = [schema::LOCAL_PATH, schema::URL, schema::VERSION, schema::BUILD];
    let mut given: Vec<_> =
        places.iter().filter_map(|key| Some((key, section.given(key)?))).collect();
    given.sort_by_key(|(_, given)| given.key.start);
    if let [(first, _), (second, place), ..] = given[..] {
        let problem = Problem::Together { first: first.name, second: second.name };
        return Err(check.error(&place.key, problem));
    }
    if let Some(url) = section.text(&schema::URL) {
        let url_text = check.url(&schema::URL, &url)?;
        return Ok(DistributionRequest::Url {
            url: url_text,
            sha256: sha256(check, section, "`url`")?,
        });
    }
    if let Some(path) = section.text(&schema::LOCAL_PATH) {
        let path = check.file(&schema::LOCAL_PATH, &path)?;
        let sha256 = sha256(check, section, "`local_path`")?;
        return Ok(DistributionRequest::LocalPath { path, sha256 });
    }
    no_sha256(check, section, given.first().map(|(key, _)| key.name))?;
    if let Some(version) = section.text(&schema::BUILD) {
        return Ok(DistributionRequest::Build(check.version(&schema::BUILD, &version)?));
    }
    let version = section
        .text(&schema::VERSION)
        .unwrap_or_else(|| Spanned::new(0..0, schema::DEFAULT_VERSION));
    Ok(DistributionRequest::Version(check.version(&schema::VERSION, &version)?))
}

/// The digest that an archive named by `wanted_by` must have.
fn sha256(
    check: &Checker<'_>,
    section: &Typed,
    wanted_by: &str,
) -> Result<super::resolved::Sha256Digest, ConfigError> {
    match section.text(&schema::SHA256) {
        Some(text) => check.digest(&schema::SHA256, &text),
        None => Err(check.error(
            &section.header.clone().unwrap_or_default(),
            Problem::MissingKey {
                section: section.schema.header(),
                key: schema::SHA256.name,
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
    let Some(given) = section.given(&schema::SHA256) else {
        return Ok(());
    };
    let second = schema::SHA256.name;
    let problem = match chosen {
        Some(first) => Problem::Together { first, second },
        None => Problem::Alone { key: second, needs: "`local_path` or `url`" },
    };
    Err(check.error(&given.key, problem))
}

fn interpreter(check: &Checker<'_>, section: &Typed) -> Result<InterpreterConfig, ConfigError> {
    let program_name = match section.text(&schema::PROGRAM_NAME) {
        Some(name) => Some(check.not_empty(&schema::PROGRAM_NAME, &name)?),
        None => None,
    };
    let stdio_encoding = match section.text(&schema::STDIO_ENCODING) {
        Some(text) => Some(check.stdio_encoding(&schema::STDIO_ENCODING, &text)?),
        None => None,
    };
    Ok(InterpreterConfig {
        program_name,
        optimize_level: section.level(&schema::OPTIMIZE_LEVEL),
        dont_write_bytecode: section.flag(&schema::DONT_WRITE_BYTECODE),
        ignore_environment: section.flag(&schema::IGNORE_ENVIRONMENT),
        no_site: section.flag(&schema::NO_SITE),
        no_user_site_directory: section.flag(&schema::NO_USER_SITE_DIRECTORY),
        unbuffered_stdio: section.flag(&schema::UNBUFFERED_STDIO),
        stdio_encoding,
        filesystem_importer: section.flag(&schema::FILESYSTEM_IMPORTER),
        sys_paths: check.sys_paths(&schema::SYS_PATHS, section.list(&schema::SYS_PATHS))?,
        interpreter_mode: match section.choice(&schema::INTERPRETER_MODE) {
            Some(schema::NEVER) => InterpreterMode::Never,
            _ => InterpreterMode::Auto,
        },
        write_modules_directory_env: section
            .text(&schema::WRITE_MODULES_DIRECTORY_ENV)
            .map(|name| check.variable(&schema::WRITE_MODULES_DIRECTORY_ENV, &name))
            .transpose()?,
    })
}

fn resources(section: &Typed) -> ResourcesConfig {
    let compression = match section.choice(&schema::COMPRESSION) {
        Some(schema::ZSTD) => Compression::Zstd,
        _ => Compression::None,
    };
    ResourcesConfig { compression }
}

fn extensions(check: &Checker<'_>, section: &Typed) -> Result<ExtensionPolicy, ConfigError> {
    let names = |key| check.module_names(key, section.list(key));
    match section.variant {
        Some(schema::ALL) => Ok(ExtensionPolicy::All),
        Some(schema::NONE) => Ok(ExtensionPolicy::None),
        Some(schema::NO_LIBRARIES) => Ok(ExtensionPolicy::NoLibraries),
        Some(schema::EXPLICIT_INCLUDES) => {
            Ok(ExtensionPolicy::ExplicitIncludes(names(&schema::INCLUDES)?))
        }
        Some(schema::EXPLICIT_EXCLUDES) => {
            Ok(ExtensionPolicy::ExplicitExcludes(names(&schema::EXTENSION_EXCLUDES)?))
        }
        _ => Err(unlisted(check, section)),
    }
}

fn packages(check: &Checker<'_>, document: &Document) -> Result<Vec<PackageSource>, ConfigError> {
    let section: &Section = &schema::PYTHON_PACKAGES;
    let sources: Vec<_> =
        document.all(section).map(|entry| package(check, entry)).collect::<Result<_, _>>()?;
    let Some(first) = document.all(section).next() else {
        return Ok(vec![stdlib_alone()]);
    };
    if matches!(sources[0].kind, PackageSourceKind::FilterFileInclude { .. }) {
        return Err(check.error(
            &first.header.clone().unwrap_or_default(),
            Problem::NothingBefore { entry: schema::FILTER_FILE_INCLUDE },
        ));
    }
    if sources.iter().any(|source| matches!(source.kind, PackageSourceKind::Stdlib { .. })) {
        return Ok(sources);
    }
    Err(check.error(&first.header.clone().unwrap_or_default(), Problem::NoStdlib))
}

/// What a file without `[[python_packages]]` means.
fn stdlib_alone() -> PackageSource {
    PackageSource {
        kind: PackageSourceKind::Stdlib {
            exclude_test_modules: schema::EXCLUDE_TEST_MODULES.absent == schema::Absent::Flag(true),
        },
        optimize_level: OptimizeLevel::default(),
        include_source: schema::INCLUDE_SOURCE.absent == schema::Absent::Flag(true),
        excludes: Vec::new(),
        line: 1,
    }
}

fn package(check: &Checker<'_>, entry: &Typed) -> Result<PackageSource, ConfigError> {
    let path = entry.text(&schema::SOURCE_PATH);
    let kind = match (entry.variant, path) {
        (Some(schema::STDLIB), _) => PackageSourceKind::Stdlib {
            exclude_test_modules: entry.flag(&schema::EXCLUDE_TEST_MODULES),
        },
        (Some(schema::PACKAGE_ROOT), Some(path)) => PackageSourceKind::PackageRoot {
            path: check.folder(&schema::SOURCE_PATH, &path)?,
            packages: top_level_names(check, entry)?,
        },
        (Some(schema::VIRTUALENV), Some(path)) => {
            PackageSourceKind::Virtualenv { path: check.virtualenv(&schema::SOURCE_PATH, &path)? }
        }
        (Some(schema::FILTER_FILE_INCLUDE), Some(path)) => {
            PackageSourceKind::FilterFileInclude { path: check.file(&schema::SOURCE_PATH, &path)? }
        }
        _ => return Err(unlisted(check, entry)),
    };
    Ok(PackageSource {
        kind,
        optimize_level: entry.level(&schema::SOURCE_OPTIMIZE_LEVEL),
        include_source: entry.flag(&schema::INCLUDE_SOURCE),
        excludes: check.module_names(&schema::EXCLUDES, entry.list(&schema::EXCLUDES))?,
        line: entry.header.as_ref().map_or(1, |header| check.source.line(header)),
    })
}

/// The names in `packages`: at least one, and none with a dot.
fn top_level_names(check: &Checker<'_>, entry: &Typed) -> Result<Vec<String>, ConfigError> {
    let key = &schema::PACKAGES;
    match entry.given(key) {
        Some(given) if entry.list(key).is_empty() => {
            Err(check.error(&given.value.span(), Problem::Empty { key: key.name }))
        }
        _ => check.top_level_names(key, entry.list(key)),
    }
}

fn run(check: &Checker<'_>, section: &Typed) -> Result<RunMode, ConfigError> {
    let [module, code, path] =
        [schema::MODULE, schema::CODE, schema::RUN_PATH].map(|key| (key, section.text(&key)));
    match (section.variant, module, code, path) {
        (Some(schema::REPL), ..) => Ok(RunMode::Repl),
        (Some(schema::NOOP), ..) => Ok(RunMode::Noop),
        (Some(schema::RUN_MODULE), (key, Some(name)), ..) => {
            Ok(RunMode::Module(check.module_name(&key, &name)?))
        }
        (Some(schema::EVAL), _, (key, Some(code)), _) => {
            Ok(RunMode::Eval(check.not_empty(&key, &code)?))
        }
        (Some(schema::FILE), .., (key, Some(path))) => {
            Ok(RunMode::File(check.not_empty(&key, &path)?))
        }
        _ => Err(unlisted(check, section)),
    }
}

/// A tag's value that the schema lists and this stage does not know, or a required key that the
/// typed stage let go: both would be mistakes in this crate, and are reported rather than ignored.
fn unlisted(check: &Checker<'_>, section: &Typed) -> ConfigError {
    let key = section.schema.tag.map_or("type", |tag| tag.name);
    let value = section.variant.unwrap_or_default().to_owned();
    let problem = Problem::NotAChoice { key, value, valid: Vec::new(), near: None };
    check.error(&section.header.clone().unwrap_or_default(), problem)
}
