//! The names of datasets.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::HubError;

/// The longest part of a name, as on the hub.
const MAX_PART_BYTES: usize = 96;

/// The name of a dataset on the hub: `[OWNER/]NAME[@REVISION][/CONFIG]`, such as `stanfordnlp/imdb` or
/// `cardiffnlp/tweet_eval/sentiment`.
///
/// ```
/// use sentiment::hub::DatasetName;
///
/// let name: DatasetName = "cardiffnlp/tweet_eval@main/sentiment".parse()?;
/// assert_eq!(name.repository(), "cardiffnlp/tweet_eval");
/// assert_eq!(name.revision(), Some("main"));
/// assert_eq!(name.config(), Some("sentiment"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetName {
    repository: String,
    revision: Option<String>,
    config: Option<String>,
}

impl DatasetName {
    /// The prefix that distinguishes names of datasets from paths.
    pub const PREFIX: &str = "hf:";

    /// Returns the owner and the name, or the name of a dataset without owner.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the branch, tag or commit.
    pub fn revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// Returns the configuration, a part of the dataset with splits of its own.
    pub fn config(&self) -> Option<&str> {
        self.config.as_deref()
    }
}

impl FromStr for DatasetName {
    type Err = HubError;

    fn from_str(name: &str) -> Result<Self, HubError> {
        let error = |reason| HubError::BadName {
            name: name.to_owned(),
            reason,
        };
        let bare = name.strip_prefix(Self::PREFIX).unwrap_or(name);
        // The revision ends the repository: what follows it is a configuration.
        let (repository, revision, config) = match bare.split_once('@') {
            Some((repository, rest)) => match rest.split_once('/') {
                Some((revision, config)) => (repository, Some(revision), Some(config)),
                None => (repository, Some(rest), None),
            },
            None => match bare.match_indices('/').nth(1) {
                Some((end, _)) => (&bare[..end], None, Some(&bare[end + 1..])),
                None => (bare, None, None),
            },
        };
        if repository.matches('/').count() > 1 {
            return Err(error("expected OWNER/NAME before the revision"));
        }
        let config_parts = config.into_iter().flat_map(|config| config.split('/'));
        let parts = repository.split('/').chain(revision).chain(config_parts);
        for part in parts {
            if part.is_empty() || part.len() > MAX_PART_BYTES {
                return Err(error("each part needs 1 to 96 characters"));
            }
            if !part.bytes().all(is_name_byte) || part.contains("..") || part == "." {
                return Err(error("parts have only letters, digits, `-`, `_` and `.`"));
            }
        }
        if repository.contains("--") {
            return Err(error("`--` is not allowed"));
        }
        Ok(Self {
            repository: repository.to_owned(),
            revision: revision.map(str::to_owned),
            config: config.map(str::to_owned),
        })
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

impl Display for DatasetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.repository)?;
        if let Some(revision) = &self.revision {
            write!(formatter, "@{revision}")?;
        }
        if let Some(config) = &self.config {
            write!(formatter, "/{config}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(name: &str) -> (String, Option<String>, Option<String>) {
        let name: DatasetName = name.parse().unwrap();
        (name.repository, name.revision, name.config)
    }

    #[test]
    fn names_have_a_repository_a_revision_and_a_configuration() {
        let some = |text: &str| Some(text.to_owned());
        for (name, repository, revision, config) in [
            ("imdb", "imdb", None, None),
            ("hf:imdb@v1.0", "imdb", some("v1.0"), None),
            ("imdb@v1/plain_text", "imdb", some("v1"), some("plain_text")),
            ("a/b", "a/b", None, None),
            ("hf:a/b/c", "a/b", None, some("c")),
            ("a/b/c/d", "a/b", None, some("c/d")),
            ("a/b@main/c", "a/b", some("main"), some("c")),
        ] {
            assert_eq!(parts(name), (repository.into(), revision, config));
            let shown = name.parse::<DatasetName>().unwrap().to_string();
            assert_eq!(shown, name.trim_start_matches("hf:"));
        }
    }

    #[test]
    fn names_cannot_leave_the_cache() {
        for name in [
            "", "hf:", "/", "a/", "/a", "a//b", "..", "a/..", "../a", "a/b/../c", "a/.", "a b",
            "a\\b", "a:b", "a/b@", "a@x/", "a/b/c@d", "a--b/c", "é", "a?b", "a%2fb",
        ] {
            assert!(name.parse::<DatasetName>().is_err(), "{name:?}");
        }
        assert!("a".repeat(97).parse::<DatasetName>().is_err());
    }
}
