//! What Cargo was asked to do.

/// The variable that is set where docs.rs builds documentation.
pub(crate) const DOCS_VARIABLE: &str = "DOCS_RS";

/// Subcommands after which nothing is linked, and their short forms. `cargo clippy`, `cargo fix` and editors run `cargo check`.
const WITHOUT_LINKING: [&str; 5] = ["c", "check", "d", "doc", "rustdoc"];

/// Options of Cargo before the subcommand whose value is the next argument.
const WITH_VALUE: [&str; 4] = ["--color", "--config", "-C", "-Z"];

/// Whether Cargo only checks or documents. Where that is not known, it is supposed to link.
pub(crate) fn links_nothing() -> bool {
    std::env::var_os(DOCS_VARIABLE).is_some() || only_checks(&cargo_arguments())
}

/// Whether a command line of Cargo is one after which nothing is linked.
fn only_checks(arguments: &[String]) -> bool {
    let mut arguments = arguments.iter().skip(1).map(String::as_str);
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument) {
            arguments.next();
        } else if !argument.starts_with(['-', '+']) {
            return WITHOUT_LINKING.contains(&argument);
        }
    }
    false
}

/// Cargo's command line in a build script, its name first; empty where that is not known.
#[must_use]
pub fn cargo_arguments() -> Vec<String> {
    command_line_of_parent().unwrap_or_default()
}

/// The arguments of the process that has started this one, its name first.
#[cfg(target_os = "linux")]
fn command_line_of_parent() -> Option<Vec<String>> {
    let path = format!("/proc/{}/cmdline", std::os::unix::process::parent_id());
    let bytes = fs_err::read(path).ok()?;
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(&bytes);
    Some(bytes.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into()).collect())
}

/// The arguments of the process that has started this one, its name first. As `ps` prints them, blanks within an argument
/// cannot be told from those between two; neither matters before a subcommand.
#[cfg(all(unix, not(target_os = "linux")))]
fn command_line_of_parent() -> Option<Vec<String>> {
    let parent = std::os::unix::process::parent_id().to_string();
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "args=", "-p", &parent])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.split_whitespace().map(str::to_owned).collect())
}

/// Other systems do not say.
#[cfg(not(unix))]
fn command_line_of_parent() -> Option<Vec<String>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_checks_and_documentation_link_nothing() {
        for (command, expected) in [
            ("cargo check", true),
            ("/usr/bin/cargo c --workspace", true),
            ("cargo --offline --color never check --all-targets", true),
            ("cargo -Z unstable-options -C app doc --no-deps", true),
            ("cargo +nightly rustdoc", true),
            ("cargo build", false),
            ("cargo test check", false),
            ("cargo run -- check", false),
            ("cargo --config check build", false),
            ("cargo install --path .", false),
            ("cargo my-alias", false),
            ("cargo", false),
        ] {
            let arguments: Vec<_> = command.split(' ').map(str::to_owned).collect();
            assert_eq!(only_checks(&arguments), expected, "{command}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_parent_of_a_test_is_its_harness() {
        let arguments = command_line_of_parent().unwrap();
        assert!(!arguments.is_empty() && !arguments[0].is_empty(), "{arguments:?}");
    }
}
