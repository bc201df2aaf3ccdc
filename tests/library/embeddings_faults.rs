//! Files of word vectors with faults that do not prevent reading them, and ZIP archives.

use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sentiment::embeddings::{
    EmbeddingsError, VectorFile, WordFilter, WordVectors, from_reader, read, read_first,
};
use tempfile::TempDir;
use zip::CompressionMethod::{Deflated, Stored};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const GLOVE: &str = "the 0.5 -1.25\nfilm 1e-3 +2\n";

fn parse(file: impl AsRef<[u8]>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(file.as_ref(), Path::new("v"), None)
}

fn rows(vectors: &WordVectors) -> Vec<(String, Vec<f32>)> {
    let rows = vectors.iter();
    rows.map(|(word, vector)| (word.to_owned(), vector.to_vec()))
        .collect()
}

fn notes(vectors: &WordVectors) -> Vec<String> {
    vectors.notes().iter().map(ToString::to_string).collect()
}

/// Reads a file with and without a filter. The notes must be the same.
#[track_caller]
fn assert_notes(file: impl AsRef<[u8]>, expected: &[&str]) -> WordVectors {
    let vectors = parse(&file).unwrap();
    assert_eq!(notes(&vectors), expected);
    let filter: WordFilter = ["film"].into_iter().collect();
    let some = from_reader(file.as_ref(), Path::new("v"), Some(&filter)).unwrap();
    assert_eq!(notes(&some), expected);
    vectors
}

fn binary(rows: &[(&[u8], [f32; 2])]) -> Vec<u8> {
    let row = |(word, [a, b]): &(&[u8], [f32; 2])| {
        [
            word,
            b" ".as_slice(),
            &a.to_le_bytes(),
            &b.to_le_bytes(),
            b"\n",
        ]
        .concat()
    };
    rows.iter().flat_map(row).collect()
}

