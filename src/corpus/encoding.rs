//! Character encodings: converts the bytes of a text file to UTF-8 as they are read.
//!
//! UTF-16 is recognized by its byte order mark or by its NUL bytes. A line that is not UTF-8 is read in the encoding
//! that `chardetng` detects, the detector of Firefox.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use encoding_rs::{Decoder, UTF_8};
use thiserror::Error;

use super::RowLocation;
use super::encoding_detection::{character_boundary, detect, utf16};
use super::notes::{NoteKind, ReadingNotes};
use crate::files::fill;

/// A character encoding, by a name of the Encoding Standard: `utf-8`, `latin1`, `windows-1252`, `utf-16le`, `gbk`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding(&'static encoding_rs::Encoding);

/// The error for an unknown name of an encoding.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown encoding {0:?}; examples: utf-8, windows-1252, utf-16le, shift_jis, gbk")]
pub struct UnknownEncoding(String);

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        encoding_rs::Encoding::for_label(name.as_bytes())
            .map(Self)
            .ok_or_else(|| UnknownEncoding(name.to_owned()))
    }
}

/// The maximum number of bytes of a line that are decoded together.
const MAX_PENDING_BYTES: usize = 1 << 20;

/// How the next bytes are decoded.
enum State {
    /// No byte was read yet.
    Start,
    /// As UTF-8; the first line that is not starts the detection of another encoding.
    Utf8,
    /// As UTF-8, and lines that are not UTF-8 in another encoding.
    Lines(&'static encoding_rs::Encoding),
    /// By a decoder.
    Stream(Box<Decoder>),
    /// Unchanged: the user says that the file is UTF-8.
    Unchanged,
}

/// A reader that converts a text file to UTF-8 and removes its byte order mark.
///
/// With [`State::Unchanged`] its output may be invalid UTF-8: the row readers report the row.
pub(super) struct Utf8Reader {
    source: Box<dyn BufRead + Send>,
    state: State,
    path: Arc<Path>,
    notes: ReadingNotes,
    /// The number of line breaks in the output so far.
    lines: u64,
    /// Whether a line with a character beyond ASCII was valid UTF-8.
    has_utf8: bool,
    /// Bytes that are not decoded yet: the start of a line.
    pending: Vec<u8>,
    output: Vec<u8>,
    position: usize,
    is_at_end: bool,
}

impl Utf8Reader {
    pub(super) fn new(
        source: Box<dyn BufRead + Send>,
        path: Arc<Path>,
        encoding: Option<Encoding>,
        notes: ReadingNotes,
    ) -> Self {
        let state = match encoding {
            None => State::Start,
            Some(Encoding(encoding)) if encoding == UTF_8 => State::Unchanged,
            Some(Encoding(encoding)) => State::Stream(Box::new(encoding.new_decoder())),
        };
        Self {
            source,
            state,
            path,
            notes,
            lines: 0,
            has_utf8: false,
            pending: Vec::new(),
            output: Vec::new(),
            position: 0,
            is_at_end: false,
        }
    }

    /// Decodes the next lines. A line longer than [`MAX_PENDING_BYTES`] is decoded in parts.
    fn decode_more(&mut self) -> io::Result<()> {
        let is_first = matches!(self.state, State::Start | State::Unchanged) && self.lines == 0;
        let start = self.pending.len();
        let input = fill(&mut self.source)?;
        let taken = input.len();
        self.pending.extend_from_slice(input);
        self.source.consume(taken);
        self.is_at_end = taken == 0;
        // A byte order mark may be incomplete.
        if is_first && self.pending.len() < 4 && !self.is_at_end && !self.pending.contains(&b'\n') {
            return Ok(());
        }
        self.choose_decoder();
        self.lines += count_line_breaks(&self.output);
        self.output.clear();
        self.position = 0;
        if let State::Stream(_) = self.state {
            self.decode_stream();
            return Ok(());
        }
        let new = &self.pending[start.min(self.pending.len())..];
        let end = match memchr::memrchr(b'\n', new) {
            _ if self.is_at_end => self.pending.len(),
            Some(line_break) => self.pending.len() - new.len() + line_break + 1,
            None if self.pending.len() > MAX_PENDING_BYTES => character_boundary(&self.pending),
            None => return Ok(()),
        };
        let rest = self.pending.split_off(end);
        let block = std::mem::replace(&mut self.pending, rest);
        self.decode_lines(block);
        Ok(())
    }

