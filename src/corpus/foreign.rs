//! Files in formats that are not read, told by their first bytes.

use std::fmt::{self, Display};

/// A format that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// Compressed with bzip2.
    Bzip2,
    /// Compressed with xz.
    Xz,
    /// Compressed with LZ4.
    Lz4,
    /// A 7-Zip archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A pickle of Python, such as of a pandas data frame.
    Pickle,
    /// A workbook of Excel before 2007 (`.xls`).
    OldExcel,
    /// An SQLite database.
    Sqlite,
    /// An HDF5 file.
    Hdf5,
    /// A NumPy array.
    Numpy,
    /// A PDF document.
    Pdf,
}

impl ForeignFormat {
    /// Returns the format that the first bytes of a file show.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        let starts_with = |magic: &[u8]| start.starts_with(magic);
        Some(match start {
            [
                b'B',
                b'Z',
                b'h',
                b'1'..=b'9',
                b'1',
                b'A',
                b'Y',
                b'&',
                b'S',
                b'Y',
                ..,
            ] => Self::Bzip2,
            // Protocols 2 to 5, and the opcode that follows: a frame, an object, a list, a tuple or a dictionary.
            [0x80, 2..=5, 0x95 | b'c' | b']' | b'(' | b'}', ..] => Self::Pickle,
            _ if starts_with(b"\xfd7zXZ\0") => Self::Xz,
            _ if starts_with(b"\x04\x22\x4d\x18") => Self::Lz4,
            _ if starts_with(b"7z\xbc\xaf\x27\x1c") => Self::SevenZip,
            _ if starts_with(b"Rar!\x1a\x07") => Self::Rar,
            _ if starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => Self::OldExcel,
            _ if starts_with(b"SQLite format 3\0") => Self::Sqlite,
            _ if starts_with(b"\x89HDF\r\n\x1a\n") => Self::Hdf5,
            _ if starts_with(b"\x93NUMPY") => Self::Numpy,
            _ if starts_with(b"%PDF-") => Self::Pdf,
            _ => return None,
        })
    }

    /// Returns whether it is a compression or an archive of other files.
    pub fn is_compressed(self) -> bool {
        matches!(
            self,
            Self::Bzip2 | Self::Xz | Self::Lz4 | Self::SevenZip | Self::Rar
        )
    }
}

impl Display for ForeignFormat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bzip2 => "compressed with bzip2",
            Self::Xz => "compressed with xz",
            Self::Lz4 => "compressed with LZ4",
            Self::SevenZip => "a 7-Zip archive",
            Self::Rar => "a RAR archive",
            Self::Pickle => "a Python pickle",
            Self::OldExcel => "an Excel workbook of the format before 2007 (.xls)",
            Self::Sqlite => "an SQLite database",
            Self::Hdf5 => "an HDF5 file",
            Self::Numpy => "a NumPy array",
            Self::Pdf => "a PDF document",
        })
    }
}
