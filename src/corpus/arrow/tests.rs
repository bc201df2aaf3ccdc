use std::fs;
use std::path::Path;

use arrow_array::types::Int32Type;
use arrow_array::{DictionaryArray, Int64Array, StringArray};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;

use super::super::table_fixtures::{Expected, fixture};
use super::super::{CellKind, InvalidRow, MAX_ROW_BYTES};
use super::*;

pub(super) fn parquet(path: &Path, columns: &[usize]) -> Result<Vec<Vec<Cell>>, CorpusError> {
    let rows = ParquetTable::open(path)?.rows(columns)?;
    rows.map(|record| Ok(record?.cells.unwrap())).collect()
}

pub(super) fn ipc(path: &Path, columns: &[usize]) -> Result<Vec<Vec<Cell>>, CorpusError> {
    let rows = IpcTable::open(path)?.rows(columns)?;
    rows.map(|record| Ok(record?.cells.unwrap())).collect()
}

/// Writes arrays as a Parquet file.
fn written(
    folder: &Path,
    schema: Schema,
    arrays: Vec<arrow_array::ArrayRef>,
) -> std::path::PathBuf {
    let path = folder.join("written.parquet");
    let batch = RecordBatch::try_new(Arc::new(schema), arrays).unwrap();
    let mut writer =
        ArrowWriter::try_new(fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    path
}

#[test]
fn parquet_files_of_every_codec_and_encoding_have_the_same_rows() {
    let expected = Expected::read("reviews");
    for name in [
        "none",
        "snappy",
        "gzip",
        "zstd",
        "lz4",
        "large",
        "view",
        "dictionary",
        "length",
        "byte",
    ] {
        let path = fixture(&format!("reviews.{name}.parquet"));
        let table = ParquetTable::open(&path).unwrap();
        let columns = table.columns();
        assert_eq!(
            columns
                .iter()
                .map(|column| &*column.name)
                .collect::<Vec<_>>(),
            expected.columns
        );
        assert!(columns.iter().all(|column| column.kind == CellKind::Text));
        assert_eq!(parquet(&path, &[0, 1]).unwrap(), expected.rows, "{name}");
    }
}

#[test]
fn ipc_files_and_streams_have_the_same_rows() {
    let expected = Expected::read("reviews");
    for name in [
        "stream.arrow",
        "file.arrow",
        "zstd.arrow",
        "feather",
        "large.stream.arrow",
        "view.stream.arrow",
        "dictionary.stream.arrow",
    ] {
        let path = fixture(&format!("reviews.{name}"));
        assert_eq!(ipc(&path, &[0, 1]).unwrap(), expected.rows, "{name}");
    }
}

#[test]
fn columns_are_read_in_the_order_asked_for() {
    let expected = Expected::read("reviews").rows;
    let reversed: Vec<_> = expected
        .iter()
        .map(|row| vec![row[1].clone(), row[0].clone(), row[1].clone()])
        .collect();
    assert_eq!(
        parquet(&fixture("reviews.snappy.parquet"), &[1, 0, 1]).unwrap(),
        reversed
    );
    assert_eq!(
        ipc(&fixture("reviews.stream.arrow"), &[1, 0, 1]).unwrap(),
        reversed
    );
    let labels: Vec<_> = expected.iter().map(|row| vec![row[1].clone()]).collect();
    assert_eq!(
        parquet(&fixture("reviews.snappy.parquet"), &[1]).unwrap(),
        labels
    );
    assert_eq!(
        ipc(&fixture("reviews.view.stream.arrow"), &[1]).unwrap(),
        labels
    );
}

#[test]
fn rows_are_numbered_across_row_groups() {
    let rows = ParquetTable::open(&fixture("reviews.snappy.parquet"))
        .unwrap()
        .rows(&[0])
        .unwrap();
    let last = rows.last().unwrap().unwrap();
    assert!(
        last.location
            .to_string()
            .ends_with("reviews.snappy.parquet: row 8")
    );
}

#[test]
fn every_type_has_a_cell() {
    let expected = Expected::read("types");
    let columns: Vec<_> = (0..expected.columns.len()).collect();
    // The nested columns are JSON.
    let text = |rows: Vec<Vec<Cell>>| -> Vec<Vec<Cell>> {
        let plain = |cell| match cell {
            Cell::Json(json) => Cell::Text(json),
            cell => cell,
        };
        rows.into_iter()
            .map(|row| row.into_iter().map(plain).collect())
            .collect()
    };
    assert_eq!(
        text(parquet(&fixture("types.parquet"), &columns).unwrap()),
        expected.rows
    );
    assert_eq!(
        text(ipc(&fixture("types.stream.arrow"), &columns).unwrap()),
        expected.rows
    );
    let table = ParquetTable::open(&fixture("types.parquet")).unwrap();
    for column in table.columns() {
        let nested = ["list", "nested", "floats", "struct", "map"].contains(&&*column.name);
        assert_eq!(column.kind == CellKind::Json, nested, "{column:?}");
    }
}

#[test]
fn errors_name_the_file_and_the_reason() {
    let path = fixture("reviews.brotli.parquet");
    let error = parquet(&path, &[0]).unwrap_err().to_string();
    assert!(error.starts_with(&path.display().to_string()), "{error}");
    assert!(error.contains("the compression BROTLI"), "{error}");
    let error = parquet(&fixture("reviews.xlsx"), &[0])
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("could not read the Parquet file: "),
        "{error}"
    );
    let error = ipc(&fixture("reviews.xlsx"), &[0]).unwrap_err().to_string();
    assert!(error.contains("could not read the Arrow file: "), "{error}");
    assert!(matches!(
        ParquetTable::open(Path::new("absent")),
        Err(CorpusError::File(_))
    ));
}

