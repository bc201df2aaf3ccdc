//! Tables in files that are not text: Parquet, Arrow and spreadsheets.

use std::path::Path;

#[cfg(any(feature = "arrow", feature = "spreadsheet"))]
use super::Column;
#[cfg(feature = "spreadsheet")]
use super::SpreadsheetTable;
#[cfg(any(feature = "arrow", feature = "spreadsheet"))]
use super::table::RecordStream;
use super::table::Table;
use super::{CorpusError, Format};
#[cfg(feature = "arrow")]
use super::{IpcTable, ParquetTable};

/// Opens a file. `path` is where it is, `name` what messages call it.
pub(super) fn open(format: Format, path: &Path, name: &Path) -> Result<Table, CorpusError> {
    match format {
        #[cfg(feature = "arrow")]
        Format::Parquet => {
            let table = ParquetTable::open_named(path, name)?;
            Ok(lazy(table.columns().to_vec(), move |wanted| {
                Ok(Box::new(table.rows(wanted)?))
            }))
        }
        #[cfg(feature = "arrow")]
        Format::Arrow => {
            let table = IpcTable::open_named(path, name)?;
            Ok(lazy(table.columns().to_vec(), move |wanted| {
                Ok(Box::new(table.rows(wanted)?))
            }))
        }
        #[cfg(feature = "spreadsheet")]
        Format::Spreadsheet => {
            let table = SpreadsheetTable::open_named(path, name, None)?;
            Ok(lazy(table.columns().to_vec(), move |wanted| {
                Ok(Box::new(table.rows(wanted)))
            }))
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
