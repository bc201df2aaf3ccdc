//! A file as a stream of blocks of whole rows, so that threads can parse them side by side.

use std::io::{self, Read};

use super::layout::{Encoding, LOOK_AHEAD_BYTES, Layout};
use super::wanted::Wanted;
use super::{MAX_ROW_BYTES, RowFault, binary_rows, text_rows};

/// What was parsed of a block.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// How many rows there were, wanted or not.
    pub(super) read: u64,
    /// The wanted words.
    pub(super) words: Vec<String>,
    /// Their numbers: `[words, dimension]`.
    pub(super) numbers: Vec<f32>,
}

impl Rows {
    /// The memory that the wanted rows take.
    pub(super) fn kept_bytes(&self) -> usize {
        let letters: usize = self.words.iter().map(String::len).sum();
        size_of_val(self.words.as_slice()) + letters + size_of_val(self.numbers.as_slice())
    }
}

/// What is wrong with a block.
#[derive(Debug)]
pub(super) struct BlockError {
    /// How many rows of the block are before the one that is wrong.
    pub(super) rows_before: u64,
    pub(super) cause: Cause,
}

/// What is wrong with a row.
#[derive(Debug)]
pub(super) enum Cause {
    /// The file could not be read on.
    Read(io::Error),
    /// It was read and is not a word and its vector.
    Fault(RowFault),
}

impl BlockError {
    pub(super) fn row(rows_before: u64, fault: RowFault) -> Self {
        Self {
            rows_before,
            cause: Cause::Fault(fault),
        }
    }

    fn read(error: io::Error) -> Self {
        Self {
            rows_before: 0,
            cause: Cause::Read(error),
        }
    }
}

/// Parses a block.
pub(super) fn parse(
    block: &[u8],
    layout: &Layout,
    wanted: Option<&Wanted>,
) -> Result<Rows, BlockError> {
    match layout.encoding {
        Encoding::Text => text_rows::parse(block, layout.dimension, wanted),
        Encoding::Binary => binary_rows::parse(block, layout.dimension, wanted),
    }
}

/// Reads what [`Layout::detect`] needs: a line and its look-ahead, or the whole file if it is shorter.
pub(super) fn read_start(reader: &mut impl Read) -> Result<Vec<u8>, BlockError> {
    let mut start = Vec::new();
    loop {
        let length = start.len() + LOOK_AHEAD_BYTES;
        read_up_to(reader, LOOK_AHEAD_BYTES, &mut start).map_err(BlockError::read)?;
        let line_end = memchr::memchr(b'\n', &start);
        let is_seen = line_end.is_some_and(|end| start.len() - end > LOOK_AHEAD_BYTES);
        if is_seen || start.len() < length {
            return Ok(start);
        }
        if line_end.is_none() && start.len() > MAX_ROW_BYTES {
            return Err(BlockError::row(0, RowFault::TooLong));
        }
    }
}

/// The blocks of a file, in order. Ends after the first error.
pub(super) struct Blocks<R> {
    reader: R,
    layout: Layout,
    block_bytes: usize,
    /// What was read and not given out yet.
    pending: Vec<u8>,
    failure: Option<BlockError>,
    ended: bool,
}

impl<R: Read> Blocks<R> {
    /// Blocks of about `block_bytes`; `pending` is what was read of the rows already.
    pub(super) fn new(reader: R, layout: Layout, block_bytes: usize, pending: Vec<u8>) -> Self {
        Self {
            reader,
            layout,
            block_bytes,
            pending,
            failure: None,
            ended: false,
        }
    }

    /// Reads until there is a whole row or nothing more to read.
    fn next_block(&mut self) -> Vec<u8> {
        while !self.ended {
            let length = self.pending.len() + self.block_bytes;
            match read_up_to(&mut self.reader, self.block_bytes, &mut self.pending) {
                Err(error) => self.end(Some(BlockError::read(error))),
                Ok(()) if self.pending.len() < length => {
                    self.end(None);
                    return std::mem::take(&mut self.pending);
                }
                Ok(()) => {}
            }
            let whole = self.whole_rows();
            if whole > 0 {
                let rest = self.pending.split_off(whole);
                return std::mem::replace(&mut self.pending, rest);
            }
            // A row and its line breaks.
            if self.pending.len() > MAX_ROW_BYTES + 2 {
                self.end(Some(BlockError::row(0, RowFault::TooLong)));
            }
        }
        Vec::new()
    }

    fn whole_rows(&self) -> usize {
        match self.layout.encoding {
            Encoding::Text => text_rows::whole_rows(&self.pending),
            Encoding::Binary => binary_rows::whole_rows(&self.pending, self.layout.dimension),
        }
    }

    fn end(&mut self, failure: Option<BlockError>) {
        self.ended = true;
        self.failure = failure;
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = Result<Vec<u8>, BlockError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.next_block();
        if block.is_empty() {
            return self.failure.take().map(Err);
        }
        Some(Ok(block))
    }
}

/// Reads `count` bytes more, fewer only where the file ends. What was read before an error is kept.
fn read_up_to(reader: &mut impl Read, count: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    bytes.reserve(count);
    reader.take(count as u64).read_to_end(bytes).map(drop)
}