#[test]
fn a_class_out_of_range_is_an_error_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let names =
        r#"{"info": {"features": {"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}"#;
    let schema = Schema::new(vec![Field::new("label", DataType::Int64, true)])
        .with_metadata([("huggingface", names)]);
    let labels = Int64Array::from(vec![Some(0), Some(2), None, Some(-2), Some(1)]);
    let path = written(folder.path(), schema, vec![Arc::new(labels)]);
    let rows = ParquetTable::open(&path).unwrap().rows(&[0]).unwrap();
    let cells: Vec<_> = rows.map(|row| row.unwrap().cells).collect();
    let out_of_range = |index| {
        let error = CorpusRowError::ClassIndex {
            column: "label".to_owned(),
            index,
            classes: 2,
        };
        let cells = vec![Cell::Null];
        Err(InvalidRow { error, cells })
    };
    let name = |name: &str| Ok(vec![Cell::Text(name.to_owned())]);
    let expected = [
        name("neg"),
        out_of_range(2),
        Ok(vec![Cell::Null]),
        out_of_range(-2),
        name("pos"),
    ];
    assert_eq!(cells, expected);
}

#[test]
fn a_text_that_is_too_long_is_an_error_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let schema = Schema::new(vec![Field::new("text", DataType::Utf8, false)]);
    let texts = StringArray::from(vec!["x".repeat(MAX_ROW_BYTES + 1), "short".to_owned()]);
    let path = written(folder.path(), schema, vec![Arc::new(texts)]);
    let rows = ParquetTable::open(&path).unwrap().rows(&[0]).unwrap();
    let cells: Vec<_> = rows.map(|row| row.unwrap().cells).collect();
    assert_eq!(
        cells,
        [
            Err(InvalidRow {
                error: CorpusRowError::TooLong,
                cells: vec![Cell::Null]
            }),
            Ok(vec![Cell::Text("short".to_owned())])
        ]
    );
}

/// Replaces a text in a file by bytes of the same length.
fn replace(path: &Path, text: &str, bytes: &[u8]) {
    let mut file = fs::read(path).unwrap();
    let places = (0..file.len()).filter(|place| file[*place..].starts_with(text.as_bytes()));
    for place in places.collect::<Vec<_>>() {
        file[place..place + bytes.len()].copy_from_slice(bytes);
    }
    fs::write(path, file).unwrap();
}

#[test]
fn a_text_that_is_not_utf_8_is_an_error_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let schema = Schema::new(vec![
        Field::new("text", DataType::Utf8, false),
        Field::new("tag", dictionary, true),
    ]);
    let texts = StringArray::from(vec!["good", "caf__", "bad"]);
    let tags: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let path = written(folder.path(), schema, vec![Arc::new(texts), Arc::new(tags)]);
    replace(&path, "caf__", b"caf\xe9!");
    let rows = ParquetTable::open(&path).unwrap().rows(&[0, 1]).unwrap();
    let cells: Vec<_> = rows.map(|row| row.unwrap().cells).collect();
    let text = |text: &str| Cell::Text(text.to_owned());
    let error = CorpusRowError::InvalidUtf8InColumn {
        column: "text".to_owned(),
    };
    assert_eq!(
        cells,
        [
            Ok(vec![text("good"), text("a")]),
            Err(InvalidRow {
                error,
                cells: vec![Cell::Null, text("b")]
            }),
            Ok(vec![text("bad"), text("a")])
        ]
    );
}
