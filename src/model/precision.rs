//! The precision of the weights in a saved model.

use super::weights::EMBEDDING;
use crate::tensor_file::NumberType;

/// The precision of the weights in a saved model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32-bit numbers, without rounding.
    Full,
    /// Integers of 6 bits in bytes with a scale per row for the embedding table, 16-bit numbers for other weights.
    Compact,
}

impl Precision {
    /// Returns the number type of the weight with this name.
    pub(super) fn number_type(self, name: &str) -> NumberType {
        match self {
            Self::Full => NumberType::F32,
            Self::Compact if name == EMBEDDING => NumberType::I6,
            Self::Compact => NumberType::F16,
        }
    }
}
