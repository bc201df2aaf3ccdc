//! What corpora and word vectors in ZIP archives have in common.

/// The first bytes of an archive, and of one without files.
const MAGIC: [[u8; 4]; 2] = [*b"PK\x03\x04", *b"PK\x05\x06"];

/// The folder in which macOS stores attributes of the archive's files.
const MACOS_FOLDER: &str = "__MACOSX/";

/// Returns whether a file that begins with these bytes is an archive.
pub(crate) fn begins_with(bytes: &[u8]) -> bool {
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
}

/// Returns whether an entry of an archive may be what is looked for: not a folder, a hidden file or what macOS adds.
pub(crate) fn is_file(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    !file.is_empty() && !file.starts_with('.') && !name.starts_with(MACOS_FOLDER)
}
