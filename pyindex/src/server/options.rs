//! What a server is told.

use std::net::SocketAddr;

use super::Tokens;
use crate::file_name::is_project_name;
use pyrepackager::wheel::name::normalise;

/// What a server is told.
#[derive(Debug)]
pub struct Options {
    /// The address to listen on; port 0 is any that is free.
    pub listen: SocketAddr,
    /// Who may upload; `None` for nobody.
    pub upload_tokens: Option<Tokens>,
    /// Who may read beside those; `None` for everybody.
    pub read_tokens: Option<Tokens>,
    /// Bytes that an uploaded file has at most.
    pub upload_limit: u64,
    /// Where clients are sent for projects that are not here.
    pub fallback: Option<Fallback>,
}

/// Another index, for projects that this one does not have. A project is taken from one index only.
#[derive(Clone, Debug)]
pub struct Fallback {
    /// Its address, which ends with a slash.
    url: String,
    /// Normalised names that are never asked for there, and beginnings of such.
    private: Vec<Private>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Private {
    Name(String),
    Beginning(String),
}

/// A fallback cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FallbackError {
    /// Not an address by HTTP.
    #[error("`{0}` is not the address of an index: it begins with https:// or http://")]
    Address(String),
    /// Not a name.
    #[error(
        "`{0}` is neither the name of a project nor the beginning of names with a `*` behind it"
    )]
    Private(String),
}

impl Fallback {
    /// An index at `url`, such as `https://packages.example.org/simple/`, and names of projects that are never asked for there, such
    /// as `ours` or `ours-*`.
    ///
    /// # Errors
    ///
    /// When that is no address of an index, or one of them no name.
    pub fn new(url: &str, private: &[String]) -> Result<Self, FallbackError> {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        let is_plain = url.chars().all(|c| c.is_ascii_graphic()) && !url.contains(['?', '#']);
        if !is_web || !is_plain {
            return Err(FallbackError::Address(url.to_owned()));
        }
        let private = private.iter().map(|pattern| {
            let (name, is_beginning) = match pattern.strip_suffix('*') {
                Some(beginning) => (beginning, true),
                None => (pattern.as_str(), false),
            };
            // The beginning of a name may end with the dash of another word.
            let stem = if is_beginning { name.trim_end_matches(['-', '_', '.']) } else { name };
            if !is_project_name(stem) {
                return Err(FallbackError::Private(pattern.clone()));
            }
            let name = normalise(name);
            Ok(if is_beginning { Private::Beginning(name) } else { Private::Name(name) })
        });
        let url = format!("{}/", url.trim_end_matches('/'));
        Ok(Self { url, private: private.collect::<Result<_, _>>()? })
    }

    /// The page of a project there; `None` for those that are never asked for.
    #[must_use]
    pub fn project(&self, name: &str) -> Option<String> {
        let is_private = self.private.iter().any(|private| match private {
            Private::Name(private) => private == name,
            Private::Beginning(beginning) => name.starts_with(beginning.as_str()),
        });
        (!is_private).then(|| format!("{}{name}/", self.url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_names_are_not_asked_for_elsewhere() {
        let private = ["Ours_*", "secret"].map(str::to_owned);
        let fallback = Fallback::new("https://example.org/simple", &private).unwrap();
        let page = |name: &str| fallback.project(name);
        assert_eq!(page("six").as_deref(), Some("https://example.org/simple/six/"));
        assert_eq!(page("secrets").as_deref(), Some("https://example.org/simple/secrets/"));
        assert_eq!((page("ours-tool"), page("secret")), (None, None));
        assert!(page("oursx").is_some());
    }

    #[test]
    fn nonsense_is_refused() {
        for url in
            ["packages.example.org", "file:///x", "https://a b/", "https://x/?y", "https://x/\r\n"]
        {
            assert!(Fallback::new(url, &[]).is_err(), "{url}");
        }
        for name in ["*", "-a", "a b", ""] {
            assert!(Fallback::new("http://x/", &[name.to_owned()]).is_err(), "{name}");
        }
    }
}
