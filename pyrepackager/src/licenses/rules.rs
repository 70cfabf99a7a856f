//! Whether the licences of an inventory are permitted.
//!
//! An expression passes when there is a choice among its alternatives that passes. Versions are
//! taken for what they are: `GPL-2.0-or-later` is a choice among versions, of which `allow` needs
//! one and `deny` all. An exception (`WITH`) gives more rights, so a rule without one also covers
//! the licence with any.

use spdx::{Expression, LicenseItem, LicenseReq};

use super::error::{LicenseError, Reason, Refusal};
use super::model::{Inventory, License};
pub use super::spelling::parse;
use crate::config::resolved::LicensesConfig;

/// What `[licenses]` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Licences that are allowed; when empty, all that are not denied.
    pub allow: Vec<Expression>,
    /// Licences that are denied.
    pub deny: Vec<Expression>,
    /// Licences of components that do not state theirs, by name.
    pub clarify: Vec<(String, Expression)>,
    /// Line of the section in the TOML file, from 1, for messages.
    pub line: usize,
}

impl Rules {
    /// What the configuration says.
    ///
    /// # Errors
    ///
    /// A text that is no SPDX expression, which reading the configuration has ruled out before.
    pub fn of(config: &LicensesConfig) -> Result<Self, LicenseError> {
        let parse = |text: &String| {
            parse(text).map_err(|source| LicenseError::Rule { text: text.clone(), source })
        };
        let all = |texts: &[String]| texts.iter().map(parse).collect::<Result<_, _>>();
        let clarified = |(name, text): &(String, String)| Ok((name.clone(), parse(text)?));
        Ok(Self {
            allow: all(&config.allow)?,
            deny: all(&config.deny)?,
            clarify: config.clarify.iter().map(clarified).collect::<Result<_, LicenseError>>()?,
            line: config.line,
        })
    }
}

/// Requires that every component can be used under the licences that are allowed, unless none is
/// listed, and without those that are denied.
///
/// Each licence that an entry names is allowed or denied, whichever operators join them. A licence
/// that is not known is not allowed, and not denied.
///
/// # Errors
///
/// [`LicenseError::Refused`] with every component that does not pass.
pub fn check(inventory: &Inventory, rules: &Rules) -> Result<(), LicenseError> {
    let Rules { allow, deny, line, .. } = rules;
    let mut refusals = Vec::new();
    for component in &inventory.components {
        if let Some(reason) = reason(&component.license, allow, deny) {
            refusals.push(Refusal {
                component: format!("{} {}", component.kind.noun(), component.title()),
                name: component.name.clone(),
                license: component.license.to_string(),
                reason,
            });
        }
    }
    if refusals.is_empty() { Ok(()) } else { Err(LicenseError::Refused { line: *line, refusals }) }
}

/// Replaces what components say of themselves by what a person found out: expressions by name.
///
/// Names are compared as those of Python projects, so that case and `-`, `_` and `.` do not matter.
/// Returns the names that no component has.
pub fn clarify(inventory: &mut Inventory, known: &[(String, Expression)]) -> Vec<String> {
    let mut unused = Vec::new();
    for (name, expression) in known {
        let wanted = crate::collect::core_metadata::normalise(name);
        let mut found = false;
        for component in &mut inventory.components {
            if crate::collect::core_metadata::normalise(&component.name) == wanted {
                component.license = expression.clone().into();
                found = true;
            }
        }
        if !found {
            unused.push(name.clone());
        }
    }
    unused
}

/// Whether licences, all of which apply, cannot be obeyed without a copyleft licence.
///
/// `licenses` are SPDX identifiers or expressions; what is neither is no known copyleft licence.
/// An exception does not matter: what it permits depends on how a program is linked.
pub fn is_copyleft<T: AsRef<str>>(licenses: &[T]) -> bool {
    let is_free = |req: &LicenseReq| !req.license.id().is_some_and(|id| id.is_copyleft());
    let expressions = licenses.iter().filter_map(|text| parse(text.as_ref()).ok());
    expressions.into_iter().any(|expression| !expression.evaluate(is_free))
}

