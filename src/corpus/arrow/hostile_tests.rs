//! Damaged and hostile files: an error instead of a panic, and no large allocation.

use std::fs;

use super::super::table_fixtures::{fixture, hold, mutations};
use super::tests::{ipc, parquet};
use super::{IpcTable, ParquetTable};

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

/// Changes a Parquet file after it was opened and closed, and returns the error.
fn parquet_error(file: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.parquet");
    fs::write(&path, file).unwrap();
    parquet(&path, &[0, 1]).unwrap_err().to_string()
}

#[test]
fn a_row_group_cannot_claim_rows_that_it_lacks() {
    // `num_rows`, which is 8, and `file_offset` of the row group; the other is 2^40.
    let from = [0x16, 0x10, 0x26, 0x08];
    let to = [0x16, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x26, 0x08];
    let mut file = replaced("reviews.large.parquet", &from, &to);
    let length = file.len() - 8;
    let footer = u32::from_le_bytes(file[length..length + 4].try_into().unwrap());
    let footer = footer + (to.len() - from.len()) as u32;
    file[length..length + 4].copy_from_slice(&footer.to_le_bytes());
    let error = parquet_error(&file);
    assert!(
        error.contains("fewer rows than its header claims"),
        "{error}"
    );
}

#[test]
fn a_page_cannot_claim_more_than_its_limit() {
    let mut file = fs::read(fixture("reviews.snappy.parquet")).unwrap();
    // The first page is a dictionary: type 2, then its size after decompression.
    assert_eq!(file[4..7], [0x15, 0x04, 0x15]);
    let size_bytes = 1 + file[7..].iter().position(|byte| byte & 0x80 == 0).unwrap();
    // 2^31 - 1. The rest of the file moves, but the page comes first.
    file.splice(7..7 + size_bytes, [0xfe, 0xff, 0xff, 0xff, 0x0f]);
    let length = file.len();
    // Takes the bytes away again, so that the footer's offsets hold.
    file.drain(300..300 + 5 - size_bytes);
    assert_eq!(file.len() + 5 - size_bytes, length);
    let error = parquet_error(&file);
    assert!(error.contains("a page claims more than 256 MiB"), "{error}");
}
