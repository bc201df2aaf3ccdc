//! How large files of word vectors may be.

/// The largest embedding dimension: four times the widest embeddings in use.
pub const MAX_DIMENSION: usize = 1 << 14;

/// The most bytes of one row of a file (1 MiB), so that a file without line breaks cannot fill the
/// memory.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// The most bytes of words and numbers that are kept of a file (16 GiB): four times the largest set
/// of vectors in use, word2vec's three million by 300, so that a small compressed file cannot fill
/// the memory.
pub const MAX_KEPT_BYTES: usize = 16 << 30;
