//! Reading Arrow IPC files and streams.
//!
//! A file is a stream between a magic number and a footer, so both are read as a stream.

use std::io::{Cursor, Read};
use std::path::Path;

use arrow_schema::SchemaRef;

use super::ipc_batches::{Batches, Messages};
use super::{BatchRows, Column, CorpusError, Record, Source, TableSchema};
use crate::files;

/// The first bytes of a file. A stream has none.
const FILE_MAGIC: &[u8] = b"ARROW1";
/// The size of the magic number and its padding.
const FILE_START_BYTES: u64 = 8;
/// The first bytes of the format that Feather had before Arrow IPC.
const FEATHER_1_MAGIC: &[u8] = b"FEA1";

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
        let mut messages = Messages::new(reader, is_file);
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
        let mut batches = Batches::new(self.messages, self.arrow_schema, projection);
        let batches = std::iter::from_fn(move || {
            let batch = batches.advance();
            batch.map_err(|error| self.source.error(error)).transpose()
        });
        BatchRows::new(source, readers, batches)
    }
}
