//! HTTP requests to the hub and to the servers that it redirects to.

use std::time::Duration;

use ureq::http::{Method, Request, Response, StatusCode, Uri, header};
use ureq::{Agent, Body};

use super::{HubError, HubSettings};

const MAX_REDIRECTS: usize = 5;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest wait for a response, and for the next bytes of its body.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// The size and the digest of a file, before it is downloaded.
pub(super) struct FileFacts {
    /// The size in bytes.
    pub(super) length: u64,
    /// The entity tag without quotes. For large files (LFS) on the hub it is their SHA-256.
    pub(super) etag: Option<String>,
}

/// A client that sends the token to the hub only.
pub(super) struct Client {
    agent: Agent,
    endpoint: Option<Uri>,
    token: Option<String>,
}

impl Client {
    pub(super) fn new(settings: &HubSettings) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed here, where the headers of the first response can be read and the token is left out.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A compressed body has another length, and ranges of it mean other bytes.
            .accept_encoding("identity")
            .user_agent(concat!("sentiment/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(SILENCE_TIMEOUT))
            .timeout_per_read(Some(SILENCE_TIMEOUT))
            .build()
            .new_agent();
        Self {
            agent,
            endpoint: settings.endpoint.parse().ok(),
            token: settings.token.clone(),
        }
    }

    /// Returns a small response as a whole.
    pub(super) fn read(&self, url: &str, limit: u64) -> Result<Vec<u8>, HubError> {
        let (uri, mut response) = self.follow(Method::GET, url, None, |_| false)?;
        check_status(&uri, &mut response)?;
        let body = response.body_mut().with_config().limit(limit);
        body.read_to_vec().map_err(request_error(&uri))
    }

    /// Asks for the size and the digest of a file.
    pub(super) fn file_facts(&self, url: &str) -> Result<FileFacts, HubError> {
        // The hub describes a large file in the redirect to the server that has it. That server may refuse HEAD.
        let is_described = |response: &Response<Body>| linked_facts(response).is_some();
        let (uri, mut response) = self.follow(Method::HEAD, url, None, is_described)?;
        if let Some(facts) = linked_facts(&response) {
            return Ok(facts);
        }
        check_status(&uri, &mut response)?;
        let length = text_header(&response, "content-length").and_then(|text| text.parse().ok());
        Ok(FileFacts {
            length: length.ok_or_else(|| invalid(&uri, "the size of the file is missing"))?,
            etag: text_header(&response, "etag").map(|etag| bare_etag(etag).to_owned()),
        })
    }

    /// Requests a file from byte `offset` on. Returns the response with any status that is not a redirect.
    pub(super) fn open(&self, url: &str, offset: u64) -> Result<(Uri, Response<Body>), HubError> {
        let range = (offset > 0).then(|| format!("bytes={offset}-"));
        self.follow(Method::GET, url, range.as_deref(), |_| false)
    }

    /// Sends a request and follows redirects up to a response that is none or satisfies `is_enough`.
    fn follow(
        &self,
        method: Method,
        url: &str,
        range: Option<&str>,
        is_enough: impl Fn(&Response<Body>) -> bool,
    ) -> Result<(Uri, Response<Body>), HubError> {
        let mut uri: Uri = url.parse().map_err(|_| HubError::Response {
            url: url.to_owned(),
            reason: "the address is invalid".to_owned(),
        })?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(method.clone(), &uri, range)?;
            if !is_redirect(response.status()) || is_enough(&response) {
                return Ok((uri, response));
            }
            uri = redirect_target(&uri, &response)?;
        }
        let reason = format!("more than {MAX_REDIRECTS} redirects");
        Err(invalid(&uri, &reason))
    }

    fn send(
        &self,
        method: Method,
        uri: &Uri,
        range: Option<&str>,
    ) -> Result<Response<Body>, HubError> {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        let is_hub = self
            .endpoint
            .as_ref()
            .is_some_and(|hub| same_origin(hub, uri));
        if let Some(token) = self.token.as_ref().filter(|_| is_hub) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(()).map_err(ureq::Error::from);
        let sent = request.and_then(|request| self.agent.run(request));
        sent.map_err(request_error(uri))
    }
}

