//! Access to tensors as slices of `f32`, for the kernels.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor, bail};

/// Calls `compute` with the values of contiguous tensors on the CPU.
pub(crate) fn with_values<const N: usize, T>(
    tensors: [&Tensor; N],
    compute: impl FnOnce([&[f32]; N]) -> T,
) -> Result<T> {
    let storages = tensors.map(Tensor::storage_and_layout);
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&storages) {
        let Storage::Cpu(storage) = &**storage else {
            bail!("the kernel runs on the CPU only");
        };
        *slice = values(storage, layout)?;
    }
    Ok(compute(slices))
}

/// Returns the values of a contiguous tensor.
pub(crate) fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("the kernel's arguments must be contiguous"),
    }
}

/// Returns values, such as a gradient, as a tensor with the shape and the device of another one.
pub(crate) fn tensor_like(values: Vec<f32>, other: &Tensor) -> Result<Tensor> {
    Tensor::from_vec(values, other.shape(), other.device())
}
