//! Shared parts of the tests of table formats: the fixtures of `benches/peers/tables.py`, and damaged copies of them.

use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::{Cell, CorpusError, Record};

/// The columns and cells that a fixture should have.
pub(super) struct Expected {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Expected {
    pub(super) fn read(name: &str) -> Self {
        let document = fs::read(fixture(&format!("{name}.json"))).unwrap();
        let document: Value = serde_json::from_slice(&document).unwrap();
        let array = |value: &Value| value.as_array().unwrap().clone();
        let rows = array(&document["rows"]);
        let columns = array(&document["columns"]);
        Self {
            columns: columns
                .iter()
                .map(|name| name.as_str().unwrap().to_owned())
                .collect(),
            rows: rows
                .iter()
                .map(|row| array(row).iter().map(cell).collect())
                .collect(),
        }
    }
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(boolean) => Cell::Boolean(*boolean),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Cell::Integer(integer),
            None => Cell::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Cell::Text(text.clone()),
        _ => panic!("{value} is not a cell"),
    }
}

pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/tables")
        .join(name)
}

/// Returns the cells of rows without errors.
pub(super) fn rows(records: impl Iterator<Item = Result<Record, CorpusError>>) -> Vec<Vec<Cell>> {
    records
        .map(|record| record.unwrap().cells.unwrap())
        .collect()
}

/// Reads all rows of a damaged file, which may have errors.
pub(super) fn hold(records: impl Iterator<Item = Result<Record, CorpusError>>) {
    records.take(100_000).for_each(drop);
}

/// Returns copies of a fixture with a few random bytes changed, or cut short, the same in every run.
pub(super) fn mutations(name: &str, count: u64) -> impl Iterator<Item = Vec<u8>> {
    let original = fs::read(fixture(name)).unwrap();
    (0..count).map(move |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut copy = original.clone();
        for _ in 0..random.random_range(1..4) {
            let index = random.random_range(0..copy.len());
            match random.random_range(0..4) {
                0 => copy[index] ^= 1 << random.random_range(0..8),
                1 => copy[index] = 0xff,
                2 => copy[index] = random.random(),
                // Footers at the end stay in place.
                _ => drop(copy.splice(index..index, [0xff, 0xff, 0xff, 0x7f])),
            }
        }
        if seed % 8 == 0 {
            copy.truncate(random.random_range(0..copy.len()));
        }
        copy
    })
}
