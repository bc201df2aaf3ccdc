//! Where an error is in a request's body.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer};

/// A part of a request's body, displayed as `instances[17]`, `inputs.text[3]` or `examples[0].text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    pub field: &'static str,
    /// Whether the texts are in the field's own field `text`.
    pub is_named: bool,
    pub element: Option<usize>,
    /// Whether the text is in the element's field `text`.
    pub is_within: bool,
}

impl Location {
    /// Returns the location of a field of the body.
    pub fn of_field(field: &'static str) -> Self {
        Self {
            field,
            is_named: false,
            element: None,
            is_within: false,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.field)?;
        if self.is_named {
            formatter.write_str(".text")?;
        }
        if let Some(element) = self.element {
            write!(formatter, "[{element}]")?;
        }
        if self.is_within {
            formatter.write_str(".text")?;
        }
        Ok(())
    }
}

/// The location that the parser has reached. After an error, it is the innermost part with the error.
#[derive(Debug, Default)]
pub struct Reached(Cell<Option<Location>>);

impl Reached {
    /// Returns the location.
    pub fn get(&self) -> Option<Location> {
        self.0.get()
    }

    /// Wraps the parser of the value at `location`.
    pub fn at<S>(&self, location: Location, seed: S) -> Located<'_, S> {
        let reached = self;
        Located {
            reached,
            location,
            seed,
        }
    }
}

/// Parses a value and keeps its location if that fails.
pub struct Located<'r, S> {
    reached: &'r Reached,
    location: Location,
    seed: S,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Located<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let outer = self.reached.0.replace(Some(self.location));
        let value = self.seed.deserialize(deserializer)?;
        self.reached.0.set(outer);
        Ok(value)
    }
}
