//! Settings of the client: the environment variables of the hub's own client.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::HubError;
use crate::files::FileError;

const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

/// Settings of a [`super::Hub`].
#[derive(Clone)]
#[non_exhaustive]
pub struct HubSettings {
    /// The address of the hub, without a slash at its end.
    pub endpoint: String,
    /// The access token, for private and gated datasets.
    pub token: Option<String>,
    /// The cache folder, which the hub's own client shares.
    pub cache: PathBuf,
    /// Whether to use the cache only.
    pub is_offline: bool,
    /// The address that replaces those of published files outside the hub, for mirrors.
    pub download_endpoint: Option<String>,
}

impl HubSettings {
    /// Reads `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME`, `HF_HUB_CACHE`, `HF_HUB_OFFLINE`, `XDG_CACHE_HOME`, `SENTIMENT_CACHE` (which
    /// takes precedence over the hub's own cache) and `SENTIMENT_DOWNLOAD_ENDPOINT`. Without `HF_TOKEN`, the token is in the file `token` in `HF_HOME`.
    pub fn from_environment() -> Result<Self, HubError> {
        Self::from_variables(|name| std::env::var_os(name), std::env::home_dir())
    }

    fn from_variables(
        variable: impl Fn(&str) -> Option<OsString>,
        home: Option<PathBuf>,
    ) -> Result<Self, HubError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| match variable(name).map(OsString::into_string) {
            None => Ok(None),
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(bad_setting(name, "it is not UTF-8")),
        };
        let endpoint = |name: &str| text(name)?.map(|url| endpoint(name, &url)).transpose();

        let hub_home = variable("HF_HOME").map(PathBuf::from);
        let cache_home = || variable("XDG_CACHE_HOME").map(PathBuf::from);
        let default_home = || {
            let cache_home = cache_home().or_else(|| Some(home.as_ref()?.join(".cache")));
            Some(cache_home?.join("huggingface"))
        };
        let hub_home = hub_home.or_else(default_home);
        let cache = variable("SENTIMENT_CACHE").or_else(|| variable("HF_HUB_CACHE"));
        let cache = cache.map(PathBuf::from);
        let cache = cache.or_else(|| Some(hub_home.as_ref()?.join("hub")));
        let token = match (text("HF_TOKEN")?, &hub_home) {
            (Some(token), _) => checked_token("HF_TOKEN", &token)?,
            (None, Some(home)) => token_file(&home.join("token"))?,
            (None, None) => None,
        };
        let offline = text("HF_HUB_OFFLINE")?.unwrap_or_default().to_uppercase();
        Ok(Self {
            endpoint: endpoint("HF_ENDPOINT")?.unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned()),
            token,
            cache: cache.ok_or(HubError::NoHome)?,
            is_offline: ["1", "ON", "YES", "TRUE"].contains(&offline.as_str()),
            download_endpoint: endpoint("SENTIMENT_DOWNLOAD_ENDPOINT")?,
        })
    }
}

impl fmt::Debug for HubSettings {
    /// Leaves out the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HubSettings")
            .field("endpoint", &self.endpoint)
            .field("has_token", &self.token.is_some())
            .field("cache", &self.cache)
            .field("is_offline", &self.is_offline)
            .field("download_endpoint", &self.download_endpoint)
            .finish()
    }
}

fn bad_setting(variable: &str, reason: &'static str) -> HubError {
    HubError::BadSetting {
        variable: variable.to_owned(),
        reason,
    }
}

fn endpoint(variable: &str, url: &str) -> Result<String, HubError> {
    let url = url.trim_end_matches('/');
    let is_http = url.starts_with("https://") || url.starts_with("http://");
    let parsed = url.parse::<ureq::http::Uri>().ok().filter(|_| is_http);
    match parsed {
        Some(uri) if uri.query().is_none() => Ok(url.to_owned()),
        _ => Err(bad_setting(
            variable,
            "expected an address such as https://huggingface.co",
        )),
    }
}

fn token_file(path: &Path) -> Result<Option<String>, HubError> {
    match fs::read_to_string(path) {
        Ok(token) => checked_token(&path.to_string_lossy(), &token),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::context("read", path)(error).into()),
    }
}

/// Returns the token without the white space around it, or `None` if nothing is left.
fn checked_token(source: &str, token: &str) -> Result<Option<String>, HubError> {
    let token = token.trim();
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad_setting(
            source,
            "an access token is one word of ASCII characters",
        ));
    }
    Ok(Some(token.to_owned()).filter(|token| !token.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<HubSettings, HubError> {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| OsString::from(value))
        };
        HubSettings::from_variables(lookup, Some("/home/ada".into()))
    }

    #[test]
    fn the_cache_is_where_the_hubs_own_client_has_it() {
        for (variables, cache) in [
            (&[][..], "/home/ada/.cache/huggingface/hub"),
            (&[("XDG_CACHE_HOME", "/c")], "/c/huggingface/hub"),
            (&[("XDG_CACHE_HOME", "/c"), ("HF_HOME", "/h")], "/h/hub"),
            (&[("HF_HOME", "/h"), ("HF_HUB_CACHE", "/x")], "/x"),
            (&[("SENTIMENT_CACHE", "/s"), ("HF_HUB_CACHE", "/x")], "/s"),
            (&[("HF_HOME", "")], "/home/ada/.cache/huggingface/hub"),
        ] {
            assert_eq!(settings(variables).unwrap().cache, Path::new(cache));
        }
        let homeless = HubSettings::from_variables(|_| None, None);
        assert!(matches!(homeless, Err(HubError::NoHome)));
    }

    #[test]
    fn the_token_is_in_the_environment_or_in_a_file() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().to_str().unwrap();
        assert_eq!(settings(&[("HF_HOME", path)]).unwrap().token, None);
        fs::write(home.path().join("token"), "hf_file\n").unwrap();
        let token = |variables: &[(&str, &str)]| settings(variables).unwrap().token.unwrap();
        assert_eq!(token(&[("HF_HOME", path)]), "hf_file");
        let both = [("HF_HOME", path), ("HF_TOKEN", "hf_set")];
        assert_eq!(token(&both), "hf_set");
        let shown = format!("{:?}", settings(&both).unwrap());
        assert!(!shown.contains("hf_set"), "{shown}");
        let error = settings(&[("HF_TOKEN", "a\nb")]).unwrap_err();
        assert!(error.to_string().starts_with("HF_TOKEN is invalid"));
    }

    #[test]
    fn endpoints_are_http_addresses() {
        let endpoint = |url| settings(&[("HF_ENDPOINT", url)]).map(|settings| settings.endpoint);
        assert_eq!(
            endpoint("http://mirror:81/hf/").unwrap(),
            "http://mirror:81/hf"
        );
        assert_eq!(settings(&[]).unwrap().endpoint, DEFAULT_ENDPOINT);
        for url in [
            "mirror",
            "ftp://mirror",
            "http://",
            "http://a/?b",
            "http://a b",
        ] {
            assert!(endpoint(url).is_err(), "{url}");
        }
    }

    #[test]
    fn offline_mode_takes_the_values_of_the_hubs_own_client() {
        let is_offline = |value| settings(&[("HF_HUB_OFFLINE", value)]).unwrap().is_offline;
        assert!(is_offline("1") && is_offline("true") && is_offline("Yes"));
        assert!(!is_offline("0") && !is_offline(""));
    }
}
