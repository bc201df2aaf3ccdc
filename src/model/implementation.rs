//! Which of two implementations computes a layer.

use candle_core::Device;

/// The implementation of the encoder and the pooling. Both compute the same; results differ in the last places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    /// This crate's own kernels, one operation a layer. CPU only.
    Fused,
    /// candle's operations. For every device; the reference for the kernels.
    Plain,
}

impl Implementation {
    /// The default on a device: the faster implementation that runs there.
    pub(crate) fn on(device: &Device) -> Self {
        match device {
            Device::Cpu => Self::Fused,
            _ => Self::Plain,
        }
    }
}
