//! Tests of the tables that clients of `sentiment serve` upload.

use std::io::{Cursor, Write};

use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::common::server::Server;

fn read(server: &Server, format: &str, content: impl AsRef<[u8]>) -> Value {
    let reply = server.post(&format!("/v1/tables/{format}"), content);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

#[test]
fn a_table_is_read_in_every_format() {
    let server = Server::start("");
    let csv = "date;Comment;stars\n2026-03-01;\"Works; \"\"well\"\"\";5\n2026-03-02;Tears,1\n";
    assert_eq!(
        read(&server, "csv", csv),
        json!({
            "columns": ["date", "Comment", "stars"],
            "has_header": true,
            "text_column": 1,
            "label_column": 2,
            "rows": [["2026-03-01", "Works; \"well\"", "5"], ["2026-03-02", "Tears,1", ""]],
            "lines": [2, 3],
            "invalid": [{"row": 1, "error": "expected 3 fields as in the header, found 2"}],
            "notes": ["table: the delimiter is `;`"],
        })
    );
    let pasted = read(&server, "tsv", "It works very well\t5\nIt tears\t1\n");
    assert_eq!(pasted["has_header"], false);
    assert_eq!(pasted["columns"], json!(["1", "2"]));
    assert_eq!(pasted["rows"][0], json!(["It works very well", "5"]));
    let json = read(
        &server,
        "jsonl",
        "{\"id\": 1, \"text\": \"好\"}\n{\"id\": 2}\n",
    );
    assert_eq!(json["has_header"], Value::Null);
    assert_eq!(json["rows"], json!([["1", "好"], ["2", ""]]));
    let lines = read(&server, "lines", "one\ntwo\n");
    assert_eq!(lines["rows"], json!([["one"], ["two"]]));
    let sheet = std::fs::read("tests/fixtures/tables/reviews.xlsx").unwrap();
    let sheet = read(&server, "xlsx", sheet);
    assert_eq!(sheet["has_header"], true);
    assert!(sheet["text_column"].is_number() && !sheet["rows"].as_array().unwrap().is_empty());
    let log = server.stopped();
    assert!(!log.contains("Works"), "{log}");
}

#[test]
fn a_table_that_cannot_be_read_is_refused() {
    let server = Server::start("--max-body 20000");
    for (format, content, status, part) in [
        ("csv", &b""[..], 400, "table: the corpus is empty"),
        ("csv", &[0; 100], 400, "binary"),
        ("json", b"[{\"text\": \"a\"", 400, "table:1: "),
        ("xlsx", b"text,label", 400, "not an .xlsx file"),
        ("parquet", b"PAR1", 400, "A table is csv"),
        ("docx", b"PK", 400, "A table is csv"),
        ("csv", &[b'a'; 20_001], 413, "more than 20000 bytes"),
    ] {
        let refusal = server.post(&format!("/v1/tables/{format}"), content);
        let refusal = refusal.refusal(status);
        assert!(refusal.contains(part), "{format}: {refusal}");
    }
    assert_eq!(server.get("/v1/tables/csv").status, 405);
}

#[test]
fn a_small_file_is_no_huge_table() {
    let server = Server::start("");
    let cells = ",".repeat(999) + "\n" + &"a\n".repeat(501);
    let refusal = server.post("/v1/tables/csv", cells).refusal(413);
    assert!(refusal.contains("more than 500000 cells"), "{refusal}");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default())
        .unwrap();
    for _ in 0..17 {
        zip.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 100_000);
    let refusal = server.post("/v1/tables/xlsx", bomb).refusal(400);
    assert!(refusal.contains("exceeds the limit of 16 MiB"), "{refusal}");
}

#[test]
fn a_table_that_claims_or_repeats_much_is_refused() {
    let server = Server::start("");
    let namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let strings = |attributes: &str, text: &str| {
        format!(r#"<sst xmlns="{namespace}" {attributes}><si><t>{text}</t></si></sst>"#)
    };
    let claims = workbook(&[(
        "xl/sharedStrings.xml",
        &strings(r#"uniqueCount = "100000000000000000""#, "a"),
    )]);
    let refusal = server.post("/v1/tables/xlsx", claims).refusal(400);
    assert!(refusal.contains("the number of strings"), "{refusal}");

    let row = r#"<row r="1">"#.to_owned() + &r#"<c t="s"><v>0</v></c>"#.repeat(1000) + "</row>";
    let sheet =
        format!(r#"<worksheet xmlns="{namespace}"><sheetData>{row}</sheetData></worksheet>"#);
    let repeats = workbook(&[
        (
            "xl/sharedStrings.xml",
            &strings("", &"long".repeat(1 << 14)),
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ]);
    let refusal = server.post("/v1/tables/xlsx", repeats).refusal(400);
    assert!(refusal.contains("too much text"), "{refusal}");

    let fields: Vec<String> = (0..70_000).map(|field| format!("\"{field}\":0")).collect();
    let object = format!("{{{}}}\n", fields.join(","));
    let refusal = server.post("/v1/tables/jsonl", object).refusal(400);
    assert!(refusal.contains("70000 columns"), "{refusal}");
    let refusal = server
        .post("/v1/tables/jsonl", "1\n".repeat(500_001))
        .refusal(413);
    assert!(refusal.contains("more than"), "{refusal}");
}

/// Returns a workbook with a sheet and these parts.
fn workbook(parts: &[(&str, &str)]) -> Vec<u8> {
    let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="{id}" Type="{base}/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let book = format!(
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{base}"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>"#
    );
    let relations = relation("r", "officeDocument", "xl/workbook.xml");
    let of_book = relation("s", "worksheet", "worksheets/sheet1.xml");
    let fixed = [
        ("_rels/.rels", &*relations),
        ("xl/_rels/workbook.xml.rels", &of_book),
        ("xl/workbook.xml", &book),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in fixed.iter().chain(parts) {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
