//! `--device`: where the network computes.

use std::str::FromStr;

use candle_core::Device;

use super::console::Console;

/// What `--device` may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The first CUDA device where there is one, else the CPU.
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
                .ok_or_else(|| "a device is `auto`, `cpu`, `cuda` or `cuda:N`".into()),
        }
    }
}

impl DeviceChoice {
    /// Opens the device. That there is none for `auto` in a program that could use one is told.
    pub fn open(self, console: &Console) -> anyhow::Result<Device> {
        match self {
            Self::Cpu => Ok(Device::Cpu),
            Self::Auto => Ok(Device::cuda_if_available(0).unwrap_or_else(|error| {
                let reason = first_line(&error);
                console.note(format!("no CUDA device, so the CPU computes: {reason}"));
                Device::Cpu
            })),
            Self::Cuda(_) if !cfg!(feature = "cuda") => {
                anyhow::bail!(
                    "could not use CUDA: this program was built without it; `cargo build --release --features cuda` \
                     builds one with it, `--device cpu` computes without"
                )
            }
            Self::Cuda(number) => Device::new_cuda(number).map_err(|error| {
                let reason = first_line(&error);
                anyhow::anyhow!(
                    "could not use CUDA device {number}: {reason}. Is there a GPU with its driver? \
                     `nvidia-smi` lists them; `--device cpu` computes without one."
                )
            }),
        }
    }
}

/// What candle says, without the stack that may follow.
fn first_line(error: &candle_core::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().into()
}

/// The device as a person calls it.
pub fn name(device: &Device) -> String {
    match device {
        Device::Cpu => format!("CPU, {} threads", rayon::current_num_threads()),
        other => format!("{:?}", other.location()),
    }
}
