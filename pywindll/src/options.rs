//! What a session can be told: in three stages, defaults, environment, and what the program says.

use std::path::PathBuf;
use std::time::Duration;

/// Which DLLs a session loads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Architecture {
    /// x86_64.
    #[default]
    Win64,
    /// i686.
    Win32,
}

impl Architecture {
    /// Bytes of a pointer.
    pub fn pointer_size(self) -> u32 {
        match self {
            Self::Win64 => 8,
            Self::Win32 => 4,
        }
    }

    /// What Wine calls its folder of DLLs.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Win64 => "x86_64-windows",
            Self::Win32 => "i386-windows",
        }
    }

    /// Its spelling in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Win64 => "win64",
            Self::Win32 => "win32",
        }
    }
}

/// Where Wine keeps what Windows keeps on drive C.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prefix {
    /// The system's DLLs and nothing else; made in a millisecond.
    #[default]
    Quick,
    /// A whole one with registry and services; made in seconds, once.
    Full,
    /// One of the user's.
    Path(PathBuf),
}

/// Settings of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which DLLs.
    pub architecture: Architecture,
    /// The command, otherwise the first that is found.
    pub wine: Option<PathBuf>,
    /// The prefix.
    pub prefix: Prefix,
    /// Bytes of the memory shared with DLLs. Pages count once they are used.
    pub memory: u64,
    /// Rounds of looking for an answer before waiting for it. More than 0 is for machines with a
    /// processor to spare for each side.
    pub spin: u32,
    /// Whether root may do this.
    pub allow_root: bool,
    /// Whether what DLLs print goes where this process prints.
    pub output: bool,
    /// Wine's debug channels, as in `WINEDEBUG`.
    pub debug: String,
    /// How long the agent may take to come up.
    pub timeout_start: Duration,
    /// How long it may take to end before it is killed.
    pub timeout_stop: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            architecture: Architecture::Win64,
            wine: None,
            prefix: Prefix::Quick,
            memory: 256 << 20,
            spin: 0,
            allow_root: false,
            output: true,
            debug: "-all".to_owned(),
            timeout_start: Duration::from_secs(60),
            timeout_stop: Duration::from_secs(10),
        }
    }
}

/// A setting that cannot be what it was set to.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {value:?} is not {wanted}")]
pub struct InvalidOption {
    /// The setting.
    pub name: String,
    /// Its value.
    pub value: String,
    /// What it may be.
    pub wanted: &'static str,
}

impl Options {
    /// Names of the settings, as [`set`](Self::set) takes them.
    pub const NAMES: [&str; 10] = [
        "arch",
        "wine",
        "prefix",
        "memory",
        "spin",
        "allow_root",
        "output",
        "debug",
        "timeout_start",
        "timeout_stop",
    ];

    /// The defaults, changed by the environment variables `PYWINDLL_` and the setting's name in capitals.
    ///
    /// # Errors
    ///
    /// Where a variable holds what its setting cannot be.
    pub fn from_environment() -> Result<Self, InvalidOption> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidOption> {
        let mut options = Self::default();
        for name in Self::NAMES {
            let variable_name = format!("PYWINDLL_{}", name.to_ascii_uppercase());
            if let Some(value) = variable(&variable_name).filter(|value| !value.is_empty()) {
                options
                    .set(name, &value)
                    .map_err(|error| InvalidOption { name: variable_name, ..error })?;
            }
        }
        Ok(options)
    }

    /// Changes one setting, by its text.
    ///
    /// # Errors
    ///
    /// Where the setting cannot be that, or there is none of that name.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidOption> {
        let invalid =
            |wanted| InvalidOption { name: name.to_owned(), value: value.to_owned(), wanted };
        let switch = || match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" => Ok(false),
            _ => Err(invalid("true or false")),
        };
        let seconds = || {
            let seconds = value
                .parse::<f64>()
                .ok()
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.ok_or_else(|| invalid("a number of seconds"))
        };
        match name {
            "arch" => {
                self.architecture = match value {
                    "win64" => Architecture::Win64,
                    "win32" => Architecture::Win32,
                    _ => return Err(invalid("win64 or win32")),
                };
            }
            "wine" => self.wine = Some(value.into()),
            "prefix" => {
                self.prefix = match value {
                    "quick" => Prefix::Quick,
                    "full" => Prefix::Full,
                    path => Prefix::Path(path.into()),
                };
            }
            "memory" => {
                let bytes = value.parse().ok().filter(|bytes| (1 << 20..1 << 39).contains(bytes));
                self.memory =
                    bytes.ok_or_else(|| invalid("a number of bytes from 1 MiB to 512 GiB"))?;
            }
            "spin" => self.spin = value.parse().map_err(|_| invalid("a number of rounds"))?,
            "allow_root" => self.allow_root = switch()?,
            "output" => self.output = switch()?,
            "debug" => value.clone_into(&mut self.debug),
            "timeout_start" => self.timeout_start = seconds()?,
            "timeout_stop" => self.timeout_stop = seconds()?,
            _ => {
                return Err(invalid(
                    "one of arch, wine, prefix, memory, spin, allow_root, output, debug, timeout_start, timeout_stop",
                ));
            }
        }
        Ok(())
    }

    /// The memory, no more than the address space of a 32-bit process has room for.
    pub(crate) fn arena_size(&self) -> u64 {
        match self.architecture {
            Architecture::Win64 => self.memory,
            Architecture::Win32 => self.memory.min(112 << 20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_changes_the_defaults() {
        let options = Options::from_variables(|name| match name {
            "PYWINDLL_ARCH" => Some("win32".to_owned()),
            "PYWINDLL_PREFIX" => Some("/prefix".to_owned()),
            "PYWINDLL_TIMEOUT_STOP" => Some("0.5".to_owned()),
            "PYWINDLL_SPIN" => Some(String::new()),
            _ => None,
        });
        let options = options.unwrap();
        assert_eq!(options.architecture, Architecture::Win32);
        assert_eq!(options.prefix, Prefix::Path("/prefix".into()));
        assert_eq!(options.timeout_stop, Duration::from_millis(500));
        assert_eq!(options.spin, 0);
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_it_may_be() {
        let error =
            Options::from_variables(|name| (name == "PYWINDLL_MEMORY").then(|| "much".to_owned()))
                .unwrap_err();
        assert_eq!(
            error.to_string(),
            "PYWINDLL_MEMORY: \"much\" is not a number of bytes from 1 MiB to 512 GiB"
        );
        assert!(
            Options::default()
                .set("color", "red")
                .unwrap_err()
                .to_string()
                .starts_with("color: \"red\" is not one of")
        );
        assert!(Options::default().set("timeout_stop", "-1").is_err());
    }
}
