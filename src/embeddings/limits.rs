//! Size limits of word vector files.

/// The maximum embedding dimension: four times the largest in use.
pub const MAX_DIMENSION: usize = 1 << 14;

/// The maximum size of one row in bytes (1 MiB). It prevents a file without line breaks from filling
/// the memory.
pub const MAX_ROW_BYTES: usize = 1 << 20;

/// The maximum number of bytes kept in memory from a file (16 GiB). It is four times the largest set
/// of vectors in use, word2vec's three million by 300, and prevents a small compressed file from
/// filling the memory.
pub const MAX_KEPT_BYTES: usize = 16 << 30;

/// The maximum length in characters of the n-grams of a fastText model: ten times the longest in use.
/// It bounds the time per word.
pub(super) const MAX_NGRAM_LENGTH: usize = 64;