/// Which rule a licence does not pass.
fn reason(license: &License, allow: &[Expression], deny: &[Expression]) -> Option<Reason> {
    let License::Expression(expression) = license else {
        return (!allow.is_empty()).then_some(Reason::NotKnown);
    };
    let is_denied = |req: &LicenseReq| named_in(deny).any(|rule| denies(rule, req));
    let is_allowed =
        |req: &LicenseReq| allow.is_empty() || named_in(allow).any(|rule| allows(rule, req));
    let named = |wanted: &dyn Fn(&LicenseReq) -> bool| {
        let mut names: Vec<String> = Vec::new();
        for requirement in expression.requirements().filter(|named| wanted(&named.req)) {
            let name = requirement.req.to_string();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    };
    if !expression.evaluate(|req| !is_denied(req)) {
        return Some(Reason::Denied(named(&is_denied)));
    }
    // One choice must pass both.
    if !expression.evaluate(|req| is_allowed(req) && !is_denied(req)) {
        return Some(Reason::NotAllowed(named(&|req| !is_allowed(req))));
    }
    None
}

/// The licences that rules name.
fn named_in(rules: &[Expression]) -> impl Iterator<Item = &LicenseReq> {
    rules.iter().flat_map(Expression::requirements).map(|named| &named.req)
}

/// Whether who may use a work under `rule` may use one under `asked`.
fn allows(rule: &LicenseReq, asked: &LicenseReq) -> bool {
    covers_addition(rule, asked)
        && match (Versions::of(&rule.license), Versions::of(&asked.license)) {
            (Some(rule), Some(asked)) if rule.family == asked.family => {
                match (rule.or_later, asked.or_later) {
                    (false, false) => rule.version == asked.version,
                    (true, false) => asked.version >= rule.version,
                    (false, true) => rule.version >= asked.version,
                    (true, true) => true,
                }
            }
            (None, None) => rule.license == asked.license,
            _ => false,
        }
}

/// Whether a work under `asked` can only be used as `rule` forbids.
fn denies(rule: &LicenseReq, asked: &LicenseReq) -> bool {
    covers_addition(rule, asked)
        && match (Versions::of(&rule.license), Versions::of(&asked.license)) {
            (Some(rule), Some(asked)) if rule.family == asked.family => {
                if rule.or_later {
                    asked.version >= rule.version
                } else {
                    // Whoever denies `GPL-3.0` means the licence, however it is offered.
                    asked.version == rule.version && (!rule.is_exact || !asked.or_later)
                }
            }
            (None, None) => rule.license == asked.license,
            _ => false,
        }
}

fn covers_addition(rule: &LicenseReq, asked: &LicenseReq) -> bool {
    rule.addition.is_none() || rule.addition == asked.addition
}

/// Versions of a listed licence that one may choose from.
#[derive(Debug, PartialEq, Eq)]
struct Versions {
    /// The identifier without version and without what follows that in GNU's licences.
    family: String,
    /// Its first number, such as `[2, 1]`; empty when there is none.
    version: Vec<u32>,
    /// Whether later versions do as well.
    or_later: bool,
    /// Whether it says so that they do not.
    is_exact: bool,
}

impl Versions {
    /// `None` for a licence that SPDX does not list.
    fn of(license: &LicenseItem) -> Option<Self> {
        let LicenseItem::Spdx { id, or_later } = license else { return None };
        let (name, or_later, is_exact) = if let Some(name) = id.name.strip_suffix("-or-later") {
            (name, true, false)
        } else if let Some(name) = id.name.strip_suffix("-only") {
            (name, *or_later, !*or_later)
        } else {
            (id.name, *or_later, false)
        };
        let number =
            |part: &str| part.split('.').map(|n| n.parse().ok()).collect::<Option<Vec<u32>>>();
        let version = name.split('-').find_map(number).unwrap_or_default();
        let family: Vec<&str> = name.split('-').filter(|part| number(part).is_none()).collect();
        // In these the number counts clauses.
        let counts = family.contains(&"Clause");
        let family = if counts { name.to_owned() } else { family.join("-") };
        Some(Self { family, version, or_later, is_exact })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licenses::model::{Component, ComponentKind};

    fn rules(list: &str) -> Vec<Expression> {
        list.split(',').filter(|rule| !rule.is_empty()).map(|rule| parse(rule).unwrap()).collect()
    }

    fn both(allow: &str, deny: &str) -> Rules {
        Rules { allow: rules(allow), deny: rules(deny), clarify: Vec::new(), line: 3 }
    }

    fn passes(license: &str, allow: &str, deny: &str) -> bool {
        let license = License::from(parse(license).unwrap());
        reason(&license, &rules(allow), &rules(deny)).is_none()
    }

    #[test]
    fn a_choice_without_a_denied_licence_passes() {
        for (license, deny, expected) in [
            ("MIT OR GPL-3.0", "GPL-3.0", true),
            ("MIT AND GPL-3.0", "GPL-3.0", false),
            ("GPL-3.0-only", "GPL-3.0", false),
            ("GPL-3.0-or-later", "GPL-3.0", false),
            ("GPL-2.0-or-later", "GPL-3.0", true),
            ("GPL-2.0-only", "GPL-2.0-or-later", false),
            ("GPL-3.0-only", "GPL-2.0-or-later", false),
            ("GPL-1.0-or-later", "GPL-2.0-or-later", true),
            ("GPL-2.0-or-later", "GPL-2.0-only", true),
            ("GPL-2.0-only", "GPL-2.0-only", false),
            ("LGPL-3.0-only", "GPL-1.0-or-later", true),
            ("GPL-3.0-only", "MIT OR GPL-3.0", false),
            ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0", false),
            ("GPL-2.0-only", "GPL-2.0 WITH Classpath-exception-2.0", true),
            ("Apache-2.0+", "Apache-2.0", false),
            ("CC-BY-4.0", "CC-BY-SA-3.0+", true),
            ("BSD-3-Clause", "BSD-2-Clause", true),
            ("LicenseRef-Mine", "LicenseRef-Mine", false),
        ] {
            assert_eq!(passes(license, "", deny), expected, "{license} with deny {deny}");
        }
    }

    #[test]
    fn a_choice_of_allowed_licences_passes() {
        for (license, allow, expected) in [
            ("MIT", "MIT", true),
            ("MIT OR GPL-3.0", "MIT", true),
            ("MIT AND GPL-3.0", "MIT", false),
            ("MIT AND ISC", "MIT OR ISC", true),
            ("Apache-2.0 WITH LLVM-exception", "Apache-2.0", true),
            ("Apache-2.0", "Apache-2.0 WITH LLVM-exception", false),
            ("GPL-2.0-or-later", "GPL-3.0-only", true),
            ("GPL-3.0-or-later", "GPL-2.0-only", false),
            ("GPL-3.0-only", "GPL-2.0-or-later", true),
            ("LGPL-2.1-only", "LGPL-2.0-or-later", true),
            ("LGPL-2.0-only", "LGPL-2.1-or-later", false),
            ("BSD-3-Clause", "BSD-2-Clause+", false),
            ("CC-BY-SA-4.0", "CC-BY-4.0", false),
            ("LicenseRef-Public-Domain", "MIT", false),
            ("LicenseRef-Public-Domain", "LicenseRef-Public-Domain", true),
        ] {
            assert_eq!(passes(license, allow, ""), expected, "{license} with allow {allow}");
        }
        assert!(!passes("MIT OR ISC", "MIT", "MIT"), "the allowed choice is denied");
    }

    #[test]
    fn every_component_that_does_not_pass_is_named() {
        let component = |name: &str, license| Component {
            version: Some("1.0".to_owned()),
            license,
            ..Component::new(ComponentKind::Distribution, name)
        };
        let expression = |text| License::from(parse(text).unwrap());
        let inventory = Inventory::new(vec![
            component("fine", expression("MIT")),
            component("gpl-thing", expression("GPL-3.0-only AND MIT")),
            component("odd", License::Text("Custom".to_owned())),
            component("other", expression("MIT AND ISC")),
            component("silent", License::Unknown),
        ]);
        let error = check(&inventory, &both("MIT", "GPL-3.0")).unwrap_err();
        insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint().unwrap()), @r#"
        [licenses] at line 3 does not permit:
          Python package gpl-thing 1.0: GPL-3.0-only AND MIT (`deny` has GPL-3.0-only)
          Python package odd 1.0: Custom (not an SPDX license, so `allow` cannot have it)
          Python package other 1.0: MIT AND ISC (`allow` lacks ISC)
          Python package silent 1.0: unknown (not an SPDX license, so `allow` cannot have it)
        hint: leave out what is denied, or take the license out of `deny`; leave out what is not allowed, or add its license to `allow`; read what a component without an SPDX license comes with, and name its license in `clarify`, such as `"odd = MIT"`
        "#);
        check(&inventory, &both("", "AGPL-3.0")).unwrap();
        check(&inventory, &both("", "")).unwrap();
    }

    #[test]
    fn what_a_person_knows_replaces_what_components_say() {
        let silent = Component::new(ComponentKind::Distribution, "Some.Thing");
        let mut inventory = Inventory::new(vec![silent]);
        let known = ["some_thing", "absent"].map(|name| (name.to_owned(), parse("MIT").unwrap()));
        assert_eq!(clarify(&mut inventory, &known), ["absent"]);
        check(&inventory, &both("MIT", "")).unwrap();
    }

    #[test]
    fn copyleft_is_what_no_choice_avoids() {
        for (licenses, expected) in [
            (&["MIT"][..], false),
            (&["GPL-3.0"], true),
            (&["MIT OR GPL-3.0-or-later"], false),
            (&["MIT", "LGPL-2.1-only"], true),
            (&["GPL-3.0-only WITH GCC-exception-3.1"], true),
            (&["Mine", "Sleepycat"], false),
            (&[], false),
        ] {
            assert_eq!(is_copyleft(licenses), expected, "{licenses:?}");
        }
    }
}
