//! From typed to resolved: defaults filled in, paths absolute and checked, strings read.

mod allocator;
mod distribution;
mod packages;

use std::path::Path;

use super::check::Checker;
use super::error::ConfigError;
use super::options;
use super::problem::Problem;
use super::resolved::{
    Compression, Config, ExtensionAction, ExtensionChoice, ExtensionPolicy, InterpreterConfig,
    InterpreterMode, LicensesConfig, NativeLibrariesConfig, NativeLoad, ResourcesConfig, RunMode,
};
use super::schema::Section;
use super::span::Source;
use super::table;
use super::typed::{Document, Typed};

/// Name of the lock file where there is no TOML file, whose name it would have.
const LOCK_FILE: &str = "pyoxidizer.lock";

/// Makes a configuration of the sections of a file that are for `target`. `base` is the folder that
/// relative paths start at.
pub(super) fn resolve(
    source: &Source<'_>,
    document: Document,
    base: &Path,
    target: &str,
) -> Result<Config, ConfigError> {
    let check = Checker { source, base };
    let mut document = Targeted { check: &check, document, target };
    document.check_targets()?;
    Ok(Config {
        path: source.path.map(Path::to_owned),
        lock: source.path.map_or_else(|| LOCK_FILE.into(), |path| path.with_extension("lock")),
        distribution: distribution::distribution(
            &check,
            &document.take(&table::PYTHON_DISTRIBUTION)?,
        )?,
        interpreter: interpreter(&check, &document.take(&table::PYTHON_CONFIG)?)?,
        allocator: allocator::allocator(&check, &document.take(&table::ALLOCATOR)?)?,
        extensions: extensions(&check, &document.take(&table::PYTHON_EXTENSIONS)?)?,
        extension_modules: document
            .take_all(&table::EXTENSION_MODULES)
            .iter()
            .map(|entry| extension_module(&check, entry))
            .collect::<Result<_, _>>()?,
        packages: packages::packages(
            &check,
            &document.take_all(&table::PYTHON_PACKAGES),
            document.document.implies_stdlib,
        )?,
        resources: resources(&document.take(&table::PYTHON_RESOURCES)?),
        native_libraries: native_libraries(&check, &document.take(&table::NATIVE_LIBRARIES)?)?,
        run: run(&check, &document.take(&table::PYTHON_RUN)?)?,
        licenses: licenses(&check, &document.take(&table::LICENSES)?)?,
    })
}

/// The sections of a file, of which those count that are for one target.
struct Targeted<'a> {
    check: &'a Checker<'a>,
    document: Document,
    target: &'a str,
}

impl Targeted<'_> {
    /// That every `target` names one.
    fn check_targets(&self) -> Result<(), ConfigError> {
        let mut targets =
            self.document.sections().filter_map(|section| section.text(&table::TARGET));
        targets.try_for_each(|target| self.check.target(&table::TARGET, &target, self.target))
    }

    /// The section of this target; else the one of no target; else nothing but defaults.
    fn take(&mut self, schema: &'static Section) -> Result<Typed, ConfigError> {
        let mut general: Option<Typed> = None;
        let mut own: Option<Typed> = None;
        let mut seen: Vec<Option<String>> = Vec::new();
        for section in self.document.take(schema) {
            let target = section.target().map(str::to_owned);
            if seen.contains(&target) {
                let problem = Problem::Twice { section: schema.header(), target };
                return Err(self.check.error(&section.header.clone().unwrap_or_default(), problem));
            }
            match target.as_deref() {
                None => general = Some(section),
                Some(target) if target == self.target => own = Some(section),
                Some(_) => {}
            }
            seen.push(target);
        }
        Ok(own.or(general).unwrap_or_else(|| Typed::absent(schema)))
    }

    /// All sections of this target or of none, in the order of the file.
    fn take_all(&mut self, schema: &'static Section) -> Vec<Typed> {
        let mut sections = self.document.take(schema);
        sections.retain(|section| section.target().is_none_or(|target| target == self.target));
        sections
    }
}

