//! The choice between the fused and the plain implementation.

use candle_core::Device;

/// The implementation of the encoder and the pooling. Results differ only by rounding errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// This crate's kernels, one operation per layer. CPU only.
    Fused,
    /// candle's operations, for every device. The reference for the kernels.
    Plain,
}

impl Implementation {
    /// Returns the faster implementation on a device.
    pub(crate) fn on(device: &Device) -> Self {
        match device {
            Device::Cpu => Self::Fused,
            _ => Self::Plain,
        }
    }
}
