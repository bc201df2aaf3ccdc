//! Tables in files that are not text: Parquet, Arrow and spreadsheets.

#[cfg(feature = "spreadsheet")]
use std::io::{Seek, Write};
use std::path::Path;

#[cfg(any(feature = "arrow", feature = "spreadsheet"))]
use super::Column;
#[cfg(feature = "spreadsheet")]
use super::SpreadsheetTable;
#[cfg(feature = "spreadsheet")]
use super::spreadsheet::SizeLimits;
#[cfg(any(feature = "arrow", feature = "spreadsheet"))]
use super::table::RecordStream;
use super::table::Table;
use super::{CorpusError, Format};
#[cfg(feature = "arrow")]
use super::{IpcTable, ParquetTable};
#[cfg(feature = "spreadsheet")]
use crate::files::FileError;

/// Opens a file. `path` is where it is, `name` what messages call it. Returns the number of rows too, if the file has it.
pub(super) fn open(
    format: Format,
    path: &Path,
    name: &Path,
) -> Result<(Table, Option<u64>), CorpusError> {
    match format {
        #[cfg(feature = "arrow")]
        Format::Parquet => {
            let table = ParquetTable::open_named(path, name)?;
            let rows = table.row_count();
            let table = lazy(table.columns().to_vec(), move |wanted| {
                Ok(Box::new(table.rows(wanted)?))
            });
            Ok((table, Some(rows)))
        }
        #[cfg(feature = "arrow")]
        Format::Arrow => {
            let table = IpcTable::open_named(path, name)?;
            let table = lazy(table.columns().to_vec(), move |wanted| {
                Ok(Box::new(table.rows(wanted)?))
            });
            Ok((table, None))
        }
        #[cfg(feature = "spreadsheet")]
        Format::Spreadsheet => {
            let table = SpreadsheetTable::open_named(path, name, None)?;
            Ok((spreadsheet(table), None))
        }
        _ => {
            let _ = path;
            Err(CorpusError::NotBuilt {
                path: name.to_owned(),
                format,
            })
        }
    }
}

/// Opens a spreadsheet that a client uploaded.
#[cfg(feature = "spreadsheet")]
pub(super) fn uploaded_spreadsheet(content: &[u8], name: &Path) -> Result<Table, CorpusError> {
    // The reader of the rows runs in a thread with a file of its own.
    let copy = || {
        let mut file = tempfile::tempfile()?;
        file.write_all(content)?;
        file.rewind()?;
        Ok(file)
    };
    let file = copy().map_err(FileError::context("copy", name))?;
    let table = SpreadsheetTable::of_file(file, name, None, SizeLimits::UPLOAD)?;
    Ok(spreadsheet(table))
}

#[cfg(not(feature = "spreadsheet"))]
pub(super) fn uploaded_spreadsheet(_: &[u8], name: &Path) -> Result<Table, CorpusError> {
    open(Format::Spreadsheet, name, name).map(|(table, _)| table)
}

#[cfg(feature = "spreadsheet")]
fn spreadsheet(table: SpreadsheetTable) -> Table {
    lazy(table.columns().to_vec(), move |wanted| {
        Ok(Box::new(table.rows(wanted)))
    })
}

/// Makes a table whose rows are opened after the columns are chosen.
#[cfg(any(feature = "arrow", feature = "spreadsheet"))]
fn lazy(
    columns: Vec<Column>,
    rows: impl FnOnce(&[usize]) -> Result<RecordStream, CorpusError> + Send + 'static,
) -> Table {
    Table {
        header: None,
        first_row: columns.iter().map(|column| column.name.clone()).collect(),
        columns,
        has_fixed_columns: true,
        open: Box::new(move |_, wanted| rows(&wanted)),
    }
}
