//! Files of word vectors: GloVe text, word2vec text, word2vec binary and safetensors, read and
//! written.
//!
//! Such files are large (gigabytes) and a model needs few of their rows, so memory follows the words
//! that are kept. A file of rows is read in chunks, parsed on all cores and put together in the
//! file's order: the result does not depend on the number of threads.

mod assembly;
mod binary;
mod chunks;
mod file_format;
mod layout;
mod reader;
mod request;
mod rows;
mod safetensors;
mod text;
mod writer;

pub use reader::{from_reader, read, read_first};
pub use writer::{check_format, write};
