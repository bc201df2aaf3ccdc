use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::table_fixtures::{Expected, fixture, hold, mutations, rows};
use super::*;

/// Writes a workbook whose first sheet has the given rows of XML.
fn workbook(folder: &Path, sheet_data: &str) -> PathBuf {
    let relation = |id: &str, kind: &str, target: &str| {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="{id}" Type="{base}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        (
            "_rels/.rels",
            relation("r", "officeDocument", "xl/workbook.xml"),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relation("s", "worksheet", "worksheets/sheet1.xml"),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook xmlns="{namespace}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                r#"<worksheet xmlns="{namespace}"><sheetData>{sheet_data}</sheetData></worksheet>"#
            ),
        ),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    let path = folder.join("book.xlsx");
    fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    path
}

fn all(table: SpreadsheetTable) -> Vec<Vec<Cell>> {
    let columns: Vec<_> = (0..table.columns().len()).collect();
    rows(table.rows(&columns))
}

#[test]
fn a_sheet_has_typed_columns() {
    let expected = Expected::read("sheet");
    let table = SpreadsheetTable::open(&fixture("reviews.xlsx"), None).unwrap();
    assert_eq!(
        expected.columns,
        table
            .columns()
            .iter()
            .map(|column| &*column.name)
            .collect::<Vec<_>>()
    );
    let kinds = table.columns().iter().map(|column| column.kind);
    let text = CellKind::Text;
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        [text, text, CellKind::Float, text, CellKind::Boolean]
    );
    assert_eq!(all(table), expected.rows);
}

#[test]
fn locations_have_the_row_numbers_of_excel() {
    let table = SpreadsheetTable::open(&fixture("reviews.xlsx"), None).unwrap();
    let locations: Vec<_> = table
        .rows(&[1])
        .map(|row| row.unwrap().location.to_string())
        .collect();
    assert!(
        locations[0].ends_with("reviews.xlsx: row 2"),
        "{}",
        locations[0]
    );
    // Row 4 is blank.
    assert!(locations[2].ends_with(": row 5"), "{}", locations[2]);
}

#[test]
fn a_sheet_is_chosen_by_name() {
    let table = SpreadsheetTable::open(&fixture("reviews.xlsx"), Some("other")).unwrap();
    assert_eq!(table.columns()[0].name, "not read");
    let error = SpreadsheetTable::open(&fixture("reviews.xlsx"), Some("third"))
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains(r#"no sheet "third"; the sheets are Sheet, other"#),
        "{error}"
    );
}

#[test]
fn whole_numbers_are_integers_and_columns_are_projected() {
    let folder = tempfile::tempdir().unwrap();
    let row = |a: &str, b: &str| {
        format!(r#"<row><c t="inlineStr"><is><t>{a}</t></is></c><c><v>{b}</v></c></row>"#)
    };
    let header = r#"<row><c t="str"><v>text</v></c><c t="str"><v>stars</v></c></row>"#;
    let path = workbook(
        folder.path(),
        &(header.to_owned() + &row("a", "5.0") + &row("b", "-3")),
    );
    let table = SpreadsheetTable::open(&path, None).unwrap();
    assert_eq!(table.columns()[1].kind, CellKind::Integer);
    let text = |text: &str| Cell::Text(text.to_owned());
    let expected = [
        [Cell::Integer(5), text("a")],
        [Cell::Integer(-3), text("b")],
    ];
    assert_eq!(rows(table.rows(&[1, 0])), expected);
}

#[test]
fn a_file_of_another_format_is_an_error() {
    let error = SpreadsheetTable::open(&fixture("reviews.none.parquet"), None)
        .err()
        .unwrap();
    assert!(error.to_string().contains("not an .xlsx file"), "{error}");
    let error = SpreadsheetTable::open(Path::new("absent.xlsx"), None)
        .err()
        .unwrap();
    assert!(matches!(error, CorpusError::File(_)));
}

#[test]
fn a_zip_bomb_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default())
        .unwrap();
    for _ in 0..=SizeLimits::LOCAL.parts >> 20 {
        zip.write_all(&[b' '; 1 << 20]).unwrap();
    }
    zip.finish().unwrap();
    let error = SpreadsheetTable::open(&path, None).err().unwrap();
    let expected = "xl/sharedStrings.xml exceeds the limit of 128 MiB";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn damaged_files_do_not_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.xlsx");
    for damaged in mutations("reviews.xlsx", 300) {
        fs::write(&path, damaged).unwrap();
        if let Ok(table) = SpreadsheetTable::open(&path, None) {
            hold(table.rows(&[0]));
        }
    }
    for cell in [
        r#"<c r="XFE1""#,
        r#"<c r="A99999999999""#,
        r#"<c r="1A""#,
        "<c t=\"s\"",
        "<c s=\"9\"",
    ] {
        let path = workbook(folder.path(), &format!("<row>{cell}><v>7</v></c></row>"));
        if let Ok(table) = SpreadsheetTable::open(&path, None) {
            hold(table.rows(&[]));
        }
    }
}