fn interpreter(check: &Checker<'_>, section: &Typed) -> Result<InterpreterConfig, ConfigError> {
    let program_name = match section.text(&table::PROGRAM_NAME) {
        Some(name) => Some(check.not_empty(&table::PROGRAM_NAME, &name)?),
        None => None,
    };
    let stdio_encoding = match section.text(&table::STDIO_ENCODING) {
        Some(text) => Some(check.stdio_encoding(&table::STDIO_ENCODING, &text)?),
        None => None,
    };
    Ok(InterpreterConfig {
        program_name,
        optimize_level: section.level(&table::OPTIMIZE_LEVEL),
        dont_write_bytecode: section.flag(&table::DONT_WRITE_BYTECODE),
        ignore_environment: section.flag(&table::IGNORE_ENVIRONMENT),
        no_site: section.flag(&table::NO_SITE),
        no_user_site_directory: section.flag(&table::NO_USER_SITE_DIRECTORY),
        unbuffered_stdio: section.flag(&table::UNBUFFERED_STDIO),
        stdio_encoding,
        filesystem_importer: section.flag(&table::FILESYSTEM_IMPORTER),
        sys_paths: check.sys_paths(&table::SYS_PATHS, section.list(&table::SYS_PATHS))?,
        interpreter_mode: match section.choice(&table::INTERPRETER_MODE) {
            Some(table::NEVER) => InterpreterMode::Never,
            _ => InterpreterMode::Auto,
        },
        write_modules_directory_env: section
            .text(&table::WRITE_MODULES_DIRECTORY_ENV)
            .map(|name| check.variable(&table::WRITE_MODULES_DIRECTORY_ENV, &name))
            .transpose()?,
        rust_modules: check
            .module_names(&table::RUST_MODULES, section.list(&table::RUST_MODULES))?,
        options: options::given(check, section)?,
    })
}

fn resources(section: &Typed) -> ResourcesConfig {
    let compression = match section.choice(&table::COMPRESSION) {
        Some(table::ZSTD) => Compression::Zstd,
        _ => Compression::None,
    };
    ResourcesConfig { compression }
}

fn native_libraries(
    check: &Checker<'_>,
    section: &Typed,
) -> Result<NativeLibrariesConfig, ConfigError> {
    let load = match section.choice(&table::LOAD) {
        Some(table::CACHE) => NativeLoad::Cache,
        Some(table::FILES) => NativeLoad::Files,
        _ => NativeLoad::Memory,
    };
    let cache_dir = section.text(&table::CACHE_DIR);
    if let (Some(given), false) = (section.given(&table::CACHE_DIR), load == NativeLoad::Cache) {
        let needs = "`load = \"cache\"`";
        let problem = Problem::Alone { key: table::CACHE_DIR.name, needs };
        return Err(check.error(&given.key, problem));
    }
    let include_system = section.list(&table::INCLUDE_SYSTEM);
    Ok(NativeLibrariesConfig {
        load,
        cache_dir: cache_dir
            .map(|folder| check.not_empty(&table::CACHE_DIR, &folder))
            .transpose()?,
        include_system: check.sonames(&table::INCLUDE_SYSTEM, include_system)?,
    })
}

fn extensions(check: &Checker<'_>, section: &Typed) -> Result<ExtensionPolicy, ConfigError> {
    let names = |key| check.module_names(key, section.list(key));
    match section.variant {
        Some(table::ALL) => Ok(ExtensionPolicy::All),
        Some(table::NONE) => Ok(ExtensionPolicy::None),
        Some(table::NO_LIBRARIES) => Ok(ExtensionPolicy::NoLibraries),
        Some(table::NO_COPYLEFT) => Ok(ExtensionPolicy::NoCopyleft),
        Some(table::EXPLICIT_INCLUDES) => {
            Ok(ExtensionPolicy::ExplicitIncludes(names(&table::INCLUDES)?))
        }
        Some(table::EXPLICIT_EXCLUDES) => {
            Ok(ExtensionPolicy::ExplicitExcludes(names(&table::EXTENSION_EXCLUDES)?))
        }
        _ => Err(unlisted(check, section)),
    }
}

