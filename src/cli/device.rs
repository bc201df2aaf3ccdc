//! `--device`: the device on which the network computes.

use std::str::FromStr;

use sentiment::{Device, DeviceError};

use super::console::Console;

/// The values of `--device`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device if there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The CUDA device with this number.
    Cuda(usize),
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            _ => text
                .strip_prefix("cuda:")
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or_else(|| "expected `auto`, `cpu`, `cuda` or `cuda:N`".into()),
        }
    }
}

impl DeviceChoice {
    /// Opens the device. If `auto` falls back to the CPU in a program built with CUDA, prints why.
    pub fn open(self, console: &Console) -> Result<Device, DeviceError> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Cuda(number) => Device::cuda(number),
            Self::Auto => {
                let (device, fallback) = Device::cuda_or_cpu();
                if let Some(DeviceError::Unavailable { reason, .. }) = fallback {
                    console.note(format!("no CUDA device, computing on the CPU: {reason}"));
                }
                Ok(device)
            }
        }
    }
}
