//! A running `sentiment serve`, and a client that sends raw bytes.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// The path that most requests go to.
pub const PREDICT: &str = "/v1/models/general:predict";

/// The time limit for an expected event, generous for slow machines.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A server on a free port. Dropping it kills the process.
pub struct Server {
    child: Child,
    pub address: String,
    log: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the program with arguments, separated by spaces.
    pub fn start(args: &str) -> Self {
        Self::start_in(&[], args)
    }

    /// Starts the program with variables of the environment and arguments.
    pub fn start_in(environment: &[(&str, &str)], args: &str) -> Self {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("sentiment"))
            .args(["serve", "--port", "0"])
            .args(args.split_whitespace())
            .env_remove("SENTIMENT_MODEL")
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(String::new()));
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.strip_prefix("listening on ")?.to_string()))
            .expect("the server listens");
        let written = Arc::clone(&log);
        let reading = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                *written.lock().unwrap() += &(line + "\n");
            }
        });
        let (_, address) = address.split_once("://").unwrap();
        Self {
            child,
            address: address.to_string(),
            log,
            reading: Some(reading),
        }
    }

    /// Opens a connection.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request on a new connection.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream
            .write_all(&request(method, path, headers, body))
            .unwrap();
        Reply::read(&mut BufReader::new(stream))
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, "", b"")
    }

    pub fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Reply {
        self.send("POST", path, "", body.as_ref())
    }

    /// Sends the server a termination signal.
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Stops the server and returns its log.
    pub fn stopped(self) -> String {
        self.terminate();
        self.ended().1
    }

    /// Waits for the server to exit. Returns its exit status and its log.
    pub fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        self.reading.take().unwrap().join().unwrap();
        let log = self.log.lock().unwrap().clone();
        (status, log)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails if the server has exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the bytes of a request. Each of `headers` ends with a line break.
pub fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// An HTTP response.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Reply {
    /// Reads the next response from a connection.
    pub fn read(stream: &mut impl BufRead) -> Self {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let read = stream.read_line(&mut head).unwrap();
            assert!(
                read > 0,
                "the connection closed within the headers: {head:?}"
            );
        }
        let reply = Self {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: String::new(),
        };
        let length = reply
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let body = String::from_utf8(body).unwrap();
        Self { body, ..reply }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Returns the message of an error response; checks its status.
    pub fn refusal(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        let json = self.json();
        assert_eq!(json.as_object().unwrap().len(), 1);
        json["error"].as_str().unwrap().to_string()
    }
}

/// Polls a condition until it holds. Fails after [`PATIENCE`].
pub fn until(mut holds: impl FnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < PATIENCE,
            "the condition did not hold in time"
        );
        thread::sleep(Duration::from_millis(20));
    }
}
