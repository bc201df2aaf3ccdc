//! The fuzz targets. `tests/library/fuzz_corpora.rs` runs them on the saved corpora.

use std::fs;
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::OnceLock;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{
    self, CorpusError, CorpusOptions, Format, IpcTable, ParquetTable, Record, SpreadsheetTable,
};
use sentiment::embeddings::{self, Benchmark};
use sentiment::files;
use sentiment::import::{Framework, ImportRequest};
use sentiment::model::{ModelLocation, Pooling};
use sentiment::serve::{self, Limits};
use sentiment::text::{Preprocessor, PreprocessorConfig, StopwordList, Tokenizer, Tokens};

/// The maximum decompressed size of an input in bytes.
const MAX_UNPACKED_BYTES: u64 = 1 << 20;

/// The saved model in which the target `model` replaces a file.
const MODEL: [(&str, &[u8]); 4] = [
    (
        "config.json",
        include_bytes!("../../tests/fixtures/models/version_3/config.json"),
    ),
    (
        "vocabulary.txt",
        include_bytes!("../../tests/fixtures/models/version_3/vocabulary.txt"),
    ),
    (
        "model.safetensors",
        include_bytes!("../../tests/fixtures/models/version_3/model.safetensors"),
    ),
    (
        "ngrams.bin",
        include_bytes!("../../tests/fixtures/models/version_3/ngrams.bin"),
    ),
];

/// Tokenizes a text with a preprocessor of each kind. Spans must be in order and on character boundaries.
pub fn tokenizer(data: &[u8]) {
    static PREPROCESSORS: OnceLock<Vec<Preprocessor>> = OnceLock::new();
    let preprocessors = PREPROCESSORS.get_or_init(|| {
        let of = |stopwords, stem, redact| {
            let config = PreprocessorConfig {
                stopwords,
                stem,
                redact,
                number_token: redact,
                ..PreprocessorConfig::default()
            };
            Preprocessor::new(config).expect("English has stopwords and stems")
        };
        let mut all = vec![
            of(StopwordList::None, false, false),
            of(StopwordList::None, false, true),
            of(StopwordList::NegationSafe, false, false),
            of(StopwordList::Nltk, true, false),
        ];
        all.extend(Tokenizer::ALL.into_iter().filter_map(|tokenizer| {
            let config = PreprocessorConfig {
                tokenizer,
                language: "fr".into(),
                stopwords: StopwordList::None,
                fold_width: true,
                ..PreprocessorConfig::default()
            };
            // A program may be built without some of them.
            Preprocessor::new(config).ok()
        }));
        all
    });
    let text = String::from_utf8_lossy(data);
    let mut tokens = Tokens::default();
    for preprocessor in preprocessors {
        preprocessor.tokenize(&text, &mut tokens);
        let mut end = 0;
        for token in tokens.iter() {
            assert!(!token.text.is_empty() && !token.word.is_empty());
            // If an HTML entity gives two tokens, the second has an empty span.
            assert!(end <= token.span.start && token.span.start <= token.span.end);
            assert!(text.get(token.span.clone()).is_some());
            end = token.span.end;
        }
        // The length decides which words are known.
        let rank = |word: &str| (!word.len().is_multiple_of(3)).then_some(word.len() as u32);
        preprocessor.tokenize_known(&text, &mut tokens, rank);
        let mut start = 0;
        for token in tokens.iter() {
            assert!(start <= token.span.start && token.span.start <= token.span.end);
            assert!(text.get(token.span.clone()).is_some());
            start = token.span.start;
        }
    }
}

/// Reads a corpus. The first byte selects the format and whether bad rows are skipped.
pub fn corpus(data: &[u8]) {
    let Some((&kind, content)) = data.split_first() else {
        return;
    };
    let formats = [
        Format::Csv,
        Format::Tsv,
        Format::Json,
        Format::FastText,
        Format::Lines,
    ];
    let format = formats[usize::from(kind) % formats.len()];
    let options = CorpusOptions {
        skip_bad_rows: kind >= 128,
        ..CorpusOptions::default()
    };
    let name = Path::new("fuzzed");
    let open = || unpacked(content).map(|reader| Box::new(BufReader::new(reader)) as Box<_>);
    let (Ok(texts), Ok(labelled)) = (open(), open()) else {
        return;
    };
    if let Ok(rows) = corpus::texts_from_reader(texts, name, format, &options) {
        rows.for_each(drop);
    }
    if let Ok(examples) = corpus::labelled_from_reader(labelled, name, format, &options) {
        for example in examples.flatten() {
            assert!(!example.label.trim().is_empty());
        }
    }
}

/// Reads a table. The first byte selects the format.
pub fn table(data: &[u8]) {
    let Some((&kind, content)) = data.split_first() else {
        return;
    };
    let mut file = tempfile::NamedTempFile::new().expect("a file for the input");
    file.write_all(content).expect("room for the input");
    let path = file.path();
    let all = |columns: &[corpus::Column]| (0..columns.len()).collect::<Vec<_>>();
    match kind % 3 {
        0 => {
            if let Ok(table) = ParquetTable::open(path) {
                let columns = all(table.columns());
                table
                    .rows(&columns)
                    .into_iter()
                    .for_each(|rows| drain(rows, columns.len()));
            }
        }
        1 => {
            if let Ok(table) = IpcTable::open(path) {
                let columns = all(table.columns());
                table
                    .rows(&columns)
                    .into_iter()
                    .for_each(|rows| drain(rows, columns.len()));
            }
        }
        _ => {
            if let Ok(table) = SpreadsheetTable::open(path, None) {
                let columns = all(table.columns());
                drain(table.rows(&columns), columns.len());
            }
        }
    }
}

