//! Reading Arrow IPC files and streams.
//!
//! A file is a stream between a magic number and a footer, so both are read as a stream. The messages are framed here
//! because `arrow-ipc` allocates what a compressed buffer claims.

use std::collections::HashMap;
use std::io::{BufRead, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{Message, MessageHeader, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::{BatchRows, Column, CorpusError, MAX_BATCH_BYTES, Record, Source, TableSchema};
use crate::files;

/// The first bytes of a file. A stream has none.
const FILE_MAGIC: &[u8] = b"ARROW1";
/// The size of the magic number and its padding.
const FILE_START_BYTES: u64 = 8;
/// The first bytes of the format that Feather had before Arrow IPC.
const FEATHER_1_MAGIC: &[u8] = b"FEA1";
/// Starts a message since Arrow 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The maximum size of the metadata of a message (64 MiB).
const MAX_METADATA_BYTES: usize = 64 << 20;

/// An Arrow IPC file (`.arrow`, or `.feather` of version 2) or an Arrow IPC stream, such as the files in the cache of
/// Hugging Face's `datasets`.
///
/// Columns of integers that the metadata of `datasets` describes as ClassLabels contain the names of the classes.
pub struct IpcTable {
    source: Source,
    messages: Messages,
    arrow_schema: SchemaRef,
    schema: TableSchema,
}

impl IpcTable {
    /// Opens a file and reads its schema.
    pub fn open(path: &Path) -> Result<Self, CorpusError> {
        Self::open_named(path, path)
    }

    /// Opens a file that messages call `name`.
    pub(in crate::corpus) fn open_named(path: &Path, name: &Path) -> Result<Self, CorpusError> {
        let source = Source {
            path: name.into(),
            format: "Arrow",
        };
        let mut reader = files::open(path)?;
        let mut start = Vec::new();
        reader
            .by_ref()
            .take(FILE_START_BYTES)
            .read_to_end(&mut start)
            .map_err(|error| source.error(error))?;
        if start.starts_with(FEATHER_1_MAGIC) {
            return Err(source.error("Feather version 1 is not supported"));
        }
        let is_file = start.starts_with(FILE_MAGIC);
        if !is_file {
            reader = Box::new(Cursor::new(start).chain(reader));
        }
        let mut messages = Messages { reader, is_file };
        let arrow_schema = source.guard(|| {
            let schema = messages.read_schema();
            schema.map_err(|error| source.error(error))
        })?;
        let schema = TableSchema::new(&arrow_schema);
        Ok(Self {
            source,
            messages,
            arrow_schema,
            schema,
        })
    }

    /// Returns the columns in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.schema.columns
    }

    /// Reads the rows. Their cells are those of `columns`, indices into [`IpcTable::columns`], in this order.
    pub fn rows(
        self,
        columns: &[usize],
    ) -> Result<impl Iterator<Item = Result<Record, CorpusError>> + Send + use<>, CorpusError> {
        let (projection, readers) = self.schema.project(columns);
        let source = self.source.clone();
        let mut batches = Batches {
            messages: self.messages,
            schema: self.arrow_schema,
            projection,
            dictionaries: HashMap::new(),
            dictionary_bytes: HashMap::new(),
        };
        let batches = std::iter::from_fn(move || {
            let batch = batches.advance();
            batch.map_err(|error| self.source.error(error)).transpose()
        });
        BatchRows::new(source, readers, batches)
    }
}

/// The messages of a stream: metadata and body.
struct Messages {
    reader: Box<dyn BufRead + Send>,
    /// A file ends its stream with a marker. A stream may just end.
    is_file: bool,
}

impl Messages {
    fn read_schema(&mut self) -> Result<SchemaRef, ArrowError> {
        let (metadata, _) = self.read()?.ok_or_else(|| invalid("the file is empty"))?;
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
        self.reader.read_exact(&mut length)?;
        if length == CONTINUATION {
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
        Ok(Some((metadata, Buffer::from_vec(body))))
    }

    /// Reads bytes, and allocates only for those that the file has.
    fn read_bytes(&mut self, length: usize) -> Result<Vec<u8>, ArrowError> {
        let mut bytes = Vec::new();
        let mut part = self.reader.by_ref().take(length as u64);
        if part.read_to_end(&mut bytes)? < length {
            return Err(invalid("the file is truncated"));
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
struct Batches {
    messages: Messages,
    schema: SchemaRef,
    projection: Vec<usize>,
    dictionaries: HashMap<i64, ArrayRef>,
    /// The size of each dictionary after decompression.
    dictionary_bytes: HashMap<i64, usize>,
}

impl Batches {
    fn advance(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
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
