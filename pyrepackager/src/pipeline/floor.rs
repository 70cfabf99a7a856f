//! What the packages in an executable ask of glibc, beside what was asked for.

use std::collections::BTreeMap;

use crate::collect::{Collected, distribution_files};
use crate::config::resolved::TargetConfig;
use crate::glibc::Glibc;
use crate::native::Report;
use crate::reporter::Reporter;
use crate::toolchain::Platform;

/// An executable, or something in it, asks for a newer glibc than it may.
#[derive(Debug, thiserror::Error)]
#[error("the application is to run on glibc {wanted}, but {}", list(asking))]
pub struct GlibcError {
    /// The oldest that it is to run on.
    pub wanted: Glibc,
    /// What asks for a newer one: in words, with the version.
    pub asking: Vec<(String, Glibc)>,
}

impl GlibcError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let newest = self.asking.iter().map(|(_, glibc)| glibc).max();
        let newest =
            newest.map_or_else(String::new, |newest| format!("ask for glibc {newest}, or "));
        format!(
            "{newest}require older versions of packages, or leave out `strict_glibc` and `--strict-glibc`"
        )
    }
}

/// `numpy needs 2.28, scipy needs 2.27`.
fn list(asking: &[(String, Glibc)]) -> String {
    let words = asking.iter().map(|(what, glibc)| format!("{what} needs {glibc}"));
    words.collect::<Vec<_>>().join(", ")
}

/// Says which packages ask for a newer glibc than is wanted.
///
/// # Errors
///
/// When they must not.
pub(super) fn check_packages(
    system: &TargetConfig,
    target: &str,
    report: &Report,
    collected: &Collected,
    reporter: &dyn Reporter,
) -> Result<(), GlibcError> {
    if Platform::of(target).is_none() {
        return Ok(());
    }
    let wanted = &system.glibc;
    let owners = distribution_files(collected);
    let extensions = report.extensions.iter().map(|each| (&each.file, &each.own_glibc));
    let libraries = report.libraries.iter().map(|each| (&each.file, &each.glibc));
    let mut newest: BTreeMap<String, Glibc> = BTreeMap::new();
    for (file, glibc) in extensions.chain(libraries) {
        let Some(glibc) = glibc.as_ref().filter(|glibc| *glibc > wanted) else { continue };
        let owner =
            owners.get(file.as_str()).map_or_else(|| format!("`{file}`"), ToString::to_string);
        let known = newest.entry(owner).or_insert_with(|| glibc.clone());
        *known = known.clone().max(glibc.clone());
    }
    if newest.is_empty() {
        return Ok(());
    }
    let (wanted, asking) = (wanted.clone(), newest.into_iter().collect());
    let error = GlibcError { wanted, asking };
    if system.strict_glibc {
        return Err(error);
    }
    let floor = error.asking.iter().map(|(_, glibc)| glibc).max();
    let floor = floor.map(|floor| format!(": so it runs on {floor} or newer")).unwrap_or_default();
    reporter.note(&format!("{error}{floor}"));
    Ok(())
}

/// Refuses an executable that itself asks for a newer glibc than is wanted, where it must not; `runs_on` is the oldest
/// that it runs on, as far as that is known.
///
/// # Errors
///
/// When it does.
pub fn check_executable(
    system: &TargetConfig,
    target: &str,
    runs_on: Option<&Glibc>,
) -> Result<(), GlibcError> {
    let is_checked = system.strict_glibc && Platform::of(target).is_some();
    match runs_on.filter(|runs_on| is_checked && **runs_on > system.glibc) {
        Some(runs_on) => {
            let asking = vec![("the executable itself".to_owned(), runs_on.clone())];
            Err(GlibcError { wanted: system.glibc.clone(), asking })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::LibraryReport;
    use crate::reporter::Silent;

    const TARGET: &str = "x86_64-unknown-linux-gnu";

    fn report() -> Report {
        let library = |file: &str, minor| LibraryReport {
            file: file.to_owned(),
            size: 1,
            soname: None,
            glibc: Some(Glibc::release(2, minor)),
        };
        let libraries = vec![library("old.so", 17), library("new.so", 28), library("newer.so", 34)];
        Report { libraries, ..Report::default() }
    }

    #[test]
    fn what_asks_for_more_than_it_may_is_named() {
        let check = |system: &TargetConfig, target| {
            check_packages(system, target, &report(), &Collected::default(), &Silent)
        };
        let lenient = TargetConfig::default();
        check(&lenient, TARGET).unwrap();
        let strict = TargetConfig { strict_glibc: true, ..lenient };
        let error = check(&strict, TARGET).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"the application is to run on glibc 2.17, but `new.so` needs 2.28, `newer.so` needs 2.34"
        );
        assert!(error.hint().contains("ask for glibc 2.34"));
        check(&strict, "aarch64-apple-darwin").unwrap();
        let newer = TargetConfig { glibc: Glibc::release(2, 34), ..strict };
        check(&newer, TARGET).unwrap();
    }

    #[test]
    fn an_executable_is_refused_only_where_that_is_asked_for() {
        let runs_on = Some(&Glibc::release(2, 35));
        let lenient = TargetConfig::default();
        check_executable(&lenient, TARGET, runs_on).unwrap();
        let strict = TargetConfig { strict_glibc: true, ..lenient };
        check_executable(&strict, TARGET, None).unwrap();
        let error = check_executable(&strict, TARGET, runs_on).unwrap_err();
        assert!(error.to_string().ends_with("the executable itself needs 2.35"), "{error}");
    }
}
