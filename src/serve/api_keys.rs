//! API key authentication.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use super::api_error::ApiError;
use super::error::ServeError;
use crate::files::FileError;

/// A header for clients that cannot set `Authorization`.
pub const KEY_HEADER: &str = "x-api-key";

/// The digests of the keys. Comparing digests instead of keys prevents timing attacks.
#[derive(Debug)]
pub struct Keys(Vec<[u8; 32]>);

impl Keys {
    /// Reads a file with one key per line.
    pub fn read(path: &Path) -> Result<Self, ServeError> {
        let content = fs::read_to_string(path).map_err(FileError::context("read", path))?;
        let keys: Vec<&str> = content
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let unfit = |reason| ServeError::Keys {
            path: path.into(),
            reason,
        };
        if keys.is_empty() {
            return Err(unfit("the file contains no key"));
        }
        if !keys
            .iter()
            .all(|key| key.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            return Err(unfit(
                "a key may contain only ASCII letters, digits and punctuation",
            ));
        }
        Ok(Self(
            keys.iter().map(|key| digest(key.as_bytes())).collect(),
        ))
    }

    /// Returns whether a request has one of the keys.
    fn accept(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then(|| key.trim().as_bytes())
        });
        let Some(key) = bearer.or_else(|| Some(headers.get(KEY_HEADER)?.as_bytes())) else {
            return false;
        };
        let digest = digest(key);
        let same = |known: &[u8; 32]| known.ct_eq(&digest);
        self.0
            .iter()
            .map(same)
            .fold(Choice::from(0), |any, same| any | same)
            .into()
    }
}

fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// Rejects requests without a valid key.
pub async fn require(State(keys): State<Arc<Keys>>, request: Request, next: Next) -> Response {
    match keys.accept(request.headers()) {
        true => next.run(request).await,
        false => ApiError::no_key().into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_keys_is_needed_in_either_header() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "first\n\n  second \n").unwrap();
        let keys = Keys::read(file.path()).unwrap();
        for (name, value, accepted) in [
            ("authorization", "Bearer first", true),
            ("authorization", "bearer second", true),
            ("x-api-key", "second", true),
            ("authorization", "Basic first", false),
            ("authorization", "first", false),
            ("authorization", "Bearer ", false),
            ("x-api-key", "firs", false),
            ("x-api-key", "", false),
            ("x-other", "first", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(keys.accept(&headers), accepted, "{name}: {value}");
        }
        for content in ["", " \n\n", "a key"] {
            fs::write(file.path(), content).unwrap();
            assert!(Keys::read(file.path()).is_err(), "{content:?}");
        }
    }
}