/// Reads rows, each of which has a cell for each column or an error.
fn drain(rows: impl Iterator<Item = Result<Record, CorpusError>>, columns: usize) {
    // A column without data can have two billion nulls.
    for record in rows.take(100_000).flatten() {
        assert!(record.cells.is_err() || record.cells.is_ok_and(|cells| cells.len() == columns));
    }
}

/// Reads word vectors in any format, and a benchmark for word vectors.
pub fn embeddings(data: &[u8]) {
    let name = Path::new("fuzzed");
    let read = unpacked(data).map(|reader| embeddings::from_reader(reader, name, None));
    if let Ok(Ok(vectors)) = read {
        let dimension = vectors.dimension();
        assert!((1..=embeddings::MAX_DIMENSION).contains(&dimension));
        for (_, vector) in vectors.iter() {
            assert!(vector.len() == dimension && vector.iter().all(|number| number.is_finite()));
        }
    }
    let folder = tempfile::tempdir().expect("a folder for the input");
    let file = folder.path().join("questions");
    fs::write(&file, data).expect("room for the input");
    // Errors are fine.
    let _ = Benchmark::read(&file);
    if data.starts_with(b"PK") {
        let _ = embeddings::read(&file, None);
    }
}

/// Loads a saved model and predicts with it. The first byte selects the file; the other bytes replace its content.
pub fn model(data: &[u8]) {
    let Some((&which, content)) = data.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder for the model");
    for (index, (name, original)) in MODEL.iter().enumerate() {
        let replaced = usize::from(which) % MODEL.len() == index;
        let content = if replaced { content } else { original };
        fs::write(folder.path().join(name), content).expect("room for the model");
    }
    if let Ok(classifier) = Classifier::load(folder.path(), &Device::Cpu) {
        let texts = ["the acting is wonderful", "", "an awful plot & bad acting"];
        // Huge weights may overflow, which must be an error and not a crash.
        if let Ok(predictions) = classifier.predict(&texts) {
            assert_eq!(predictions.len(), texts.len());
        }
    }
}

/// Reads an archive of a model and predicts with it. Bytes that are not compressed are taken for the content of one.
pub fn archive(data: &[u8]) {
    const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
    let folder = tempfile::tempdir().expect("a folder for the archive");
    let path = folder.path().join("model.sentiment");
    let content = match data.starts_with(&ZSTD_MAGIC) {
        true => data.to_vec(),
        false => zstd::encode_all(data, 1).expect("memory takes all bytes"),
    };
    fs::write(&path, content).expect("room for the archive");
    if let Ok(classifier) = Classifier::open(&ModelLocation::Archive(path), &Device::Cpu) {
        // Errors are fine.
        let _ = classifier.predict(&["the acting is wonderful", ""]);
    }
    let files = fs::read_dir(folder.path()).expect("the folder is there");
    assert_eq!(files.count(), 1, "reading an archive writes no file");
}

/// Imports a classifier of Keras or PyTorch, by the first byte.
pub fn import(data: &[u8]) {
    let Some((&framework, content)) = data.split_first() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder for the files");
    let weights = folder.path().join("weights");
    let vocabulary = folder.path().join("tokens.txt");
    fs::write(&weights, content).expect("room for the weights");
    fs::write(&vocabulary, "<pad>\n<unk>\ngood\n").expect("room for the tokens");
    let request = ImportRequest {
        framework: match framework.is_multiple_of(2) {
            true => Framework::Keras,
            false => Framework::Pytorch,
        },
        weights: &weights,
        vocabulary: &vocabulary,
        unknown: None,
        labels: None,
        pooling: Some(Pooling::Last),
        tokenizer: Tokenizer::default(),
        max_length: 100,
    };
    let out = folder.path().join("model");
    if sentiment::import::import(&request, &out).is_ok() {
        let classifier = Classifier::load(&out, &Device::Cpu).expect("an imported model is whole");
        let _ = classifier.predict(&["good", ""]);
    }
}

/// Reads a request. The first line is the path, the rest is the body.
pub fn request(data: &[u8]) {
    let end = data
        .iter()
        .position(|&byte| byte == b'\n')
        .unwrap_or(data.len());
    let (path, body) = data.split_at(end);
    let limits = Limits {
        max_instances: 8,
        max_characters: 64,
        ..Limits::default()
    };
    let path = String::from_utf8_lossy(path);
    if let Ok(texts) = serve::read_request(&path, body.get(1..).unwrap_or_default(), &limits) {
        assert!((1..=8).contains(&texts.len()));
        assert!(texts.iter().all(|text| text.chars().count() <= 64));
    }
}

/// Like [`files::decompress`], limited to [`MAX_UNPACKED_BYTES`] bytes.
fn unpacked(data: &[u8]) -> io::Result<impl Read + Send + use<>> {
    Ok(files::decompress(Cursor::new(data.to_vec()))?.take(MAX_UNPACKED_BYTES))
}
