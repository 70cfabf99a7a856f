//! Who may do what: tokens, of which the server keeps digests only.

use std::path::{Path, PathBuf};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Characters that a token has at least. A random one of this length cannot be guessed.
const SHORTEST: usize = 16;

/// Tokens that are good for the same.
#[derive(Clone)]
pub struct Tokens(Vec<[u8; 32]>);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tokens", self.0.len())
    }
}

/// A file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read.
    #[error("cannot read the tokens")]
    Unreadable(#[source] std::io::Error),
    /// It has none.
    #[error("{} has no token", .0.display())]
    None(PathBuf),
    /// One could be guessed, or is no single word.
    #[error("line {line} of {} is no token: {SHORTEST} characters at least, all of them visible ASCII", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
}

impl TokenError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "write a random token to the file, one on each line: `openssl rand -hex 24 > FILE`"
    }
}

impl Tokens {
    /// Reads a file with a token on each line. Empty lines, and those that begin with `#`, count for nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be read, has none, or one that could be guessed.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let text = fs_err::read_to_string(path).map_err(TokenError::Unreadable)?;
        let lines = text.lines().map(str::trim).enumerate();
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let tokens = lines.map(|(index, line)| {
            let is_token =
                line.len() >= SHORTEST && line.bytes().all(|byte| byte.is_ascii_graphic());
            let wrong = || TokenError::Token { path: path.to_owned(), line: index + 1 };
            is_token.then(|| Sha256::digest(line).into()).ok_or_else(wrong)
        });
        let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
        if tokens.is_empty() { Err(TokenError::None(path.to_owned())) } else { Ok(Self(tokens)) }
    }

    /// Whether a request has one of them: as the password with any name, or as a bearer token.
    #[must_use]
    pub fn allow(&self, headers: &HeaderMap) -> bool {
        // Digests are compared, whose bytes tell nothing about the token that a comparison in steps could give away.
        let given = token(headers).map(|token| <[u8; 32]>::from(Sha256::digest(token)));
        given.is_some_and(|given| self.0.contains(&given))
    }
}

/// The token of a request.
fn token(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = value.split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.as_bytes().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(value).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    decoded.get(colon + 1..).map(<[u8]>::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef:x";

    fn tokens(text: &str) -> Result<Tokens, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), text).unwrap();
        Tokens::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn tokens_are_passwords_or_bearer_tokens() {
        let tokens = tokens(&format!("# the first\n\n{TOKEN}\r\nanother-token-of-mine\n")).unwrap();
        let allow = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            tokens.allow(&headers)
        };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        assert!(allow(&basic(&format!("__token__:{TOKEN}"))));
        assert!(allow(&format!("bearer {TOKEN}")));
        assert!(allow("Bearer another-token-of-mine"));
        for value in
            [&basic(TOKEN), &basic("x:y"), "Basic ???", "Basic", "Bearer ", "Digest x", TOKEN]
        {
            assert!(!allow(value), "{value}");
        }
        assert!(!tokens.allow(&HeaderMap::new()));
    }

    #[test]
    fn files_without_good_tokens_are_refused() {
        assert!(tokens("\n# none\n").unwrap_err().ends_with("has no token"));
        assert!(tokens("\nsecret\n").unwrap_err().starts_with("line 2 of "));
        assert!(tokens("sixteen characters and more\n").unwrap_err().starts_with("line 1 of "));
    }
}
