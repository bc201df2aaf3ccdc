//! Reading word vectors: all formats return the same vectors, and invalid files a clear error.

use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use rustc_hash::FxHashSet;
use sentiment::embeddings::{
    ALIASES, EmbeddingsError, MAX_DIMENSION, MAX_ROW_BYTES, WordFilter, WordVectors, coverage,
    from_reader, nearest, read, sample,
};

const GLOVE: &str = "the 0.5 -1.25\nfilm 1e-3 +2\n";

fn parse(file: impl AsRef<[u8]>) -> Result<WordVectors, EmbeddingsError> {
    from_reader(file.as_ref(), Path::new("vectors"), None)
}

fn parse_filtered(file: &str, words: &[&str]) -> Result<WordVectors, EmbeddingsError> {
    let filter: WordFilter = words.iter().copied().collect();
    from_reader(file.as_bytes(), Path::new("vectors"), Some(&filter))
}

fn rows(vectors: &WordVectors) -> Vec<(String, Vec<f32>)> {
    let rows = vectors.iter();
    rows.map(|(word, vector)| (word.to_owned(), vector.to_vec()))
        .collect()
}

#[track_caller]
fn assert_error(file: impl AsRef<[u8]>, message: &str) {
    assert_eq!(parse(file).unwrap_err().to_string(), message);
}

fn text(rows: &[(String, Vec<f32>)], row_end: &str) -> Vec<u8> {
    let mut file = String::new();
    for (word, vector) in rows {
        file += word;
        vector
            .iter()
            .for_each(|number| file += &format!(" {number}"));
        file += row_end;
    }
    file.into_bytes()
}

fn binary(rows: &[(String, Vec<f32>)], row_end: &str) -> Vec<u8> {
    let mut file = Vec::new();
    for (word, vector) in rows {
        file.extend(format!("{word} ").bytes());
        vector
            .iter()
            .for_each(|number| file.extend(number.to_le_bytes()));
        file.extend(row_end.bytes());
    }
    file
}

fn with_header(rows: &[(String, Vec<f32>)], mut file: Vec<u8>) -> Vec<u8> {
    let header = format!("{} {}\n", rows.len(), rows[0].1.len());
    file.splice(0..0, header.bytes());
    file
}

fn gzip(file: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(file).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &tempfile::TempDir, name: &str, file: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, file).unwrap();
    path
}

#[test]
fn reads_glove_text() {
    let vectors = parse(GLOVE).unwrap();
    assert_eq!(vectors.words(), ["the", "film"]);
    assert_eq!((vectors.len(), vectors.dimension()), (2, 2));
    assert_eq!(vectors.get("the"), Some([0.5, -1.25].as_slice()));
    assert_eq!(vectors.get("film"), Some([0.001, 2.0].as_slice()));
    assert_eq!(vectors.get("a"), None);
}

#[test]
fn detects_a_header() {
    let expected = rows(&parse(GLOVE).unwrap());
    let word2vec = format!("2 2\n{GLOVE}");
    assert_eq!(rows(&parse(word2vec).unwrap()), expected);
    let number_as_word = parse("2 0.5 1\n3 2 1\n").unwrap();
    assert_eq!(number_as_word.words(), ["2", "3"]);
}

#[test]
fn accepts_line_ends_and_byte_order_marks_of_other_programs() {
    let expected = rows(&parse(GLOVE).unwrap());
    for row_end in ["\r\n", " \n", "\n"] {
        assert_eq!(
            rows(&parse(GLOVE.replace('\n', row_end)).unwrap()),
            expected
        );
    }
    assert_eq!(rows(&parse(GLOVE.trim_end()).unwrap()), expected);
    let with_mark = format!("\u{feff}{GLOVE}");
    assert_eq!(rows(&parse(with_mark).unwrap()), expected);
    let with_mark_and_header = format!("\u{feff}2 2\n{GLOVE}");
    assert_eq!(rows(&parse(with_mark_and_header).unwrap()), expected);
}

