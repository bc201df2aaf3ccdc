//! The recurrence on the CPU as one operation of candle's: autograd sees one node a layer.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Storage, Tensor, bail};

use super::kernel::{self, Gradients, Layer, Saved};
use crate::batch::PackedLayout;

/// See [`super::LstmLayer::recur`]; there is at least one token, and `weight_hh` is
/// `[directions, 4 * hidden, hidden]`.
pub(super) fn recur(
    projected: &Tensor,
    input_of_token: &[u32],
    layout: &PackedLayout,
    weight_hh: &Tensor,
) -> Result<Tensor> {
    let (directions, _, hidden_size) = weight_hh.dims3()?;
    let recurrence = Recurrence {
        directions,
        hidden_size,
        layout: layout.clone(),
        input_of_token: input_of_token.to_vec(),
        is_training: projected.track_op() || weight_hh.track_op(),
        saved: Mutex::new(None),
    };
    projected
        .contiguous()?
        .apply_op2(&weight_hh.contiguous()?, recurrence)
}

struct Recurrence {
    directions: usize,
    hidden_size: usize,
    layout: PackedLayout,
    input_of_token: Vec<u32>,
    is_training: bool,
    /// What the forward pass leaves to the backward one, which takes it.
    saved: Mutex<Option<Saved>>,
}

impl Recurrence {
    fn layer<'a>(&'a self, weight_hh: &'a [f32]) -> Layer<'a> {
        Layer {
            directions: self.directions,
            hidden_size: self.hidden_size,
            weight_hh,
            layout: &self.layout,
            input_of_token: &self.input_of_token,
        }
    }
}

impl CustomOp2 for Recurrence {
    fn name(&self) -> &'static str {
        "LSTM recurrence"
    }

    fn cpu_fwd(
        &self,
        projected: &CpuStorage,
        projected_layout: &Layout,
        weight_hh: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let layer = self.layer(values(weight_hh, weight_layout)?);
        let projected = values(projected, projected_layout)?;
        let (hidden, saved) = kernel::forward(layer, projected, self.is_training);
        *self.saved.lock().unwrap_or_else(PoisonError::into_inner) = saved;
        let shape = (self.layout.tokens(), self.directions * self.hidden_size);
        Ok((CpuStorage::F32(hidden), Shape::from(shape)))
    }

    fn bwd(
        &self,
        projected: &Tensor,
        weight_hh: &Tensor,
        hidden: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let Some(saved) = self
            .saved
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
        else {
            bail!(
                "{}: a second backward pass needs a second forward pass",
                self.name()
            );
        };
        let gradient = gradient.contiguous()?;
        let inputs = projected.dim(0)?;
        let Gradients {
            projected: of_projected,
            weight_hh: of_weights,
        } = with_values(
            [weight_hh, hidden, &gradient],
            |[weight_hh, hidden, gradient]| {
                kernel::backward(self.layer(weight_hh), hidden, saved, gradient, inputs)
            },
        )?;
        Ok((
            Some(Tensor::from_vec(
                of_projected,
                projected.shape(),
                projected.device(),
            )?),
            Some(Tensor::from_vec(
                of_weights,
                weight_hh.shape(),
                weight_hh.device(),
            )?),
        ))
    }
}

/// Lets `compute` read the numbers of contiguous tensors on the CPU.
fn with_values<const N: usize, T>(
    tensors: [&Tensor; N],
    compute: impl FnOnce([&[f32]; N]) -> T,
) -> Result<T> {
    let storages = tensors.map(Tensor::storage_and_layout);
    let mut slices: [&[f32]; N] = [&[]; N];
    for (slice, (storage, layout)) in slices.iter_mut().zip(&storages) {
        let Storage::Cpu(storage) = &**storage else {
            bail!("LSTM recurrence: this form is for the CPU");
        };
        *slice = values(storage, layout)?;
    }
    Ok(compute(slices))
}

/// The numbers of a contiguous tensor.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => bail!("LSTM recurrence: the arguments must be contiguous"),
    }
}
