//! The forward pass: the projection of the inputs, and the sums of projections.

use pulp::Arch;
use rayon::prelude::*;

use super::arranged::Arranged;
use super::{Layer, Output, Windows};
use crate::batch::PackedLayout;
use crate::model::kernel::{Buffer, Lhs, Product};
use crate::model::pooling::{Reduced, Reduction, TokenStates};

/// The number of inputs in a parallel task.
const INPUT_CHUNK: usize = 64;

/// The minimum number of tokens in a parallel task.
const TOKENS_TOGETHER: usize = 64;

/// See [`super::project`].
pub(super) fn project(arch: Arch, windows: &Windows, inputs: &[f32], weights: &Arranged) -> Buffer {
    let (size, columns) = (windows.input_size(), windows.columns());
    let mut projected = Buffer::stale(inputs.len() / size * columns);
    projected
        .par_chunks_mut(INPUT_CHUNK * columns)
        .zip(inputs.par_chunks(INPUT_CHUNK * size))
        .for_each(|(projected, inputs)| {
            projected.fill(0.0);
            arch.dispatch(Product {
                lhs: Lhs::Rows(inputs, size),
                rhs: &weights.panels,
                depth: size,
                result: projected,
                result_stride: columns,
                columns,
            });
        });
    projected
}

/// See `forward`.
pub(super) fn forward(
    arch: Arch,
    layer: Layer,
    projected: &[f32],
    reduction: Option<Reduction>,
) -> Output {
    let sums = WindowSums { layer, projected };
    match reduction {
        Some(reduction @ (Reduction::Last | Reduction::Max)) => {
            Output::Chosen(Reduced::new(arch, reduction, sums))
        }
        Some(Reduction::Mean) => {
            let states = sums.states(arch);
            let reduced = Reduced::new(arch, Reduction::Mean, layer.states(&states));
            Output::Mean(reduced, states)
        }
        None => Output::States(sums.states(arch)),
    }
}

/// The states of a batch, computed when they are read.
#[derive(Clone, Copy)]
struct WindowSums<'a> {
    layer: Layer<'a>,
    /// `[inputs, columns]`
    projected: &'a [f32],
}

impl WindowSums<'_> {
    /// Computes the state of each token: `[tokens, features]`.
    fn states(&self, arch: Arch) -> Buffer {
        let (layout, features) = (self.layer.layout, self.layer.windows.features());
        let mut states = Buffer::stale(layout.tokens() * features);
        states
            .par_chunks_exact_mut(features)
            .with_min_len(TOKENS_TOGETHER)
            .enumerate()
            .for_each(|(token, state)| {
                let (row, step) = layout.row_and_step(token);
                arch.dispatch(|| {
                    self.state(row, step, state);
                });
            });
        states
    }
}

impl TokenStates for WindowSums<'_> {
    fn layout(&self) -> &PackedLayout {
        self.layer.layout
    }

    fn directions(&self) -> usize {
        1
    }

    fn hidden_size(&self) -> usize {
        self.layer.windows.features()
    }

    #[inline(always)]
    fn state<'s>(&'s self, row: usize, step: usize, state: &'s mut [f32]) -> &'s [f32] {
        let Self { layer, projected } = self;
        state.copy_from_slice(&layer.weights.bias);
        for segment in layer.windows.segments() {
            let Some(input) = layer.input_at(row, step, segment.offset) else {
                continue;
            };
            let of_input = &projected[input * layer.windows.columns()..];
            let sums = &mut state[segment.first_feature..];
            for (sum, value) in sums.iter_mut().zip(&of_input[segment.columns.clone()]) {
                *sum += value;
            }
        }
        for value in &mut *state {
            // Unlike a maximum, this keeps NaN.
            *value = if *value < 0.0 { 0.0 } else { *value };
        }
        state
    }
}
