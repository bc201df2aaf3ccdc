//! A local server that answers as the Hugging Face hub does, and a second one that holds its large files.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use sha2::{Digest, Sha256};

/// The commit of every revision.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A file: its path and its content.
type File = (String, Vec<u8>);

/// What the servers have and do. Tests change it while they run.
#[derive(Default)]
pub struct State {
    /// The files of each repository and revision.
    pub revisions: BTreeMap<(String, String), Vec<File>>,
    /// Files outside the hub, by path.
    pub published: BTreeMap<String, Vec<u8>>,
    /// The token that the hub asks for.
    pub token: Option<&'static str>,
    /// The number of transfers that break off, and after how many bytes.
    pub cuts: usize,
    pub cut_after: usize,
    /// Whether ranges are ignored.
    pub without_ranges: bool,
    /// Whether the content of large files differs from their digest.
    pub is_damaged: bool,
    /// A tag for every small file.
    pub etag: Option<&'static str>,
    /// The address of a redirect in place of every listing.
    pub listing_redirect: Option<String>,
    /// The requests to the hub and to the server of large files.
    pub requests: Vec<Request>,
}

/// A received request.
#[derive(Debug, Clone)]
pub struct Request {
    pub is_hub: bool,
    pub method: String,
    pub path: String,
    pub authorization: Option<String>,
    pub range: Option<String>,
}

struct Response {
    status: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut_after: Option<usize>,
}

/// The two servers. Their threads end with the tests.
pub struct HubServer {
    pub endpoint: String,
    state: Arc<Mutex<State>>,
}

impl HubServer {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let listen = |is_hub: bool, files: String| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let endpoint = format!("http://{}", listener.local_addr().unwrap());
            let state = Arc::clone(&state);
            thread::spawn(move || {
                for stream in listener.incoming() {
                    let (state, files) = (Arc::clone(&state), files.clone());
                    thread::spawn(move || serve(stream.unwrap(), is_hub, &files, &state));
                }
            });
            endpoint
        };
        let files = listen(false, String::new());
        Self {
            endpoint: listen(true, files),
            state,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Adds a revision of a repository.
    pub fn add(&self, repository: &str, revision: &str, files: &[(&str, &[u8])]) {
        let files = files
            .iter()
            .map(|(path, content)| (path.to_string(), content.to_vec()));
        let key = (repository.to_owned(), revision.to_owned());
        self.state().revisions.insert(key, files.collect());
    }

    /// Returns the requests since the last call.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.state().requests)
    }
}

/// Returns the hexadecimal SHA-256 digest.
pub fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

