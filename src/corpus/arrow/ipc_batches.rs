//! Record batches of Arrow IPC streams. The messages are framed here because `arrow-ipc` allocates what a compressed buffer
//! claims.

use std::collections::HashMap;
use std::io::{BufRead, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{Message, MessageHeader, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::MAX_BATCH_BYTES;

/// Starts a message since Arrow 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The maximum size of the metadata of a message (64 MiB).
const MAX_METADATA_BYTES: usize = 64 << 20;

/// The reasons of errors of a file that ends too early.
pub(super) const TRUNCATED: &str = "the file is truncated";
pub(super) const EMPTY: &str = "the file is empty";

/// The messages of a stream: metadata and body.
pub(super) struct Messages {
    reader: Box<dyn BufRead + Send>,
    /// A file ends its stream with a marker. A stream may just end.
    is_file: bool,
    /// The length of the messages that were read in bytes.
    length: u64,
}

impl Messages {
    pub(super) fn new(reader: Box<dyn BufRead + Send>, is_file: bool) -> Self {
        Self {
            reader,
            is_file,
            length: 0,
        }
    }

    pub(super) fn read_schema(&mut self) -> Result<SchemaRef, ArrowError> {
        let (metadata, _) = self.read()?.ok_or_else(|| invalid(EMPTY))?;
        let message = parse(&metadata)?;
        let schema = message
            .header_as_schema()
            .ok_or_else(|| invalid("the file does not start with a schema"))?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err(invalid("the byte order is not supported"));
        }
        Ok(Arc::new(try_fb_to_schema(schema)?))
    }

    /// Reads the next message; `None` at the end of the stream.
    fn read(&mut self) -> Result<Option<(Vec<u8>, Buffer)>, ArrowError> {
        if self.reader.fill_buf()?.is_empty() && !self.is_file {
            return Ok(None);
        }
        let mut length = [0; 4];
        let mut start_bytes = length.len();
        self.reader.read_exact(&mut length)?;
        if length == CONTINUATION {
            start_bytes += length.len();
            self.reader.read_exact(&mut length)?;
        }
        let length = u32::from_le_bytes(length) as usize;
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_METADATA_BYTES {
            return Err(invalid("the metadata of a message claims more than 64 MiB"));
        }
        let metadata = self.read_bytes(length)?;
        let body_bytes = usize::try_from(parse(&metadata)?.bodyLength()).unwrap_or(usize::MAX);
        if body_bytes > MAX_BATCH_BYTES {
            return Err(invalid("a record batch claims more than 1 GiB"));
        }
        let body = self.read_bytes(body_bytes)?;
        self.length += (start_bytes + length + body_bytes) as u64;
        Ok(Some((metadata, Buffer::from_vec(body))))
    }

    /// Reads bytes, and allocates only for those that the file has.
    fn read_bytes(&mut self, length: usize) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = Vec::new();
        let mut part = self.reader.by_ref().take(length as u64);
        if part.read_to_end(&mut bytes)? < length {
            return Err(invalid(TRUNCATED));
        }
        Ok(bytes)
    }
}

fn parse(metadata: &[u8]) -> Result<Message<'_>, ArrowError> {
    root_as_message(metadata).map_err(|_| invalid("the metadata of a message is damaged"))
}

fn invalid(reason: &str) -> ArrowError {
    ArrowError::IpcError(reason.to_owned())
}

/// The record batches of a stream.
pub(super) struct Batches {
    messages: Messages,
    schema: SchemaRef,
    projection: Vec<usize>,
    dictionaries: HashMap<i64, ArrayRef>,
    /// The size of each dictionary after decompression.
    dictionary_bytes: HashMap<i64, usize>,
}

impl Batches {
    pub(super) fn new(messages: Messages, schema: SchemaRef, projection: Vec<usize>) -> Self {
        Self {
            messages,
            schema,
            projection,
            dictionaries: HashMap::new(),
            dictionary_bytes: HashMap::new(),
        }
    }

    /// Returns the length of the messages that were read in bytes.
    pub(super) fn length(&self) -> u64 {
        self.messages.length
    }

    /// Reads the next batch; `None` at the end of the stream.
    pub(super) fn advance(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        while let Some((metadata, body)) = self.messages.read()? {
            let message = parse(&metadata)?;
            match message.header_type() {
                MessageHeader::RecordBatch => {
                    return self.record_batch(&message, &body).map(Some);
                }
                MessageHeader::DictionaryBatch => self.dictionary(&message, &body)?,
                _ => return Err(invalid("a message is not a record batch or a dictionary")),
            }
        }
        Ok(None)
    }

    fn record_batch(&self, message: &Message, body: &Buffer) -> Result<RecordBatch, ArrowError> {
        let batch = message
            .header_as_record_batch()
            .ok_or_else(|| invalid("a record batch has no header"))?;
        decompressed_bytes(&batch, body)?;
        read_record_batch(
            body,
            batch,
            Arc::clone(&self.schema),
            &self.dictionaries,
            Some(&self.projection),
            &message.version(),
        )
    }

    fn dictionary(&mut self, message: &Message, body: &Buffer) -> Result<(), ArrowError> {
        let dictionary = message
            .header_as_dictionary_batch()
            .ok_or_else(|| invalid("a dictionary has no header"))?;
        if let Some(batch) = dictionary.data() {
            let bytes = decompressed_bytes(&batch, body)?;
            let total = self.dictionary_bytes.entry(dictionary.id()).or_default();
            *total = if dictionary.isDelta() {
                *total + bytes
            } else {
                bytes
            };
        }
        if self.dictionary_bytes.values().sum::<usize>() > MAX_BATCH_BYTES {
            return Err(invalid("the dictionaries have more than 1 GiB"));
        }
        let version = message.version();
        read_dictionary(
            body,
            dictionary,
            &self.schema,
            &mut self.dictionaries,
            &version,
        )
    }
}

/// Returns the size of the buffers of a batch after decompression, or an error if they claim too much or are not in the
/// body.
fn decompressed_bytes(batch: &arrow_ipc::RecordBatch, body: &Buffer) -> Result<usize, ArrowError> {
    if batch.length() < 0 || batch.length() > i64::from(i32::MAX) {
        return Err(invalid("a record batch claims more than 2^31 rows"));
    }
    let is_compressed = batch.compression().is_some();
    let mut total = 0_usize;
    for buffer in batch.buffers().iter().flatten() {
        let range = usize::try_from(buffer.offset())
            .ok()
            .zip(usize::try_from(buffer.length()).ok())
            .and_then(|(start, length)| Some(start..start.checked_add(length)?));
        let bytes = range
            .and_then(|range| body.get(range))
            .ok_or_else(|| invalid("a record batch has a buffer that is not in its body"))?;
        // A compressed buffer starts with its size after decompression; -1 is a buffer without compression.
        let claimed = bytes.first_chunk().filter(|_| is_compressed);
        let claimed = claimed.and_then(|bytes| usize::try_from(i64::from_le_bytes(*bytes)).ok());
        total = total.saturating_add(claimed.unwrap_or(bytes.len()));
    }
    if total > MAX_BATCH_BYTES {
        return Err(invalid("a record batch decompresses to more than 1 GiB"));
    }
    Ok(total)
}
