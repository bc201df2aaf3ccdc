//! The device on which a network computes.

use std::fmt;

use thiserror::Error;

/// A CPU or a CUDA GPU.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Device {
    /// The CPU, with the threads of rayon's global pool.
    Cpu,
    /// A GPU, see [`Device::cuda`].
    Cuda(CudaDevice),
}

/// An open CUDA device.
#[derive(Clone, Debug)]
pub struct CudaDevice {
    number: usize,
    device: candle_core::Device,
}

/// Why a CUDA device cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The crate was built without its feature `cuda`.
    #[error("could not use CUDA: this program was built without it")]
    NotBuilt,
    /// The driver could not open the device.
    #[error("could not use CUDA device {number}: {reason}")]
    Unavailable {
        /// The device's number, from 0.
        number: usize,
        /// The driver's message.
        reason: String,
    },
}

impl Device {
    /// Opens the CUDA device with this number, from 0.
    pub fn cuda(number: usize) -> Result<Self, DeviceError> {
        if !cfg!(feature = "cuda") {
            return Err(DeviceError::NotBuilt);
        }
        match candle_core::Device::new_cuda(number) {
            Ok(device) => Ok(Self::Cuda(CudaDevice { number, device })),
            // candle may add a backtrace below the first line.
            Err(error) => Err(DeviceError::Unavailable {
                number,
                reason: error.to_string().lines().next().unwrap_or_default().into(),
            }),
        }
    }

    /// Opens the first CUDA device. If that fails, returns the CPU and the error.
    pub fn cuda_or_cpu() -> (Self, Option<DeviceError>) {
        match Self::cuda(0) {
            Ok(device) => (device, None),
            Err(error) => (Self::Cpu, Some(error)),
        }
    }

    /// Returns candle's handle of the device.
    pub(crate) fn to_candle(&self) -> candle_core::Device {
        match self {
            Self::Cpu => candle_core::Device::Cpu,
            Self::Cuda(cuda) => cuda.device.clone(),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => match rayon::current_num_threads() {
                1 => f.write_str("CPU, 1 thread"),
                threads => write!(f, "CPU, {threads} threads"),
            },
            Self::Cuda(cuda) => write!(f, "CUDA device {}", cuda.number),
        }
    }
}
