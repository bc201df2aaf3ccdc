//! A reader of TensorBoard event files, independent of the library's writer.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crc::{CRC_32_ISCSI, Crc};

use super::names;

/// The points of each curve, as (step, value).
pub type Curves = BTreeMap<String, Vec<(u64, f32)>>;

/// A field of a protobuf message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Returns the fields of a message with their numbers.
fn fields(mut message: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut fields = Vec::new();
    while !message.is_empty() {
        let key = varint(&mut message);
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)),
            1 => Field::Bytes(take(&mut message, 8)),
            2 => {
                let length = varint(&mut message) as usize;
                Field::Bytes(take(&mut message, length))
            }
            5 => Field::Bytes(take(&mut message, 4)),
            other => panic!("unknown wire type {other}"),
        };
        fields.push((key >> 3, field));
    }
    fields
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = take(bytes, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Reads the data of the next record and checks its checksums.
fn record<'a>(content: &mut &'a [u8]) -> &'a [u8] {
    let masked = |data: &[u8]| {
        let checksum = Crc::<u32>::new(&CRC_32_ISCSI).checksum(data);
        checksum.rotate_right(15).wrapping_add(0xa282_ead8)
    };
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let length = take(content, 8);
    assert_eq!(number(take(content, 4)), masked(length));
    let data = take(
        content,
        u64::from_le_bytes(length.try_into().unwrap()) as usize,
    );
    assert_eq!(number(take(content, 4)), masked(data));
    data
}

/// Adds a value of a summary to its curve.
fn add_value(value: &[u8], step: u64, curves: &mut Curves) {
    let (mut tag, mut number) = (String::new(), None);
    for field in fields(value) {
        match field {
            (1, Field::Bytes(bytes)) => tag = String::from_utf8(bytes.into()).unwrap(),
            (2, Field::Bytes(bytes)) => {
                number = Some(f32::from_le_bytes(bytes.try_into().unwrap()))
            }
            (other, _) => panic!("unexpected field {other} in a value"),
        }
    }
    curves.entry(tag).or_default().push((step, number.unwrap()));
}

/// Reads the event files of a folder in the order of their names, as TensorBoard does.
pub fn read_curves(folder: &Path) -> Curves {
    let mut curves = Curves::new();
    for name in names(folder) {
        assert!(name.starts_with("events.out.tfevents."), "{name}");
        let content = fs::read(folder.join(name)).unwrap();
        let mut rest = content.as_slice();
        let first = fields(record(&mut rest));
        assert!(matches!(first[1], (3, Field::Bytes(b"brain.Event:2"))));
        while !rest.is_empty() {
            let mut step = 0;
            for field in fields(record(&mut rest)) {
                match field {
                    (2, Field::Number(number)) => step = number,
                    (5, Field::Bytes(summary)) => {
                        for (number, value) in fields(summary) {
                            let Field::Bytes(value) = value else {
                                panic!("expected a value, found a number");
                            };
                            assert_eq!(number, 1);
                            add_value(value, step, &mut curves);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    curves
}

/// Returns the steps of a curve.
pub fn steps(curve: &[(u64, f32)]) -> Vec<u64> {
    curve.iter().map(|(step, _)| *step).collect()
}
