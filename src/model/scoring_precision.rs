//! The precision in which a network scores texts.

use std::fmt;
use std::str::FromStr;

/// The precision in which a network scores texts. Training and the gradients of explanations are always `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoringPrecision {
    /// 32-bit floating-point numbers.
    F32,
    /// 8-bit integers for the products of weights with hidden states, `f32` elsewhere. A network without such a form and a
    /// GPU score in `f32`.
    #[default]
    Int8,
}

impl ScoringPrecision {
    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

impl FromStr for ScoringPrecision {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::F32, Self::Int8]
            .into_iter()
            .find(|precision| precision.name() == name)
            .ok_or_else(|| "expected `f32` or `int8`".into())
    }
}

impl fmt::Display for ScoringPrecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
