//! Applies the policy.

use super::error::PolicyError;
use super::startup::need;
use crate::config::resolved::ExtensionPolicy;
use crate::distribution::{Distribution, Extension, ExtensionVariant, Library};

/// Libraries that are parts of the C library, or that every program links anyway.
const C_LIBRARY: &[&str] = &["c", "m", "dl", "pthread", "util", "rt", "System"];

/// Extensions that go in.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The extensions, by name.
    pub extensions: Vec<SelectedExtension>,
    /// What a person should know: extensions that the policy asks for and that stay out.
    pub notes: Vec<String>,
}

/// An extension that goes in.
#[derive(Clone, Debug)]
pub struct SelectedExtension {
    /// Name that it is imported under.
    pub name: String,
    /// The way it is provided.
    pub variant: ExtensionVariant,
}

/// Chooses extensions of `distribution` by `policy`.
///
/// Of an extension's variants the first is taken; under
/// [`NoLibraries`](ExtensionPolicy::NoLibraries) the first that links no library. An extension that
/// the distribution built as a shared library only goes in when it is included by name and there
/// are object files of it.
///
/// # Errors
///
/// A name that the distribution does not have, an excluded extension that the interpreter does not
/// link or start without, an included extension that cannot be linked.
pub fn select(
    policy: &ExtensionPolicy,
    distribution: &Distribution,
) -> Result<Selection, PolicyError> {
    check_names(policy, distribution)?;
    let mut selection = Selection::default();
    let mut passed_over = Vec::new();
    for extension in distribution.extensions.values() {
        let name = &extension.name;
        // A distribution that was opened has a variant of each extension.
        let Some(default) = extension.variants.first() else { continue };
        let excluded =
            matches!(policy, ExtensionPolicy::ExplicitExcludes(names) if names.contains(name));
        let variant = match need(name, default, distribution.version) {
            Some(need) if need.is_absolute() || !excluded => Some(default),
            Some(_) => None,
            None => wanted(policy, extension, default),
        };
        let Some(variant) = variant else { continue };
        if !is_linkable(variant) {
            if names(policy, name) {
                let shared_library = variant.shared_library.clone();
                return Err(PolicyError::NotLinkable { name: name.clone(), shared_library });
            }
            passed_over.push(name.clone());
        } else if variant.shared_library.is_some() && !names(policy, name) {
            passed_over.push(name.clone());
        } else {
            let variant = variant.clone();
            selection.extensions.push(SelectedExtension { name: name.clone(), variant });
        }
    }
    if !passed_over.is_empty() {
        selection.notes.push(format!(
            "extension modules left out, as the distribution built them as shared libraries: {}",
            passed_over.join(", ")
        ));
    }
    Ok(selection)
}

/// The variant that `policy` takes of an extension that is not needed.
fn wanted<'a>(
    policy: &ExtensionPolicy,
    extension: &'a Extension,
    default: &'a ExtensionVariant,
) -> Option<&'a ExtensionVariant> {
    match policy {
        ExtensionPolicy::All => Some(default),
        ExtensionPolicy::None => None,
        ExtensionPolicy::NoLibraries => {
            extension.variants.iter().find(|variant| variant.links.iter().all(is_builtin_library))
        }
        ExtensionPolicy::ExplicitIncludes(names) => {
            names.contains(&extension.name).then_some(default)
        }
        ExtensionPolicy::ExplicitExcludes(names) => {
            (!names.contains(&extension.name)).then_some(default)
        }
    }
}

/// Whether `policy` includes `name` explicitly.
fn names(policy: &ExtensionPolicy, name: &String) -> bool {
    matches!(policy, ExtensionPolicy::ExplicitIncludes(names) if names.contains(name))
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

/// Whether there is code to link: of its own, in the core, or none because the core sets it up.
fn is_linkable(variant: &ExtensionVariant) -> bool {
    variant.in_core || variant.init_fn.is_none() || !variant.objects.is_empty()
}

fn check_names(policy: &ExtensionPolicy, distribution: &Distribution) -> Result<(), PolicyError> {
    let (key, names) = match policy {
        ExtensionPolicy::ExplicitIncludes(names) => ("includes", names),
        ExtensionPolicy::ExplicitExcludes(names) => ("excludes", names),
        ExtensionPolicy::All | ExtensionPolicy::None | ExtensionPolicy::NoLibraries => {
            return Ok(());
        }
    };
    for name in names {
        let Some(extension) = distribution.extensions.get(name) else {
            let nearest = crate::collect::nearest(name, distribution.extensions.keys());
            return Err(PolicyError::Unknown { key, name: name.clone(), nearest });
        };
        let need = extension
            .variants
            .first()
            .and_then(|variant| need(name, variant, distribution.version));
        if let Some(need) = need.filter(|need| key == "excludes" && need.is_absolute()) {
            return Err(PolicyError::Needed { name: name.clone(), need });
        }
    }
    Ok(())
}
