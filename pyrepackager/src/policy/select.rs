//! Applies the policy.

use super::added::added;
use super::error::{NamedBy, PolicyError};
use super::startup::{Need, need};
use super::test_modules::is_test_module;
use crate::config::resolved::{ExtensionAction, ExtensionChoice, ExtensionPolicy};
use crate::distribution::{Distribution, Extension, ExtensionVariant, Library, ObjectFormat};
use crate::licenses;

/// Libraries that are parts of the C library, or that every program links anyway.
const C_LIBRARY: &[&str] = &["c", "m", "dl", "pthread", "util", "rt", "System"];

/// Extensions that go in.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Extensions that are linked into the executable, by name.
    pub extensions: Vec<SelectedExtension>,
    /// Extensions that are packed as the shared libraries that the distribution has of them, by
    /// name. Each has a [`shared_library`](ExtensionVariant::shared_library).
    pub shared: Vec<SelectedExtension>,
    /// What a person should know: extensions that the policy asks for and that stay out.
    pub notes: Vec<String>,
}

impl Selection {
    /// All extensions, linked and packed.
    pub fn all(&self) -> impl Iterator<Item = &SelectedExtension> {
        self.extensions.iter().chain(&self.shared)
    }
}

/// An extension that goes in.
#[derive(Clone, Debug)]
pub struct SelectedExtension {
    /// Name that it is imported under.
    pub name: String,
    /// The way it is provided.
    pub variant: ExtensionVariant,
}

/// How an extension goes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// It is linked into the executable.
    Linked,
    /// Its shared library is packed.
    Packed,
}

/// Chooses extensions of `distribution` by `policy`, and by `choices` where one is about an extension;
/// the last such choice counts.
///
/// Of an extension's variants the first is taken; under
/// [`NoLibraries`](ExtensionPolicy::NoLibraries) and [`NoCopyleft`](ExtensionPolicy::NoCopyleft) the
/// first that fits. Test modules of CPython go in only when they are included by name.
///
/// # Errors
///
/// A name that the distribution does not have, an excluded extension that the interpreter does not
/// link or start without, an included extension of which there is nothing to link or pack.
pub fn select(
    policy: &ExtensionPolicy,
    choices: &[ExtensionChoice],
    distribution: &Distribution,
) -> Result<Selection, PolicyError> {
    check_names(policy, choices, distribution)?;
    let mut selection = Selection { extensions: added(choices)?, ..Selection::default() };
    let mut passed_over = Vec::new();
    for extension in distribution.extensions.values() {
        let name = &extension.name;
        if selection.extensions.iter().any(|added| added.name == *name) {
            continue;
        }
        // A distribution that was opened has a variant of each extension.
        let Some(default) = extension.variants.first() else { continue };
        let choice = choices.iter().rfind(|choice| choice.name == *name);
        let variant = match need(name, default, distribution.version) {
            Some(need) if need.is_absolute() || !excludes(policy, choice, name) => {
                Some(chosen_variant(extension, default, choice)?)
            }
            Some(_) => None,
            None => wanted(policy, choice, extension, default)?,
        };
        let Some(variant) = variant else { continue };
        let selected = || SelectedExtension { name: name.clone(), variant: variant.clone() };
        let named = includes(policy, choice, name);
        match form(variant, &distribution.object_format) {
            Some(Form::Linked) => selection.extensions.push(selected()),
            Some(Form::Packed) => selection.shared.push(selected()),
            None if !variant.missing.is_empty() => {
                let need = need(name, variant, distribution.version);
                if named.is_some() || need.is_some_and(Need::is_absolute) {
                    let files = variant.missing.clone();
                    return Err(PolicyError::Incomplete { by: named, name: name.clone(), files });
                }
                passed_over.push(name.clone());
            }
            None => match named {
                Some(by) => return Err(PolicyError::NoCode { by, name: name.clone() }),
                None => passed_over.push(name.clone()),
            },
        }
    }
    if !passed_over.is_empty() {
        selection.notes.push(format!(
            "extension modules left out, as the distribution lacks code of them: {}",
            passed_over.join(", ")
        ));
    }
    Ok(selection)
}

/// How a variant goes in; `None` when there is no code of it.
///
/// Where there are objects and a shared library, the objects are linked if they can be: every
/// library that they name must be one that a linker has. What a distribution has as a shared library
/// it also names as a library of the system, `tcl9.0` for instance, and no linker finds that. On
/// Windows objects of extensions import Python from its DLL, so that they never fit an executable
/// that has Python inside.
fn form(variant: &ExtensionVariant, format: &ObjectFormat) -> Option<Form> {
    if variant.missing.is_empty() && (variant.in_core || variant.init_fn.is_none()) {
        return Some(Form::Linked);
    }
    let has_objects = !variant.objects.is_empty() && variant.missing.is_empty();
    match &variant.shared_library {
        None => has_objects.then_some(Form::Linked),
        Some(_) => {
            let is_linkable = has_objects
                && *format != ObjectFormat::Coff
                && variant.links.iter().all(is_at_hand);
            Some(if is_linkable { Form::Linked } else { Form::Packed })
        }
    }
}

/// Whether a linker has a library without further files of the system.
fn is_at_hand(library: &Library) -> bool {
    match library {
        Library::Static { .. } | Library::Framework(_) => true,
        Library::System(name) => C_LIBRARY.contains(&name.as_str()),
        Library::Dynamic { .. } => false,
    }
}

