//! The download of one file, which resumes where an earlier one stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::http::Uri;

use super::client::{Client, check_status, invalid, text_header};
use super::{DownloadProgress, HubError};
use crate::files::FileError;

/// The number of attempts in a row that receive less than [`ENOUGH_BYTES`].
const MAX_ATTEMPTS: u32 = 5;
/// An attempt that receives this much proves that the server is worth asking again.
const ENOUGH_BYTES: u64 = 1 << 20;
/// The wait before the second attempt. It doubles with each one.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const BUFFER_BYTES: usize = 1 << 16;
/// The largest file that is accepted.
const MAX_FILE_BYTES: u64 = 1 << 36;

/// A file to download.
pub(super) struct Transfer<'a> {
    pub(super) url: &'a str,
    /// The name for messages and progress.
    pub(super) name: &'a str,
    /// The size that the server states.
    pub(super) length: u64,
    /// The hexadecimal SHA-256 digest that the server states, if any.
    pub(super) sha256: Option<&'a str>,
    /// The path of the whole file. Until then, `.incomplete` follows it.
    pub(super) path: &'a Path,
}

/// The end of an attempt.
enum Attempt {
    /// The file is whole.
    Whole,
    /// The transfer broke off for this reason, and may work again.
    Broken(String),
}

impl Transfer<'_> {
    /// Downloads the file. An interrupted download is resumed, and a file appears under its name only when it is whole
    /// and verified.
    pub(super) fn run(
        &self,
        client: &Client,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<(), HubError> {
        if self.length > MAX_FILE_BYTES {
            return Err(HubError::Response {
                url: self.url.to_owned(),
                reason: format!("a file of {} bytes is too large", self.length),
            });
        }
        let incomplete = self.incomplete();
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&incomplete)
            .map_err(FileError::context("open", &incomplete))?;
        wait_for_other_downloads(&file).map_err(FileError::context("lock", &incomplete))?;
        // Another process may have finished it meanwhile.
        if self.path.exists() {
            return Ok(());
        }
        self.receive(client, &mut file, progress)?;
        if let Err(error) = self.verify(&mut file) {
            fs::remove_file(&incomplete).map_err(FileError::context("remove", &incomplete))?;
            return Err(error);
        }
        let finish = || {
            file.sync_all()?;
            fs::rename(&incomplete, self.path)
        };
        finish().map_err(FileError::context("write", self.path))?;
        Ok(())
    }

    fn incomplete(&self) -> PathBuf {
        let mut path = self.path.as_os_str().to_owned();
        path.push(".incomplete");
        path.into()
    }

    /// Receives what is missing, in several attempts if necessary.
    fn receive(
        &self,
        client: &Client,
        file: &mut File,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<(), HubError> {
        let mut failed = 0;
        loop {
            let before = self.received(file)?;
            let reason = match self.attempt(client, file, progress)? {
                Attempt::Whole => return Ok(()),
                Attempt::Broken(reason) => reason,
            };
            let received = self.received(file)?;
            failed = match received.saturating_sub(before) {
                ENOUGH_BYTES.. => 1,
                _ => failed + 1,
            };
            if failed == MAX_ATTEMPTS {
                return Err(HubError::Interrupted {
                    file: self.name.to_owned(),
                    received,
                    length: self.length,
                    reason,
                });
            }
            thread::sleep(FIRST_WAIT * (1 << (failed - 1)));
        }
    }

    fn attempt(
        &self,
        client: &Client,
        file: &mut File,
        progress: &mut dyn FnMut(DownloadProgress<'_>),
    ) -> Result<Attempt, HubError> {
        if self.received(file)? > self.length {
            self.clear(file)?;
        }
        let mut received = self.received(file)?;
        let mut report = |bytes| {
            progress(DownloadProgress {
                file: self.name,
                bytes,
                length: self.length,
            });
        };
        report(received);
        if received == self.length {
            return Ok(Attempt::Whole);
        }
        let (uri, mut response) = match client.open(self.url, received) {
            Err(HubError::Request { source, .. }) => {
                return Ok(Attempt::Broken(source.to_string()));
            }
            response => response?,
        };
        match response.status().as_u16() {
            206 => check_range(&uri, text_header(&response, "content-range"), received)?,
            // The server ignores ranges, or the part is not one of this file.
            200 | 416 => {
                self.clear(file)?;
                received = 0;
            }
            _ => {}
        }
        if is_transient(response.status().as_u16()) {
            return Ok(Attempt::Broken(format!("HTTP {}", response.status())));
        }
        check_status(&uri, &mut response)?;
        let mut body = response.body_mut().as_reader();
        let mut buffer = vec![0; BUFFER_BYTES];
        while received < self.length {
            let count = match body.read(&mut buffer) {
                Ok(0) => return Ok(Attempt::Broken("the connection was closed".to_owned())),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Attempt::Broken(error.to_string())),
            };
            received += count as u64;
            if received > self.length {
                return Err(invalid(&uri, "the file is longer than stated"));
            }
            file.write_all(&buffer[..count])
                .map_err(FileError::context("write", &self.incomplete()))?;
            report(received);
        }
        Ok(Attempt::Whole)
    }

    /// Returns the number of bytes that the file has.
    fn received(&self, file: &File) -> Result<u64, FileError> {
        let metadata = file.metadata();
        let metadata = metadata.map_err(FileError::context("read", &self.incomplete()))?;
        Ok(metadata.len())
    }

    fn clear(&self, file: &File) -> Result<(), FileError> {
        file.set_len(0)
            .map_err(FileError::context("write", &self.incomplete()))
    }

    /// Checks the digest, if the server states one. The length is that of the server by now.
    fn verify(&self, file: &mut File) -> Result<(), HubError> {
        let Some(expected) = self.sha256 else {
            return Ok(());
        };
        let mut hasher = Sha256::new();
        let mut hash = || {
            file.seek(SeekFrom::Start(0))?;
            io::copy(file, &mut hasher)
        };
        hash().map_err(FileError::context("read", &self.incomplete()))?;
        let found = format!("{:x}", hasher.finalize());
        if found == expected.to_ascii_lowercase() {
            return Ok(());
        }
        Err(HubError::Digest {
            file: self.name.to_owned(),
            expected: expected.to_owned(),
            found,
        })
    }
}

/// Waits until no other process downloads the same file. File systems without locks are used without one.
fn wait_for_other_downloads(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        result => result,
    }
}

/// Fails unless a partial response starts where the file ends.
fn check_range(uri: &Uri, range: Option<&str>, offset: u64) -> Result<(), HubError> {
    let start = range
        .and_then(|range| range.strip_prefix("bytes "))
        .and_then(|range| range.split_once('-'))
        .and_then(|(start, _)| start.parse::<u64>().ok());
    match start == Some(offset) {
        true => Ok(()),
        false => Err(invalid(
            uri,
            "the response has another range than requested",
        )),
    }
}

/// Returns whether a server that answers with this status may answer otherwise soon.
fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 416 | 429 | 500 | 502 | 503 | 504)
}