    /// Chooses UTF-8 or UTF-16 by the first bytes, and removes a byte order mark.
    fn choose_decoder(&mut self) {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        if self.lines == 0 && self.output.is_empty() && self.pending.starts_with(MARK) {
            self.pending.drain(..MARK.len());
        }
        if !matches!(self.state, State::Start) {
            return;
        }
        self.state = match utf16(&self.pending) {
            None => State::Utf8,
            Some(encoding) => {
                let kind = NoteKind::Encoding(encoding.name());
                self.notes.add(&self.path, kind);
                State::Stream(Box::new(encoding.new_decoder_with_bom_removal()))
            }
        };
    }

    fn decode_stream(&mut self) {
        let State::Stream(decoder) = &mut self.state else {
            return;
        };
        let mut text = String::new();
        let length = decoder.max_utf8_buffer_length(self.pending.len());
        text.reserve(length.unwrap_or(3 * self.pending.len()));
        let (_, _, is_malformed) =
            decoder.decode_to_string(&self.pending, &mut text, self.is_at_end);
        self.pending.clear();
        if is_malformed {
            let kind = NoteKind::MalformedCharacters(decoder.encoding().name());
            let location = RowLocation::line(&self.path, self.lines + 1);
            self.notes.count(&location, kind);
        }
        self.output = text.into_bytes();
    }

    fn decode_lines(&mut self, block: Vec<u8>) {
        let is_unchanged = matches!(self.state, State::Unchanged);
        if is_unchanged || str::from_utf8(&block).is_ok() {
            self.has_utf8 |= !is_unchanged && !block.is_ascii();
            self.output = block;
            return;
        }
        let encoding = match self.state {
            State::Lines(encoding) => encoding,
            _ => {
                let encoding = detect(&block);
                self.state = State::Lines(encoding);
                encoding
            }
        };
        if encoding.is_single_byte() || self.has_utf8 {
            return self.decode_each_line(&block, encoding);
        }
        // In a multi-byte encoding, some lines may also be valid UTF-8 by chance.
        self.notes
            .add(&self.path, NoteKind::Encoding(encoding.name()));
        self.pending.splice(..0, block);
        self.state = State::Stream(Box::new(encoding.new_decoder_without_bom_handling()));
        self.decode_stream();
    }

    fn decode_each_line(&mut self, block: &[u8], encoding: &'static encoding_rs::Encoding) {
        self.output.reserve(block.len() + block.len() / 8);
        for (index, line) in block.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if str::from_utf8(line).is_ok() {
                self.output.extend_from_slice(line);
                continue;
            }
            let location = RowLocation::line(&self.path, self.lines + index as u64 + 1);
            let (text, is_malformed) = encoding.decode_without_bom_handling(line);
            let kind = match is_malformed {
                true => NoteKind::MalformedCharacters(encoding.name()),
                false => NoteKind::ForeignLines(encoding.name()),
            };
            self.notes.count(&location, kind);
            self.output.extend_from_slice(text.as_bytes());
        }
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Utf8Reader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position == self.output.len() && !self.is_at_end {
            self.decode_more()?;
        }
        Ok(&self.output[self.position..])
    }

    fn consume(&mut self, count: usize) {
        self.position = self.output.len().min(self.position + count);
    }
}

/// Decodes a whole text of a file.
pub(super) fn decode(
    bytes: Vec<u8>,
    path: &Path,
    encoding: Option<Encoding>,
    notes: &ReadingNotes,
) -> io::Result<Vec<u8>> {
    let source = Box::new(io::Cursor::new(bytes));
    let mut text = Vec::new();
    Utf8Reader::new(source, path.into(), encoding, notes.clone()).read_to_end(&mut text)?;
    Ok(text)
}

pub(super) fn count_line_breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}