#[test]
fn a_word_may_contain_spaces() {
    let file = ". . . 0.5 1\nat name@domain.com 2 3\n1 2/3 4 5\n";
    let vectors = parse(file).unwrap();
    assert_eq!(vectors.words(), [". . .", "at name@domain.com", "1 2/3"]);
    assert_eq!(vectors.get("1 2/3"), Some([4.0, 5.0].as_slice()));
    let filtered = parse_filtered(file, &["at name@domain.com", "1 3"]).unwrap();
    assert_eq!(filtered.words(), ["at name@domain.com"]);
}

#[test]
fn keeps_the_first_vector_of_a_repeated_word() {
    let vectors = parse("a 1\nb 2\na 3\n").unwrap();
    assert_eq!(
        rows(&vectors),
        [("a".into(), vec![1.0]), ("b".into(), vec![2.0])]
    );
}

#[test]
fn keeps_only_the_filters_words_and_aliases() {
    let file = "the 1 2\nnot 3 4\nfilm 5 6\nam 7 8\n";
    let vectors = parse_filtered(file, &["film", "n't", "absent"]).unwrap();
    assert_eq!(vectors.words(), ["not", "film"]);
    assert_eq!(vectors.get("n't"), Some([3.0, 4.0].as_slice()));
    let none = parse_filtered(file, &["absent"]).unwrap();
    assert!(none.is_empty());
    assert_eq!(none.dimension(), 2);
}

