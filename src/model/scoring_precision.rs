//! The precision in which a network scores texts.

use std::fmt;
use std::str::FromStr;

use super::kernel::Int8Arch;

/// The precision in which a network scores texts. Training and the gradients of explanations are always `f32`.
///
/// The default is that which takes less time on this machine: 8-bit integers on an x86-64 processor with AVX2, where their kernels
/// were measured, `f32` on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoringPrecision {
    /// 32-bit floating-point numbers.
    F32,
    /// 8-bit integers for the products of weights with hidden states, `f32` elsewhere. A network without such a form and a
    /// GPU score in `f32`.
    Int8,
}

impl Default for ScoringPrecision {
    fn default() -> Self {
        match Int8Arch::new() {
            Int8Arch::Portable => Self::F32,
            #[cfg(target_arch = "x86_64")]
            _ => Self::Int8,
        }
    }
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
