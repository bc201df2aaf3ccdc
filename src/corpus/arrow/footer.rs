//! Checks of a Parquet file's footer, before `parquet` parses it.
//!
//! `parquet` parses the schema by recursion, so a schema of some thousand nested groups would overflow the stack. The
//! footer is a struct `FileMetaData` in Thrift's compact protocol:
//! <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::pages::varint;

/// The maximum size of a footer (64 MiB). One of a thousand row groups of ten columns has about 2 MiB.
const MAX_FOOTER_BYTES: u64 = 64 << 20;
/// The maximum depth of the schema, and of any struct in it.
const MAX_DEPTH: usize = 64;

/// The types of the compact protocol.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// Returns an error of kind [`io::ErrorKind::InvalidData`] if the footer is too large or its schema too deep. Leaves a
/// file without a footer to `parquet`.
pub(super) fn check(mut file: &File) -> io::Result<()> {
    let invalid = |reason| Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    let length = file.metadata()?.len();
    let mut tail = [0; 8];
    if length < tail.len() as u64 {
        return Ok(());
    }
    file.seek(SeekFrom::End(-8))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    let footer_bytes = u64::from(u32::from_le_bytes([a, b, c, d]));
    if &magic != b"PAR1" || footer_bytes + 8 > length {
        return Ok(());
    }
    if footer_bytes > MAX_FOOTER_BYTES {
        return invalid("the footer has more than 64 MiB");
    }
    file.seek(SeekFrom::End(-8 - footer_bytes as i64))?;
    let mut footer = Vec::new();
    file.take(footer_bytes).read_to_end(&mut footer)?;
    match schema_depth(&footer) {
        None => invalid("the footer is damaged"),
        Some(depth) if depth > MAX_DEPTH => invalid("the columns are nested too deep"),
        Some(_) => Ok(()),
    }
}

/// Returns the depth of the schema, or one above [`MAX_DEPTH`]; `None` if the footer is damaged.
fn schema_depth(footer: &[u8]) -> Option<usize> {
    let mut reader = Compact(footer);
    let mut id = 0;
    while let Some((field, kind)) = reader.field(id)? {
        id = field;
        // `FileMetaData.schema`: a list of structs in depth-first order.
        if id == 2 && kind == LIST {
            let (elements, kind) = reader.list()?;
            return (kind == STRUCT).then(|| depth_of_list(&mut reader, elements))?;
        }
        reader.skip(kind, 0)?;
    }
    None
}

fn depth_of_list(reader: &mut Compact, elements: u64) -> Option<usize> {
    // How many children of each open group are still to come.
    let mut open: Vec<u64> = Vec::new();
    let mut depth = 0;
    for _ in 0..elements {
        while open.pop_if(|children| *children == 0).is_some() {}
        if let Some(children) = open.last_mut() {
            *children -= 1;
        }
        let children = reader.children()?;
        if children > 0 {
            open.push(children);
            depth = depth.max(open.len());
        }
        if depth > MAX_DEPTH {
            break;
        }
    }
    Some(depth)
}

/// A reader of the compact protocol.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn varint(&mut self) -> Option<u64> {
        let (number, rest) = varint(self.0)?;
        self.0 = rest;
        Some(number)
    }

    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn skip_bytes(&mut self, count: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// Returns the number and the type of the next field, after the field `last`; `None` inside at the struct's end.
    fn field(&mut self, last: i64) -> Option<Option<(i64, u8)>> {
        let header = self.byte()?;
        if header == 0 {
            return Some(None);
        }
        let id = match header >> 4 {
            0 => self.zigzag()?,
            distance => last.wrapping_add(distance.into()),
        };
        Some(Some((id, header & 0x0f)))
    }

    /// Returns the number and the type of the elements of a list or set.
    fn list(&mut self) -> Option<(u64, u8)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.varint()?,
            count => count.into(),
        };
        Some((count, header & 0x0f))
    }

    /// Reads a `SchemaElement` and returns its `num_children`.
    fn children(&mut self) -> Option<u64> {
        let mut children = 0;
        let mut id = 0;
        while let Some((field, kind)) = self.field(id)? {
            id = field;
            match (id, kind) {
                (5, I32) => children = u64::try_from(self.zigzag()?).unwrap_or(0),
                (_, kind) => self.skip(kind, 0)?,
            }
        }
        Some(children)
    }

    /// Skips the value of a field.
    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            TRUE | FALSE => Some(()),
            BYTE => self.skip_bytes(1),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.skip_bytes(8),
            BINARY => {
                let length = self.varint()?;
                self.skip_bytes(length)
            }
            LIST | SET => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(kind, depth))
            }
            MAP => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                (0..count).try_for_each(|_| {
                    self.skip_element(kinds >> 4, depth)?;
                    self.skip_element(kinds & 0x0f, depth)
                })
            }
            STRUCT => {
                let mut id = 0;
                while let Some((field, kind)) = self.field(id)? {
                    id = field;
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Skips an element of a list, set or map, in which a boolean takes a byte.
    fn skip_element(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            TRUE | FALSE => self.skip_bytes(1),
            kind => self.skip(kind, depth + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a footer whose schema has `depth` groups, one in the other.
    fn nested(depth: u8) -> Vec<u8> {
        // The version, and the root.
        let mut footer = vec![0x15, 2, 0x19, 0xfc, depth + 2, 0x48, 1, b'r', 0x15, 2, 0];
        for _ in 0..depth {
            footer.extend([0x35, 0, 0x18, 1, b'a', 0x15, 2, 0]);
        }
        footer.extend([0x15, 2, 0x25, 0, 0x18, 1, b'a', 0]);
        // No rows and no row groups.
        footer.extend([0x16, 0, 0x19, 0x0c, 0]);
        footer
    }

    #[test]
    fn the_depth_of_a_schema_is_that_of_its_groups() {
        assert_eq!(schema_depth(&nested(30)), Some(31));
        assert_eq!(schema_depth(&nested(100)), Some(MAX_DEPTH + 1));
        let mut flat = vec![0x15, 2, 0x19, 0x3c, 0x48, 1, b'r', 0x15, 4, 0];
        flat.extend([0x15, 2, 0x25, 0, 0x18, 1, b'a', 0].repeat(2));
        assert_eq!(schema_depth(&flat), Some(1));
        assert_eq!(schema_depth(&flat[..flat.len() - 1]), None);
        assert_eq!(schema_depth(&[]), None);
    }

    #[test]
    fn a_deep_schema_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        let footer = nested(100);
        io::Write::write_all(&mut file, &footer).unwrap();
        let tail = [(footer.len() as u32).to_le_bytes(), *b"PAR1"].concat();
        io::Write::write_all(&mut file, &tail).unwrap();
        let error = check(&file).unwrap_err().to_string();
        assert_eq!(error, "the columns are nested too deep");
    }
}