#[test]
fn rows_that_the_filter_drops_are_counted_but_not_checked() {
    let file = "a 1 2\nb 1 x\nc 1\nd \n e\nf 5 6\n";
    assert_eq!(parse_filtered(file, &["a", "f"]).unwrap().len(), 2);
    let error = parse_filtered(&format!("{file}g 7"), &["a", "g"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "vectors:7: the vector has dimension 1, but the file's vectors have 2"
    );
}

#[test]
fn names_the_line_of_a_ragged_row() {
    assert_error(
        "a 1 2\nb 1\n",
        "vectors:2: the vector has dimension 1, but the file's vectors have 2",
    );
    assert_error(
        "a 1 2\nb 0.5 1 2\n",
        "vectors:2: the vector has dimension 3, but the file's vectors have 2",
    );
    assert_error(
        "a 1 2\n\nb\n",
        "vectors:3: the vector has dimension 0, but the file's vectors have 2",
    );
}

#[test]
fn names_the_line_of_a_bad_number() {
    assert_error("a 1 2\nb 1 x\n", "vectors:2: \"x\" is not a number");
    assert_error("a 1 2\nb 1 2.5.0\n", "vectors:2: \"2.5.0\" is not a number");
    assert_error("a 0.1 ? 2\n", "vectors:1: \"?\" is not a number");
    assert_error("a 1 nan\n", "vectors:1: nan is not a finite number");
    assert_error("1 1\na inf\n", "vectors:2: inf is not a finite number");
    assert_error("a 1\nb -1e99\n", "vectors:2: -1e99 is not a finite number");
}

#[test]
fn names_the_line_of_a_bad_word() {
    assert_error(
        "a 1\n 2\n",
        "vectors:2: there is no word before the numbers",
    );
}

#[test]
fn rejects_other_files() {
    let no_vector = "vectors:1: there are no numbers after the word; a line of word vectors is a \
                     word and its numbers, separated by spaces or tabs";
    assert_error("text,label\na good film,positive\n", no_vector);
    for empty in ["", "\n", " \r\n\t\n  ", "0 100\n"] {
        assert_error(empty, "vectors: the file contains no word vectors");
    }
}

#[test]
fn rejects_a_dimension_that_does_not_match_the_rows() {
    assert_error(
        "1 3\na 1 2\n",
        "vectors:2: the vector has dimension 2, but the file's vectors have 3",
    );
    assert_error(
        "1 0\na\n",
        "vectors:1: the vector dimension 0 is not supported; the range is 1 to 16384",
    );
    assert_error(
        "1 18446744073709551615\na 1\n",
        "vectors:1: the vector dimension 18446744073709551615 is not supported; the range is 1 to 16384",
    );
    let wide = format!("a{}\n", " 1".repeat(MAX_DIMENSION + 1));
    assert_error(
        wide,
        "vectors:1: the vector dimension 16385 is not supported; the range is 1 to 16384",
    );
}

#[test]
fn rejects_an_endless_line() {
    let endless = || io::repeat(b'1').take(100 << 20);
    let error = |file: Box<dyn Read + Send>| from_reader(file, Path::new("vectors"), None);
    let message = format!("the row is longer than {MAX_ROW_BYTES} bytes");
    assert_eq!(
        error(Box::new(endless())).unwrap_err().to_string(),
        format!("vectors:1: {message}")
    );
    let later = Cursor::new("a 1\nb 2\n").chain(endless());
    assert_eq!(
        error(Box::new(later)).unwrap_err().to_string(),
        format!("vectors:3: {message}")
    );
    // The limit also holds for dropped rows: finding the end would need 100 MiB of memory.
    let filter = WordFilter::default();
    let later = Cursor::new("a 1\n").chain(endless());
    let error = from_reader(later, Path::new("vectors"), Some(&filter)).unwrap_err();
    assert_eq!(error.to_string(), format!("vectors:2: {message}"));
}

#[test]
fn names_the_word_of_an_invalid_binary_row() {
    let rows = [
        ("a".into(), vec![0.5, 1.0]),
        ("b".into(), vec![2.0, f32::NAN]),
    ];
    let file = with_header(&rows, binary(&rows, ""));
    assert_error(&file, "vectors: word 2: NaN is not a finite number");
    assert_error(
        &file[..file.len() - 1],
        "vectors: word 2: the file ends in the middle of the vector",
    );
}

#[test]
fn detects_a_truncated_compressed_file() {
    let folder = tempfile::tempdir().unwrap();
    let numbers: Vec<String> = (0..5000).map(|i| format!("word{i} {}\n", i * i)).collect();
    let compressed = gzip(numbers.concat().as_bytes());
    let cut = write(&folder, "cut.txt.gz", &compressed[..compressed.len() / 2]);
    let error = read(&cut, None).unwrap_err();
    assert!(
        matches!(error, EmbeddingsError::Truncated { .. }),
        "{error}"
    );
    let message = error.to_string();
    let (position, reason) = message.split_once(": ").unwrap();
    assert_eq!(reason, "the compressed file is truncated");
    let line: usize = position
        .strip_prefix(&format!("{}:", cut.display()))
        .unwrap()
        .parse()
        .unwrap();
    assert!((1000..5000).contains(&line), "{line}");
}

#[test]
fn names_a_missing_file() {
    let error = read(Path::new("absent.txt"), None).unwrap_err().to_string();
    assert!(error.starts_with("could not open absent.txt: "), "{error}");
}

#[test]
fn every_alias_has_a_vector_in_the_sample() {
    let vectors = sample(None).unwrap();
    assert_eq!(vectors.dimension(), 50);
    assert!(vectors.len() >= 10_000);
    assert_eq!(vectors.words()[..3], ["the", ",", "."]);
    // GloVe's numbers, rounded to 8 bits: the row's largest magnitude is 4.0071.
    let numbers = [0.418, 0.24968, -0.41242];
    for (number, expected) in vectors.get("the").unwrap().iter().zip(numbers) {
        assert!((number - expected).abs() <= 4.0071 / 254.0 * 1.0001);
    }
    for (word, other) in ALIASES {
        assert!(vectors.get(word).is_some(), "{word}");
        assert!(vectors.get(other).is_some(), "{other}");
    }
}

#[test]
fn coverage_counts_types_and_tokens() {
    let vectors = parse("the 1\nfilm 2\nnot 3\n").unwrap();
    let counts = [
        ("the", 10),
        ("rare", 1),
        ("n't", 4),
        ("good", 3),
        ("bad", 3),
    ];
    let coverage = coverage(&vectors, counts);
    assert_eq!((coverage.types, coverage.covered_types), (5, 2));
    assert_eq!((coverage.tokens, coverage.covered_tokens), (21, 14));
    assert_eq!(coverage.type_share(), 0.4);
    assert_eq!(coverage.token_share(), 14.0 / 21.0);
    let missing = coverage.most_frequent_missing;
    let missing: Vec<(&str, u64)> = missing
        .iter()
        .map(|missing| (missing.word.as_str(), missing.count))
        .collect();
    assert_eq!(missing, [("bad", 3), ("good", 3), ("rare", 1)]);
}

#[test]
fn coverage_of_an_empty_corpus_is_zero() {
    let coverage = coverage(&parse(GLOVE).unwrap(), []);
    assert_eq!((coverage.types, coverage.tokens), (0, 0));
    assert_eq!((coverage.type_share(), coverage.token_share()), (0.0, 0.0));
}

#[test]
fn nearest_sorts_by_cosine_then_file_order() {
    let file = "up 0 2\nright 3 0\nsteep 1 2\nzero 0 0\nhigher 0 5\ndown 0 -1\n";
    let vectors = parse(file).unwrap();
    let words = |word, count| -> Vec<&str> {
        let found = nearest(&vectors, word, count).unwrap();
        found.iter().map(|(word, _)| *word).collect()
    };
    assert_eq!(words("up", 10), ["higher", "steep", "right", "down"]);
    assert_eq!(words("right", 3), ["steep", "up", "higher"]);
    let cosines = nearest(&vectors, "up", 2).unwrap();
    assert_eq!(cosines[0].1, 1.0);
    assert!((cosines[1].1 - 2.0 / 5f32.sqrt()).abs() < 1e-7);
    let huge = parse("a 3e38 3e38\nb 1e-45 1e-45\n").unwrap();
    assert!((nearest(&huge, "a", 1).unwrap()[0].1 - 1.0).abs() < 1e-6);
}

#[test]
fn nearest_rejects_missing_and_zero_vectors() {
    let vectors = parse("a 1\nzero 0\n").unwrap();
    let error = |word| nearest(&vectors, word, 1).unwrap_err().to_string();
    assert_eq!(error("absent"), "there is no vector for \"absent\"");
    assert_eq!(
        error("zero"),
        "the vector of \"zero\" is all zeros: it has no nearest words"
    );
}

#[test]
fn reads_the_real_glove() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/glove.6B.100d.txt.gz");
    if !path.exists() {
        eprintln!("skipped: {} does not exist", path.display());
        return;
    }
    let filter = ["good", "n't", "qwxzzy"]
        .map(String::from)
        .into_iter()
        .collect();
    let vectors = read(&path, Some(&filter)).unwrap();
    assert_eq!((vectors.len(), vectors.dimension()), (2, 100));
    assert_eq!(vectors.get("n't"), vectors.get("not"));
    assert_eq!(vectors.get("good").unwrap()[..2], [-0.030769, 0.11993]);
}

