//! How many bits a saved model spends on a number.

use super::weights::EMBEDDING;
use crate::tensor_file::NumberType;

/// How many bits a saved model spends on a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits: the numbers as they are.
    Full,
    /// 8 bits for the embedding, with a scale for each row; 16 bits for all other weights.
    Compact,
}

impl Precision {
    /// The number type of the weight with this name.
    pub(super) fn number_type(self, name: &str) -> NumberType {
        match self {
            Self::Full => NumberType::F32,
            Self::Compact if name == EMBEDDING => NumberType::I8,
            Self::Compact => NumberType::F16,
        }
    }
}