fn serve(mut stream: TcpStream, is_hub: bool, files: &str, state: &Mutex<State>) {
    let Some(request) = read_request(&stream, is_hub) else {
        return;
    };
    let mut state = state.lock().unwrap();
    state.requests.push(request.clone());
    let response = match is_hub {
        true => hub_response(&mut state, &request, files),
        false => large_file_response(&mut state, &request),
    };
    drop(state);
    let mut head = format!("HTTP/1.1 {}\r\nConnection: close\r\n", response.status);
    for (name, value) in &response.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", response.body.len());
    let sent = response.cut_after.unwrap_or(response.body.len());
    // The client may have gone.
    let _ = stream.write_all(head.as_bytes());
    if request.method != "HEAD" {
        let _ = stream.write_all(&response.body[..sent.min(response.body.len())]);
    }
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

fn read_request(stream: &TcpStream, is_hub: bool) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        is_hub,
        method: words.next()?,
        path: words.next()?,
        authorization: None,
        range: None,
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        match name.to_lowercase().as_str() {
            "authorization" => request.authorization = Some(value.to_owned()),
            "range" => request.range = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(request)
}

fn hub_response(state: &mut State, request: &Request, files: &str) -> Response {
    let token = state.token.map(|token| format!("Bearer {token}"));
    if token.is_some() && token != request.authorization {
        let message = "Invalid username or password.".to_owned();
        return empty("401 Unauthorized", vec![("X-Error-Message", message)]);
    }
    let listing = ["/api/datasets/", "/api/models/"]
        .iter()
        .find_map(|start| request.path.strip_prefix(start));
    if let Some(listing) = listing {
        return listing_response(state, listing);
    }
    if let Some(content) = state.published.get(&request.path).cloned() {
        return file_response(state, request, content, "\"12-34\"");
    }
    // Models have no folder in the address.
    let file = request.path.strip_prefix("/datasets/");
    let file = file.or(request.path.strip_prefix('/'));
    let file = file.and_then(|path| path.split_once(&format!("/resolve/{COMMIT}/")));
    let content = file.and_then(|(repository, path)| {
        let mut revisions = state.revisions.iter();
        revisions.find_map(|((name, _), files)| {
            let mut files = files.iter().filter(|_| name == repository);
            files
                .find(|(name, _)| name == path)
                .map(|(_, content)| content.clone())
        })
    });
    match content {
        Some(content) if request.path.ends_with(".parquet") => {
            let digest = sha256(&content);
            let headers = vec![
                ("Location", format!("{files}/{digest}?Signature=secret")),
                ("X-Linked-Etag", format!("\"{digest}\"")),
                ("X-Linked-Size", content.len().to_string()),
                ("X-Repo-Commit", COMMIT.to_owned()),
            ];
            empty("302 Found", headers)
        }
        Some(content) => {
            // As long as the SHA-1 that Git has.
            let digest = format!("W/\"{}\"", &sha256(&content)[..40]);
            let etag = state.etag.map_or(digest, str::to_owned);
            file_response(state, request, content, &etag)
        }
        None => empty("404 Not Found", Vec::new()),
    }
}

fn listing_response(state: &State, path: &str) -> Response {
    if let Some(target) = &state.listing_redirect {
        return empty("307 Temporary Redirect", vec![("Location", target.clone())]);
    }
    // A dataset that was renamed.
    if let Some(rest) = path.strip_prefix("old/") {
        let target = format!("/api/datasets/new/{rest}");
        return empty("307 Temporary Redirect", vec![("Location", target)]);
    }
    let parts = path.split_once("/revision/");
    let key = parts.map(|(name, revision)| (name.to_owned(), revision.replace("%2F", "/")));
    let Some(files) = key.and_then(|key| state.revisions.get(&key)) else {
        return empty("404 Not Found", Vec::new());
    };
    let siblings: Vec<_> = files
        .iter()
        .map(|(path, _)| serde_json::json!({ "rfilename": path }))
        .collect();
    let listing = serde_json::json!({ "id": path, "sha": COMMIT, "siblings": siblings });
    Response {
        body: listing.to_string().into_bytes(),
        ..empty("200 OK", Vec::new())
    }
}

/// The addresses of large files are signed for GET only.
fn large_file_response(state: &mut State, request: &Request) -> Response {
    let digest = request
        .path
        .trim_start_matches('/')
        .split('?')
        .next()
        .unwrap();
    let mut files = state.revisions.values().flatten();
    let content = files.find(|(_, content)| sha256(content) == digest);
    let Some(mut content) = content.map(|(_, content)| content.clone()) else {
        return empty("404 Not Found", Vec::new());
    };
    if request.method != "GET" {
        return empty("403 Forbidden", Vec::new());
    }
    if state.is_damaged {
        content[0] ^= 1;
    }
    file_response(state, request, content, "\"of another kind\"")
}

fn file_response(state: &mut State, request: &Request, content: Vec<u8>, etag: &str) -> Response {
    let headers = vec![("ETag", etag.to_owned())];
    let mut response = Response {
        body: content,
        ..empty("200 OK", headers)
    };
    let start = request.range.as_ref().filter(|_| !state.without_ranges);
    let start = start.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    if let Some(start) = start.and_then(|start| start.parse::<usize>().ok()) {
        let length = response.body.len();
        let range = format!("bytes {start}-{}/{length}", length - 1);
        response.status = "206 Partial Content";
        response.headers.push(("Content-Range", range));
        response.body.drain(..start);
    }
    if state.cuts > 0 && request.method == "GET" {
        state.cuts -= 1;
        response.cut_after = Some(state.cut_after);
    }
    response
}

fn empty(status: &'static str, headers: Vec<(&'static str, String)>) -> Response {
    Response {
        status,
        headers,
        body: Vec::new(),
        cut_after: None,
    }
}