/// Words without whitespace, and numbers whose bytes contain a control character, as most numbers do.
fn some_rows() -> impl Strategy<Value = Vec<(String, Vec<f32>)>> {
    let number = (-1000i16..1000).prop_map(|number| f32::from(number) / 8.0);
    let row = move |dimension| {
        (
            "[a-z'.é字]{1,12}",
            prop::collection::vec(number.clone(), dimension),
        )
    };
    (1usize..6)
        .prop_flat_map(move |dimension| prop::collection::vec(row(dimension), 1..30))
        .prop_map(|mut rows| {
            let mut seen = FxHashSet::default();
            rows.retain(|(word, _)| seen.insert(word.clone()));
            rows
        })
}

proptest! {
    #[test]
    fn all_formats_return_the_same_vectors(expected in some_rows()) {
        let folder = tempfile::tempdir().unwrap();
        let header = |file| with_header(&expected, file);
        let files = [
            ("glove", text(&expected, "\n")),
            ("word2vec text", header(text(&expected, " \n"))),
            ("word2vec binary", header(binary(&expected, "\n"))),
            ("gensim binary", header(binary(&expected, ""))),
        ];
        for (name, file) in files {
            let gzip = gzip(&file);
            let zstd = zstd::encode_all(file.as_slice(), 1).unwrap();
            for content in [file, gzip, zstd] {
                let vectors = read(&write(&folder, name, &content), None).unwrap();
                prop_assert_eq!(rows(&vectors), &expected[..], "{}", name);
            }
        }
    }

    #[test]
    fn no_file_panics(file in prop::collection::vec(any::<u8>(), 0..200), words in 0u8..9, dimension in 0u8..9) {
        let _ = parse(&file);
        let _ = parse([format!("{words} {dimension}\n").as_bytes(), &file].concat());
        let _ = parse([b"a 1 2\n", file.as_slice()].concat());
    }
}
