use std::fs;
use std::io::Cursor;
use std::path::Path;

use arrow_array::{Int64Array, StringArray};
use arrow_schema::{DataType, Field};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use super::super::table_fixtures::{Expected, fixture, hold, mutations, rows};
use super::super::{CellKind, MAX_ROW_BYTES};
use super::*;

fn parquet(path: &Path, columns: &[usize]) -> Result<Vec<Vec<Cell>>, CorpusError> {
    let rows = ParquetTable::open(path)?.rows(columns)?;
    rows.map(|record| Ok(record?.cells.unwrap())).collect()
}

fn ipc(path: &Path, columns: &[usize]) -> Result<Vec<Vec<Cell>>, CorpusError> {
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
        Err(CorpusRowError::ClassIndex {
            column: "label".to_owned(),
            index,
            classes: 2,
        })
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
            Err(CorpusRowError::TooLong),
            Ok(vec![Cell::Text("short".to_owned())])
        ]
    );
}

#[test]
fn a_truncated_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "reviews.none.parquet",
        "reviews.file.arrow",
        "types.parquet",
    ] {
        let whole = fs::read(fixture(name)).unwrap();
        // The footer of an Arrow file is not read.
        let end = whole
            .windows(8)
            .rposition(|bytes| bytes == [255, 255, 255, 255, 0, 0, 0, 0]);
        for length in (0..end.unwrap_or(whole.len())).step_by(7) {
            let path = folder.path().join(name);
            fs::write(&path, &whole[..length]).unwrap();
            let result = match name.ends_with("parquet") {
                true => parquet(&path, &[0]),
                false => ipc(&path, &[0]),
            };
            assert!(result.is_err(), "{name}: {length} bytes");
        }
    }
}

#[test]
fn damaged_parquet_files_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    for name in [
        "reviews.none",
        "reviews.gzip",
        "reviews.zstd",
        "reviews.byte",
        "reviews.length",
        "types",
    ] {
        for damaged in mutations(&format!("{name}.parquet"), 400) {
            fs::write(&path, damaged).unwrap();
            if let Ok(table) = ParquetTable::open(&path) {
                let columns: Vec<_> = (0..table.columns().len()).collect();
                table.rows(&columns).into_iter().for_each(hold);
            }
        }
    }
}

#[test]
fn damaged_ipc_files_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged");
    for name in [
        "reviews.zstd.arrow",
        "reviews.feather",
        "reviews.dictionary.stream.arrow",
        "types.stream.arrow",
    ] {
        for damaged in mutations(name, 400) {
            fs::write(&path, damaged).unwrap();
            if let Ok(table) = IpcTable::open(&path) {
                let columns: Vec<_> = (0..table.columns().len()).collect();
                table.rows(&columns).into_iter().for_each(hold);
            }
        }
    }
}

/// Changes bytes of a fixture, which must occur in it exactly once.
fn replaced(name: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut file = fs::read(fixture(name)).unwrap();
    let found: Vec<_> = (0..file.len())
        .filter(|start| file[*start..].starts_with(from))
        .collect();
    assert_eq!(found.len(), 1, "{name}");
    file.splice(found[0]..found[0] + from.len(), to.iter().copied());
    file
}

#[test]
fn a_compressed_buffer_cannot_claim_more_than_a_gibibyte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claims.feather");
    // The eight labels of 8 bytes each.
    let prefix = 64_i64.to_le_bytes();
    fs::write(
        &path,
        replaced("reviews.feather", &prefix, &(1_i64 << 45).to_le_bytes()),
    )
    .unwrap();
    let error = ipc(&path, &[0, 1]).unwrap_err().to_string();
    assert!(error.contains("decompresses to more than 1 GiB"), "{error}");
}

fn cell(kind: CellKind) -> BoxedStrategy<Cell> {
    let value = match kind {
        CellKind::Text => any::<String>().prop_map(Cell::Text).boxed(),
        CellKind::Json => any::<Vec<i8>>()
            .prop_map(|list| Cell::Json(format!("{list:?}")))
            .boxed(),
        CellKind::Integer => any::<i64>().prop_map(Cell::Integer).boxed(),
        CellKind::Float => any::<f64>().prop_map(Cell::Float).boxed(),
        CellKind::Boolean => any::<bool>().prop_map(Cell::Boolean).boxed(),
    };
    prop_oneof![1 => Just(Cell::Null), 4 => value].boxed()
}

const KINDS: [CellKind; 5] = [
    CellKind::Text,
    CellKind::Json,
    CellKind::Integer,
    CellKind::Float,
    CellKind::Boolean,
];

fn columns() -> Vec<Column> {
    KINDS
        .map(|kind| Column {
            name: format!("{kind:?}"),
            kind,
        })
        .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_is_read(table in prop::collection::vec(KINDS.map(cell), 0..40)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        let mut writer = ParquetWriter::new(fs::File::create(&path).unwrap(), &columns()).unwrap();
        for row in &table {
            writer.write(row).unwrap();
        }
        writer.finish().unwrap();
        let read = rows(ParquetTable::open(&path).unwrap().rows(&[0, 1, 2, 3, 4]).unwrap());
        prop_assert_eq!(read.len(), table.len());
        for (read, written) in read.iter().zip(&table) {
            for (read, written) in read.iter().zip(written) {
                match (read, written) {
                    (Cell::Float(read), Cell::Float(written)) => prop_assert_eq!(read.to_bits(), written.to_bits()),
                    // JSON is written as text.
                    (Cell::Text(read), Cell::Json(written)) => prop_assert_eq!(read, written),
                    _ => prop_assert_eq!(read, written),
                }
            }
        }
    }
}

#[test]
fn a_large_table_is_written_in_several_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.parquet");
    let mut writer =
        ParquetWriter::new(fs::File::create(&path).unwrap(), &columns()[2..3]).unwrap();
    for number in 0..300_000 {
        writer.write(&[Cell::Integer(number)]).unwrap();
    }
    writer.finish().unwrap();
    let metadata = parquet::file::metadata::ParquetMetaDataReader::new()
        .parse_and_finish(&fs::File::open(&path).unwrap())
        .unwrap();
    assert!(metadata.num_row_groups() > 2);
    let expected = (0..300_000).map(|number| vec![Cell::Integer(number)]);
    assert!(
        rows(ParquetTable::open(&path).unwrap().rows(&[0]).unwrap())
            .into_iter()
            .eq(expected)
    );
}

#[test]
fn a_cell_of_another_kind_is_an_error_that_names_the_column() {
    let mut writer = ParquetWriter::new(Cursor::new(Vec::new()), &columns()).unwrap();
    let null = Cell::Null;
    let row = [
        null.clone(),
        null.clone(),
        Cell::Float(1.0),
        null.clone(),
        null,
    ];
    let error = writer.write(&row).unwrap_err().to_string();
    assert_eq!(
        error,
        r#"the column "Integer" has cells of kind Integer; found Float(1.0)"#
    );
    let error = writer.write(&row[..2]).unwrap_err().to_string();
    assert_eq!(error, "the row has 2 cells; the table has 5 columns");
}
