//! Word vectors in files: GloVe text, word2vec text, word2vec binary and safetensors, plain or
//! compressed, read and written; what they know of a corpus, and how good they are.
//!
//! Such files are large (gigabytes) and a model needs few of their rows, so [`read`] takes the words
//! that are wanted and memory follows those. The file is read in blocks, parsed on all cores, and
//! joined in order: the result does not depend on the number of threads.
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

mod answers;
mod binary_rows;
mod blocks;
mod coverage;
mod error;
mod evaluation;
mod fault;
mod file_format;
mod joined;
mod layout;
mod nearest;
mod reader;
mod sample;
mod stand_in;
mod subwords;
mod tensors;
mod test_set;
mod text_rows;
pub mod training;
mod vectors;
mod wanted;
mod writer;

pub use coverage::{Coverage, MissingWord, coverage};
pub use error::{EmbeddingsError, Place, RowNumber};
pub use evaluation::{Agreement, AnalogyResult, Score, SectionResult, TestResult, evaluate};
pub use fault::{RowFault, TestFault, WriteFault};
pub use nearest::{analogy, nearest};
pub use reader::{from_reader, read, read_first};
pub use sample::{GLOVE_SAMPLE, GLOVE_SAMPLE_NAME, sample};
pub use stand_in::{STAND_INS, stand_in};
pub use subwords::{SUBWORD_ROWS, subword_rows};
pub use test_set::{Section, TestSet, WordPair};
pub use vectors::WordVectors;
pub use wanted::read_words;
pub use writer::{Precision, check_format, write};

/// The most numbers that one vector may have: four times the widest embeddings in use.
pub const MAX_DIMENSION: usize = 1 << 14;

/// The most bytes that one row of a file may take (1 MiB), so that a file without line breaks cannot
/// fill the memory.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// The most bytes of words and numbers that are kept of a file (16 GiB): four times the largest set
/// of vectors in use, word2vec's three million by 300, so that a small compressed file cannot fill
/// the memory.
pub const MAX_KEPT_BYTES: usize = 16 << 30;