fn archive(folder: &TempDir, files: &[(&str, &[u8])]) -> PathBuf {
    let path = folder.path().join("v.zip");
    let mut archive = ZipWriter::new(File::create(&path).unwrap());
    for (index, (name, content)) in files.iter().enumerate() {
        let method = if index % 2 == 0 { Deflated } else { Stored };
        let options = SimpleFileOptions::default().compression_method(method);
        archive.start_file(*name, options).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap();
    path
}

#[test]
fn fields_may_be_separated_by_tabs_and_several_blanks() {
    let expected = rows(&parse(GLOVE).unwrap());
    for (from, to) in [
        (" ", "\t"),
        (" ", "  "),
        (" ", " \t"),
        (" 0.5", "\t0.5"),
        ("\n", "\t\n"),
    ] {
        let file = GLOVE.replace(from, to);
        assert_eq!(rows(&assert_notes(&file, &[])), expected, "{file:?}");
        let with_header = format!("2\t2\n{file}");
        assert_eq!(rows(&assert_notes(with_header, &[])), expected, "{file:?}");
    }
    let spaced = parse("New York\t1\t2\n").unwrap();
    assert_eq!(spaced.words(), ["New York"]);
    let filter: WordFilter = ["a\tb", "New York"].into_iter().collect();
    let file = "New York\t1\t2\na\tb 3 4\n".as_bytes();
    let some = from_reader(file, Path::new("v"), Some(&filter)).unwrap();
    assert_eq!(some.words(), ["New York", "a\tb"]);
}

#[test]
fn blank_lines_are_ignored_and_counted() {
    let expected = rows(&parse(GLOVE).unwrap());
    let (the, film) = GLOVE.split_once('\n').unwrap();
    let film = film.trim_end();
    for (file, note) in [
        (format!("{the}\n{film}\n\n"), "1, first: line 3"),
        (format!("{the}\n\n \t\r\n{film}"), "2, first: line 2"),
        (format!("\n\u{20}\n{the}\n{film}\n"), "2, first: line 1"),
        (format!("2 2\n\n{the}\n\n{film}\n"), "2, first: line 2"),
        (format!("\n2 2\n{the}\n{film}\n\n"), "2, first: line 1"),
        (format!("\u{feff}\r\n{the}\n{film}\n"), "1, first: line 1"),
    ] {
        let note = format!("v: blank lines ignored: {note}");
        assert_eq!(rows(&assert_notes(&file, &[&note])), expected, "{file:?}");
    }
    // More blank lines than are examined to detect the format.
    let many = "\n".repeat(10_000) + GLOVE;
    let vectors = assert_notes(many, &["v: blank lines ignored: 10000, first: line 1"]);
    assert_eq!(rows(&vectors), expected);
    let error = parse("\n2 2\na 1 2\n\nb 1\n").unwrap_err().to_string();
    assert_eq!(
        error,
        "v:5: the vector has dimension 1, but the file's vectors have 2"
    );
    let error = parse("\n\na b\n").unwrap_err().to_string();
    assert!(error.starts_with("v:3: there are no numbers"), "{error}");
}

#[test]
fn a_wrong_number_of_words_is_noted() {
    let expected = rows(&parse(GLOVE).unwrap());
    let binary = binary(&[(b"the", [0.5, -1.25]), (b"film", [1e-3, 2.0])]);
    for declared in [0, 1, 3, u64::MAX] {
        let note = format!("v: the header declares {declared} words; the file has 2");
        let header = format!("{declared} 2\n");
        let text = assert_notes(header.clone() + GLOVE, &[&note]);
        assert_eq!(rows(&text), expected);
        let binary = assert_notes([header.as_bytes(), &binary].concat(), &[&note]);
        assert_eq!(rows(&binary), expected);
    }
    // Numbers without control characters, so that the bytes must be told from text.
    let rows = [(b"film".as_slice(), [0.924, -0.882])];
    let printable = [b"7 2\n".as_slice(), &self::binary(&rows)].concat();
    assert!(
        printable
            .iter()
            .all(|byte| !byte.is_ascii_control() || *byte == b'\n')
    );
    let vectors = assert_notes(
        printable,
        &["v: the header declares 7 words; the file has 1"],
    );
    assert_eq!(vectors.get("film"), Some([0.924, -0.882].as_slice()));
}

#[test]
fn text_that_is_not_utf_8_is_read_as_windows_1252() {
    let file = b"the 1 2\n\ncaf\xe9 3 4\nbeau caf\xe9 5 6\nfilm 7 8\n\x80 9 9\n";
    let vectors = assert_notes(
        file,
        &[
            "v: blank lines ignored: 1, first: line 2",
            "v: words that are not UTF-8, read as Windows-1252: 3, first: line 3",
        ],
    );
    assert_eq!(vectors.words(), ["the", "café", "beau café", "film", "€"]);
    assert_eq!(vectors.get("café"), Some([3.0, 4.0].as_slice()));
    let filter: WordFilter = ["café", "beau café"].into_iter().collect();
    let some = from_reader(file.as_slice(), Path::new("v"), Some(&filter)).unwrap();
    assert_eq!(some.words(), ["café", "beau café"]);
}

#[test]
fn binary_words_that_are_not_utf_8_are_skipped() {
    let rows = [
        (b"the".as_slice(), [0.5, 1.0]),
        (b"caf\xc3", [f32::NAN, 1.0]),
        (b"film", [2.0, 3.0]),
        (b"\xff", [2.0, 3.0]),
    ];
    let file = [b"4 2\n".as_slice(), &binary(&rows)].concat();
    let note = "v: words that are not UTF-8, skipped: 2, first: word 2";
    let vectors = assert_notes(file, &[note]);
    assert_eq!(vectors.words(), ["the", "film"]);
    let nothing = [b"1 2\n".as_slice(), &binary(&rows[1..2])].concat();
    let error = parse(nothing).unwrap_err().to_string();
    assert_eq!(error, "v: the file contains no word vectors");
}

#[test]
fn a_cut_last_row_is_an_error_whatever_the_filter() {
    let filter: WordFilter = ["film"].into_iter().collect();
    for (file, message) in [
        (
            "film 1 2\nthe 1",
            "v:2: the vector has dimension 1, but the file's vectors have 2",
        ),
        (
            "9 2\nfilm 1 2\n\nth",
            "v:4: the vector has dimension 0, but the file's vectors have 2",
        ),
        ("film 1 2\nthe 1 -", "v:2: \"-\" is not a number"),
    ] {
        for filter in [None, Some(&filter)] {
            let error = from_reader(file.as_bytes(), Path::new("v"), filter).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}

#[test]
fn the_only_file_of_an_archive_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let expected = rows(&parse(GLOVE).unwrap());
    let binary = binary(&[(b"the", [0.5, -1.25]), (b"film", [1e-3, 2.0])]);
    let binary = [b"2 2\n".as_slice(), &binary].concat();
    let zstd = zstd::encode_all(GLOVE.as_bytes(), 1).unwrap();
    for content in [GLOVE.as_bytes(), &binary, &zstd] {
        let hidden: &[u8] = b"hidden";
        let files = [
            ("glove/", b"".as_slice()),
            ("glove/v.txt", content),
            ("__MACOSX/glove/._v.txt", hidden),
            ("glove/.DS_Store", hidden),
        ];
        for files in [&files[..], &[("v", content)]] {
            let path = archive(&folder, files);
            assert_eq!(rows(&read(&path, None).unwrap()), expected);
            assert_eq!(read_first(&path, 1).unwrap().words(), ["the"]);
        }
    }
    let path = archive(&folder, &[("v.txt", b"a 1\nb\n")]);
    let error = read(&path, None).unwrap_err().to_string();
    let position = format!("{}/v.txt:2: ", path.display());
    assert!(error.starts_with(&position), "{error}");
}

#[test]
fn a_member_selects_a_file_of_an_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(
        &folder,
        &[("2d.txt", GLOVE.as_bytes()), ("1d.txt", b"the 1\n\n")],
    );
    let read = |path: &Path, member: Option<&str>| {
        let member = member.map(str::to_owned);
        let path = path.to_owned();
        VectorFile { path, member }.read(None)
    };
    assert_eq!(read(&path, Some("2d.txt")).unwrap().dimension(), 2);
    let one = read(&path, Some("1d.txt")).unwrap();
    let note = format!(
        "{}/1d.txt: blank lines ignored: 1, first: line 2",
        path.display()
    );
    assert_eq!((one.dimension(), notes(&one)), (1, vec![note]));

    let fails = |path: &Path, member, message: &str| {
        let error = read(path, member).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {message}", path.display()));
    };
    let several = "the ZIP archive contains 2 files: 2d.txt, 1d.txt";
    fails(&path, None, several);
    let absent = "the ZIP archive has no file \"3d.txt\"; it contains 2d.txt, 1d.txt";
    fails(&path, Some("3d.txt"), absent);
    fails(
        &archive(&folder, &[]),
        None,
        "the ZIP archive contains no files",
    );
    let text = folder.path().join("v.txt");
    fs::write(&text, GLOVE).unwrap();
    let other = "the file is not a ZIP archive, so it does not contain \"1d.txt\"";
    fails(&text, Some("1d.txt"), other);
}

#[test]
fn damaged_archives_and_archives_in_streams_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(&folder, &[("v.txt", GLOVE.as_bytes())]);
    let content = fs::read(&path).unwrap();
    let stream = "v: a ZIP archive must be a file, not compressed and not a pipe";
    assert_eq!(parse(&content).unwrap_err().to_string(), stream);

    fs::write(&path, &content[..content.len() - 30]).unwrap();
    let error = read(&path, None).unwrap_err().to_string();
    assert!(
        error.contains(": the ZIP archive cannot be read: "),
        "{error}"
    );

    // The checksum shows a changed byte of a stored file.
    let path = archive(&folder, &[("a/", b""), ("v.txt", GLOVE.as_bytes())]);
    let mut content = fs::read(&path).unwrap();
    let at = content
        .windows(3)
        .position(|bytes| bytes == b"0.5")
        .unwrap();
    content[at] = b'1';
    fs::write(&path, content).unwrap();
    let error = read(&path, None).unwrap_err().to_string();
    assert!(error.contains("checksum"), "{error}");
}

#[test]
fn a_large_archive_is_not_held_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.zip");
    let mut archive = ZipWriter::new(File::create(&path).unwrap());
    let options = SimpleFileOptions::default().compression_method(Deflated);
    archive.start_file("v.txt", options).unwrap();
    let lines = Cursor::new("film 1\n").chain(std::io::repeat(b'\n').take(1 << 26));
    std::io::copy(&mut { lines }, &mut archive).unwrap();
    archive.finish().unwrap();
    let vectors = read(&path, None).unwrap();
    assert_eq!(vectors.words(), ["film"]);
}

proptest! {
    #[test]
    fn no_archive_panics(at in 0usize..200, byte in any::<u8>(), cut in 0usize..200) {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(&folder, &[("v.txt", GLOVE.as_bytes())]);
        let mut content = fs::read(&path).unwrap();
        let at = at.min(content.len() - 1);
        content[at] = byte;
        fs::write(&path, &content).unwrap();
        let _ = read(&path, None);
        content.truncate(cut);
        fs::write(&path, &content).unwrap();
        let _ = read(&path, None);
    }
}
