//! Errors of licences.

/// Why there is no inventory, or why it does not pass.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LicenseError {
    /// Components have licences that the configuration does not permit.
    #[error("[licenses] at line {line} does not permit:{}", list(refusals))]
    Refused {
        /// Line of the section.
        line: usize,
        /// All of them.
        refusals: Vec<Refusal>,
    },
    /// The configuration names what is no licence.
    #[error("[licenses]: `{text}` is no SPDX expression")]
    Rule {
        /// What it names.
        text: String,
        /// Why it is none.
        source: spdx::ParseError,
    },
    /// The bill of materials cannot be written as JSON.
    #[error("cannot write the bill of materials")]
    Sbom(#[from] serde_json::Error),
    /// A licence's file or a library cannot be read or written; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// A component whose licence does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The component, such as `Python package gpl-thing 1.0`.
    pub component: String,
    /// Its name alone.
    pub name: String,
    /// Its licence.
    pub license: String,
    /// Which rule it does not pass.
    pub reason: Reason,
}

/// Which rule a licence does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It cannot be obeyed without these licences, which `deny` names.
    Denied(Vec<String>),
    /// It takes these licences, which `allow` lacks.
    NotAllowed(Vec<String>),
    /// Nobody knows whether `allow` has it.
    NotKnown,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { component, license, reason, .. } = self;
        write!(f, "{component}: {license} ")?;
        match reason {
            Reason::Denied(licenses) => write!(f, "(`deny` has {})", licenses.join(", ")),
            Reason::NotAllowed(licenses) => write!(f, "(`allow` lacks {})", licenses.join(", ")),
            Reason::NotKnown => f.write_str("(not an SPDX license, so `allow` cannot have it)"),
        }
    }
}

fn list(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| format!("\n  {refusal}")).collect()
}

impl LicenseError {
    /// Line of the section at fault in the TOML file, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Refused { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let refusals = match self {
            Self::Refused { refusals, .. } => refusals,
            Self::Rule { .. } => return Some("write SPDX identifiers".to_owned()),
            Self::Sbom(_) | Self::File(_) => return None,
        };
        let mut ways = Vec::new();
        let of = |wanted: fn(&Reason) -> bool| refusals.iter().find(|r| wanted(&r.reason));
        if of(|reason| matches!(reason, Reason::Denied(_))).is_some() {
            ways.push("leave out what is denied, or take the license out of `deny`".to_owned());
        }
        if of(|reason| matches!(reason, Reason::NotAllowed(_))).is_some() {
            ways.push("leave out what is not allowed, or add its license to `allow`".to_owned());
        }
        if let Some(Refusal { name, .. }) = of(|reason| matches!(reason, Reason::NotKnown)) {
            ways.push(format!(
                "read what a component without an SPDX license comes with, and name its license in \
                 `clarify`, such as `\"{name} = MIT\"`"
            ));
        }
        Some(ways.join("; "))
    }
}