/// Fails unless the status is 200 or 206.
pub(super) fn check_status(uri: &Uri, response: &mut Response<Body>) -> Result<(), HubError> {
    match response.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(()),
        status => Err(HubError::Status {
            url: without_query(uri),
            status: status.as_u16(),
            message: text_header(response, "x-error-message").map(str::to_owned),
        }),
    }
}

/// Returns a function for `map_err` that adds the address.
pub(super) fn request_error(uri: &Uri) -> impl FnOnce(ureq::Error) -> HubError {
    let url = without_query(uri);
    move |source| HubError::Request {
        url,
        source: Box::new(source),
    }
}

pub(super) fn invalid(uri: &Uri, reason: &str) -> HubError {
    HubError::Response {
        url: without_query(uri),
        reason: reason.to_owned(),
    }
}

/// Returns a header if it is text.
pub(super) fn text_header<'a, B>(response: &'a Response<B>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

/// The query of an address can hold a signature that grants access, which messages must not show.
fn without_query(uri: &Uri) -> String {
    let url = uri.to_string();
    url.split('?').next().unwrap_or_default().to_owned()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Returns the facts in the headers with which the hub describes a file on another server.
fn linked_facts(response: &Response<Body>) -> Option<FileFacts> {
    let etag = text_header(response, "x-linked-etag")?;
    Some(FileFacts {
        length: text_header(response, "x-linked-size")?.parse().ok()?,
        etag: Some(bare_etag(etag).to_owned()),
    })
}

fn bare_etag(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

fn redirect_target(from: &Uri, response: &Response<Body>) -> Result<Uri, HubError> {
    let location = text_header(response, "location").unwrap_or_default();
    let origin = || {
        let scheme = from.scheme_str().unwrap_or_default();
        let authority = from.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}")
    };
    let target = match location.starts_with('/') && !location.starts_with("//") {
        true => format!("{}{location}", origin()),
        false => location.to_owned(),
    };
    let is_web = |uri: &Uri| matches!(uri.scheme_str(), Some("http" | "https"));
    let target: Option<Uri> = target.parse().ok().filter(is_web);
    let target = target.ok_or_else(|| invalid(from, "a redirect to an invalid address"))?;
    if from.scheme_str() == Some("https") && target.scheme_str() == Some("http") {
        return Err(invalid(from, "a redirect to an unencrypted address"));
    }
    Ok(target)
}

fn same_origin(left: &Uri, right: &Uri) -> bool {
    let port = |uri: &Uri| {
        let default = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        uri.port_u16().unwrap_or(default)
    };
    left.scheme() == right.scheme() && left.host() == right.host() && port(left) == port(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Uri {
        text.parse().unwrap()
    }

    #[test]
    fn redirects_lead_to_web_addresses_and_keep_encryption() {
        let target = |from: &str, location: &str| {
            let response = Response::builder().header("location", location);
            let response = response.body(Body::builder().data("")).unwrap();
            redirect_target(&uri(from), &response).map(|target| target.to_string())
        };
        let hub = "https://hub:8443/a?b";
        assert_eq!(target(hub, "/c?d").unwrap(), "https://hub:8443/c?d");
        assert_eq!(target(hub, "https://cdn/x").unwrap(), "https://cdn/x");
        assert_eq!(
            target("http://hub/a", "http://cdn/x").unwrap(),
            "http://cdn/x"
        );
        for location in [
            "http://cdn/x",
            "//cdn/x",
            "x",
            "",
            "ftp://cdn/x",
            "file:///etc/passwd",
        ] {
            assert!(target(hub, location).is_err(), "{location}");
        }
    }

    #[test]
    fn the_token_belongs_to_one_origin() {
        let hub = uri("https://hub/api");
        assert!(same_origin(&hub, &uri("https://hub:443/other")));
        for other in [
            "http://hub/",
            "https://hub:444/",
            "https://cdn.hub/",
            "https://hub.evil/",
        ] {
            assert!(!same_origin(&hub, &uri(other)), "{other}");
        }
    }

    #[test]
    fn messages_do_not_show_signatures() {
        let error = invalid(&uri("https://cdn/file?Signature=secret"), "reason");
        assert_eq!(
            error.to_string(),
            "https://cdn/file: invalid response: reason"
        );
    }
}
