//! Reads and writes files of word vectors: GloVe text, word2vec text, word2vec binary and
//! safetensors. Also reads binary fastText models, and files in ZIP archives.
//!
//! These files are large (gigabytes) and a model needs few of their rows, so memory use is
//! proportional to the number of kept words. Text and binary files are read in chunks, parsed in
//! parallel and collected in file order: the result does not depend on the number of threads.

mod archive;
mod assembly;
mod binary_rows;
mod chunks;
mod fasttext;
mod layout;
mod output_format;
mod parsed_rows;
mod reader;
mod request;
mod safetensors;
mod tally;
mod text_rows;
mod writer;

pub(super) use reader::read_file;
pub use reader::{from_reader, read, read_first};
pub use writer::{check_format, write};