/// The variant that is taken of an extension that is not needed.
fn wanted<'a>(
    policy: &ExtensionPolicy,
    choice: Option<&ExtensionChoice>,
    extension: &'a Extension,
    default: &'a ExtensionVariant,
) -> Result<Option<&'a ExtensionVariant>, PolicyError> {
    match choice.map(|choice| &choice.action) {
        Some(ExtensionAction::Exclude) => return Ok(None),
        Some(ExtensionAction::Include { .. } | ExtensionAction::Add { .. }) => {
            return chosen_variant(extension, default, choice).map(Some);
        }
        None => {}
    }
    if is_test_module(&extension.name) && !matches!(policy, ExtensionPolicy::ExplicitIncludes(_)) {
        return Ok(None);
    }
    Ok(match policy {
        ExtensionPolicy::All => Some(default),
        ExtensionPolicy::None => None,
        ExtensionPolicy::NoLibraries => {
            extension.variants.iter().find(|variant| variant.links.iter().all(is_builtin_library))
        }
        ExtensionPolicy::NoCopyleft => {
            extension.variants.iter().find(|variant| !is_copyleft(variant))
        }
        ExtensionPolicy::ExplicitIncludes(names) => {
            names.contains(&extension.name).then_some(default)
        }
        ExtensionPolicy::ExplicitExcludes(names) => {
            (!names.contains(&extension.name)).then_some(default)
        }
    })
}

/// The variant that a choice names, else the default.
fn chosen_variant<'a>(
    extension: &'a Extension,
    default: &'a ExtensionVariant,
    choice: Option<&ExtensionChoice>,
) -> Result<&'a ExtensionVariant, PolicyError> {
    let Some(ExtensionChoice { action, line, .. }) = choice else { return Ok(default) };
    let ExtensionAction::Include { variant: Some(name) } = action else { return Ok(default) };
    extension.variants.iter().find(|variant| variant.variant == *name).ok_or_else(|| {
        let variants = extension.variants.iter().map(|variant| variant.variant.clone()).collect();
        let (extension, variant) = (extension.name.clone(), name.clone());
        PolicyError::NoVariant { line: *line, extension, variant, variants }
    })
}

/// Whether an extension is excluded by name.
fn excludes(policy: &ExtensionPolicy, choice: Option<&ExtensionChoice>, name: &String) -> bool {
    match choice.map(|choice| &choice.action) {
        Some(action) => *action == ExtensionAction::Exclude,
        None => matches!(policy, ExtensionPolicy::ExplicitExcludes(names) if names.contains(name)),
    }
}

/// What includes an extension by name, if anything does.
fn includes(
    policy: &ExtensionPolicy,
    choice: Option<&ExtensionChoice>,
    name: &String,
) -> Option<NamedBy> {
    match choice {
        Some(choice) => {
            let included = matches!(choice.action, ExtensionAction::Include { .. });
            included.then_some(NamedBy::Choice(choice.line))
        }
        None => matches!(policy, ExtensionPolicy::ExplicitIncludes(names) if names.contains(name))
            .then_some(NamedBy::Includes),
    }
}

/// Whether an extension's libraries cannot be used without a copyleft licence, as far as that is
/// known: libraries of unknown licences count as such.
#[must_use]
pub fn is_copyleft(variant: &ExtensionVariant) -> bool {
    match &variant.licenses {
        _ if variant.public_domain => false,
        None => !variant.links.iter().all(is_builtin_library),
        Some(expressions) => licenses::rules::is_copyleft(expressions),
    }
}

/// Whether a library does not count as one: it is the C library's or CPython's own.
fn is_builtin_library(library: &Library) -> bool {
    match library {
        Library::System(name) => C_LIBRARY.contains(&name.as_str()),
        // Hash functions whose source is CPython's, which its makefile puts into archives.
        Library::Static { name, .. } => name.starts_with("Hacl_"),
        Library::Dynamic { .. } | Library::Framework(_) => false,
    }
}

fn check_names(
    policy: &ExtensionPolicy,
    choices: &[ExtensionChoice],
    distribution: &Distribution,
) -> Result<(), PolicyError> {
    let (listed, by) = match policy {
        ExtensionPolicy::ExplicitIncludes(names) => (names.as_slice(), NamedBy::Includes),
        ExtensionPolicy::ExplicitExcludes(names) => (names.as_slice(), NamedBy::Excludes),
        ExtensionPolicy::All
        | ExtensionPolicy::None
        | ExtensionPolicy::NoLibraries
        | ExtensionPolicy::NoCopyleft => (&[][..], NamedBy::Includes),
    };
    for name in listed {
        check_name(name, by, by == NamedBy::Excludes, distribution)?;
    }
    for choice in choices {
        let is_added = matches!(choice.action, ExtensionAction::Add { .. });
        if is_added && !distribution.extensions.contains_key(&choice.name) {
            continue;
        }
        // What takes the place of one of the distribution's excludes that.
        let excluded = is_added || choice.action == ExtensionAction::Exclude;
        check_name(&choice.name, NamedBy::Choice(choice.line), excluded, distribution)?;
    }
    Ok(())
}

fn check_name(
    name: &String,
    by: NamedBy,
    excluded: bool,
    distribution: &Distribution,
) -> Result<(), PolicyError> {
    let Some(extension) = distribution.extensions.get(name) else {
        let nearest = crate::collect::nearest(name, distribution.extensions.keys());
        return Err(PolicyError::Unknown { by, name: name.clone(), nearest });
    };
    let variant = extension.variants.first();
    let need = variant.and_then(|variant| need(name, variant, distribution.version));
    match need.filter(|need| excluded && need.is_absolute()) {
        Some(need) => Err(PolicyError::Needed { by, name: name.clone(), need }),
        None => Ok(()),
    }
}
