//! Word vectors: file formats, corpus coverage, nearest words, analogies, benchmarks and training.
//!
//! Vector files can have gigabytes, but a model needs few of their rows. [`read`] therefore takes a
//! [`WordFilter`] and uses memory only for the selected words.
//!
//! ```
//! use std::path::Path;
//! use sentiment::embeddings;
//!
//! let file = "good 0.5 1.0\nbad -0.5 1.0\n";
//! let vectors = embeddings::from_reader(file.as_bytes(), Path::new("tiny.txt"), None)?;
//! assert_eq!(vectors.get("bad"), Some([-0.5, 1.0].as_slice()));
//! # Ok::<(), embeddings::EmbeddingsError>(())
//! ```

mod aliases;
mod coverage;
mod error;
mod evaluation;
mod formats;
mod limits;
mod nearest;
mod note;
mod sample;
mod source;
mod subwords;
pub mod training;
mod vectors;
mod word_filter;

pub use aliases::{ALIASES, alias};
pub use coverage::{Coverage, MissingWord, count_tokens, coverage, coverage_filter};
pub use error::{
    ArchiveError, BenchmarkError, EmbeddingsError, FastTextError, RowNumber, VectorPosition,
    VectorRowError, VectorWriteError,
};
pub use evaluation::{
    AnalogyResult, AnalogyScore, AnalogySection, Benchmark, BenchmarkResult, SectionResult,
    WordPair, WordPairResult, evaluate,
};
pub use formats::{check_format, from_reader, read, read_first, write};
pub use limits::{MAX_DIMENSION, MAX_KEPT_BYTES, MAX_ROW_BYTES};
pub use nearest::{analogy, nearest};
pub use note::VectorNote;
pub use sample::{GLOVE_SAMPLE, GLOVE_SAMPLE_NAME, sample};
pub use source::{VectorFile, VectorSource};
pub use subwords::{SUBWORD_ROWS, subword_rows};
pub use vectors::WordVectors;
pub use word_filter::WordFilter;
