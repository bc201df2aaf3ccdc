use half::f16;
use safetensors::tensor::Dtype;

/// The storage type of a tensor's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberType {
    /// 32-bit floats, without rounding.
    #[default]
    F32,
    /// 16-bit floats (IEEE 754 binary16), rounded to nearest: about three significant digits.
    F16,
    /// 8-bit integers. A second tensor has a 32-bit scale for each row (the last dimension), chosen
    /// so that the number with the largest magnitude in the row is ±127.
    I8,
    /// 6-bit integers in bytes, which compress to three quarters of 8-bit ones. The number with the largest magnitude
    /// in the row is ±31; otherwise like [`Self::I8`], as which they are read.
    I6,
}

impl NumberType {
    pub(super) fn from_dtype(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F32 => Some(Self::F32),
            Dtype::F16 => Some(Self::F16),
            Dtype::I8 => Some(Self::I8),
            _ => None,
        }
    }

    /// Returns the size of a number in bytes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::I8 | Self::I6 => 1,
        }
    }

    /// Returns the size of a number in bits.
    pub fn bits(self) -> usize {
        8 * self.bytes()
    }

    /// Returns whether the number is finite in this type.
    pub(crate) fn can_hold(self, number: f32) -> bool {
        match self {
            Self::F32 | Self::I8 | Self::I6 => number.is_finite(),
            Self::F16 => f16::from_f32(number).is_finite(),
        }
    }

    /// Decodes `values.len()` numbers from `bytes`. Does not apply the scale of [`Self::I8`].
    pub(super) fn decode(self, bytes: &[u8], values: &mut [f32]) {
        match self {
            Self::F32 => {
                let (numbers, _) = bytes.as_chunks();
                for (value, &number) in values.iter_mut().zip(numbers) {
                    *value = f32::from_le_bytes(number);
                }
            }
            Self::F16 => {
                let (numbers, _) = bytes.as_chunks();
                for (value, &number) in values.iter_mut().zip(numbers) {
                    *value = f16::from_le_bytes(number).to_f32();
                }
            }
            Self::I8 | Self::I6 => {
                for (value, byte) in values.iter_mut().zip(bytes) {
                    *value = f32::from(byte.cast_signed());
                }
            }
        }
    }
}