fn extension_module(check: &Checker<'_>, entry: &Typed) -> Result<ExtensionChoice, ConfigError> {
    let Some(name) = entry.text(&table::NAME) else {
        return Err(unlisted(check, entry));
    };
    let (objects, libraries) = (entry.list(&table::OBJECTS), entry.list(&table::LIBRARIES));
    let action = match (entry.variant, entry.text(&table::VARIANT)) {
        (Some(table::EXCLUDE), _) => ExtensionAction::Exclude,
        (Some(table::INCLUDE), Some(variant)) if !objects.is_empty() => {
            let (first, second) = (table::OBJECTS.name, table::VARIANT.name);
            return Err(check.error(&variant.span(), Problem::Together { first, second }));
        }
        (Some(table::INCLUDE), _) if !objects.is_empty() => ExtensionAction::Add {
            files: check.files(&table::OBJECTS, objects)?,
            libraries: check.library_names(&table::LIBRARIES, libraries)?,
        },
        (Some(table::INCLUDE), variant) => {
            if let Some(library) = libraries.first() {
                let problem = Problem::Alone { key: table::LIBRARIES.name, needs: "`objects`" };
                return Err(check.error(&library.span(), problem));
            }
            let variant = variant.map(|variant| check.not_empty(&table::VARIANT, &variant));
            ExtensionAction::Include { variant: variant.transpose()? }
        }
        _ => return Err(unlisted(check, entry)),
    };
    Ok(ExtensionChoice {
        name: check.module_name(&table::NAME, &name)?,
        action,
        line: entry.header.as_ref().map_or(1, |header| check.source.line(header)),
    })
}

fn run(check: &Checker<'_>, section: &Typed) -> Result<RunMode, ConfigError> {
    let text = |key| section.text(key).map(|text| (key, text));
    match section.variant {
        Some(table::REPL) => return Ok(RunMode::Repl),
        Some(table::NOOP) => return Ok(RunMode::Noop),
        Some(table::RUN_MODULE) => {
            if let Some((key, name)) = text(&table::MODULE) {
                return Ok(RunMode::Module(check.module_name(key, &name)?));
            }
        }
        Some(table::RUN_ENTRY_POINT) => {
            if let Some((key, name)) = text(&table::ENTRY_POINT) {
                return Ok(RunMode::EntryPoint(check.not_empty(key, &name)?));
            }
        }
        Some(table::EVAL) => {
            if let Some((key, code)) = text(&table::CODE) {
                return Ok(RunMode::Eval(check.not_empty(key, &code)?));
            }
        }
        Some(table::FILE) => {
            if let Some((key, path)) = text(&table::RUN_PATH) {
                return Ok(RunMode::File(check.not_empty(key, &path)?));
            }
        }
        _ => {}
    }
    Err(unlisted(check, section))
}

fn licenses(check: &Checker<'_>, section: &Typed) -> Result<LicensesConfig, ConfigError> {
    Ok(LicensesConfig {
        allow: check.licenses(&table::ALLOW, section.list(&table::ALLOW))?,
        deny: check.licenses(&table::DENY, section.list(&table::DENY))?,
        clarify: check.clarifications(&table::CLARIFY, section.list(&table::CLARIFY))?,
        embed: section.flag(&table::EMBED),
        beside: true,
        line: section.header.as_ref().map_or(1, |header| check.source.line(header)),
    })
}

/// A tag's value that the schema lists and this stage does not know, or a required key that the
/// typed stage let go: both would be mistakes in this crate, and are reported rather than ignored.
fn unlisted(check: &Checker<'_>, section: &Typed) -> ConfigError {
    let key = section.schema.tag.map_or("type", |tag| tag.name);
    let value = section.variant.unwrap_or_default().to_owned();
    let problem = Problem::NotAChoice { key, value, valid: Vec::new(), near: None };
    check.error(&section.header.clone().unwrap_or_default(), problem)
}
