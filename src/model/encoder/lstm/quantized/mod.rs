//! The LSTM with products of 8-bit integers, for scoring.
//!
//! The recurrent weights and, above the first layer, the input weights are quantized (see [`crate::model::kernel`]). Their
//! products are with hidden states, which are between -1 and 1. The first layer's input projection, the gates and the
//! cells stay `f32`.

mod forward;
mod input_product;
#[cfg(test)]
mod reference;
mod words;

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use self::forward::{Forward, Projections};
use self::input_product::InputProduct;
use self::words::WordProjector;
use crate::batch::{Batch, PackedLayout};
use crate::model::Embedding;
use crate::model::kernel::{
    Buffer, Int8Arch, Int8Panels, Lanes, Panels, QuantizedMatrix, RowGroup,
};
use crate::model::pooling::HiddenStates;

/// The quantized layers of an LSTM.
#[derive(Debug)]
pub(in crate::model) struct QuantizedLstm {
    arch: Int8Arch,
    words: WordProjector,
    layers: Vec<QuantizedLayer>,
}

/// A quantized layer.
#[derive(Debug)]
struct QuantizedLayer {
    hidden_size: usize,
    /// The input weights of each direction; `None` in the first layer.
    inputs: Option<Vec<InputWeights>>,
    /// The recurrent weights of each direction.
    recurrent: Vec<Int8Panels>,
}

/// The weights of the product with the states of the layer below.
#[derive(Debug)]
struct InputWeights {
    panels: Int8Panels,
    /// In the order of the panels' columns.
    bias: Panels,
}

impl QuantizedLstm {
    /// Quantizes the weights of an LSTM, whose layers have the shape of
    /// [`Layer::weights`](crate::model::encoder::recurrent::kernel::Layer::weights).
    pub(in crate::model) fn new(
        layers: &[Tensor],
        hidden_size: usize,
        arch: Int8Arch,
    ) -> Result<Self> {
        let layers: Vec<LayerRows> = layers
            .iter()
            .map(|weights| LayerRows::of(weights, hidden_size))
            .collect::<Result<_>>()?;
        Ok(Self {
            arch,
            words: WordProjector::new(arch.float_arch(), layers[0].input_panels(arch)),
            layers: layers
                .iter()
                .enumerate()
                .map(|(index, layer)| layer.quantized(arch, index > 0))
                .collect(),
        })
    }

    /// Returns the hidden state of each token in the last layer, `[tokens, features]`, for a batch of [`Batch::pack_ids`].
    pub(in crate::model) fn forward(&self, batch: &Batch, embedding: &Embedding) -> Buffer {
        let layout = &batch.layout;
        let words = self.words.project(&batch.word_of_token, embedding);
        let (first, above) = self.layers.split_first().expect("at least one layer");
        let mut hidden = first.forward(self.arch, layout, words.projections());
        for layer in above {
            let projected = layer.project(self.arch, &hidden);
            let projections = Projections::of_tokens(&projected);
            hidden = layer.forward(self.arch, layout, projections);
        }
        hidden
    }

    /// Prepares for scoring this number of tokens, which never changes a result.
    pub(in crate::model) fn expect_tokens(&self, tokens: usize, embedding: &Embedding) {
        self.words.expect_tokens(tokens, embedding);
    }

    /// Combines hidden states with their shape.
    pub(in crate::model) fn hidden_states<'a>(
        &self,
        values: &'a [f32],
        layout: &'a PackedLayout,
    ) -> HiddenStates<'a> {
        let layer = &self.layers[0];
        HiddenStates {
            values,
            layout,
            directions: layer.recurrent.len(),
            hidden_size: layer.hidden_size,
        }
    }
}

impl QuantizedLayer {
    /// Returns the hidden state of each token, `[tokens, directions * hidden_size]`.
    fn forward(&self, arch: Int8Arch, layout: &PackedLayout, projections: Projections) -> Buffer {
        let directions = self.recurrent.len();
        let mut hidden = Buffer::stale(layout.tokens() * directions * self.hidden_size);
        let groups = RowGroup::cut(layout, directions, rayon::current_num_threads());
        let hidden_of_group = RowGroup::split_tokens(&groups, &mut hidden, self.hidden_size);
        groups
            .par_iter()
            .zip(hidden_of_group)
            .for_each(|(group, hidden)| {
                arch.dispatch(Forward {
                    group,
                    hidden_size: self.hidden_size,
                    directions,
                    projections,
                    weights: &self.recurrent[group.direction],
                    hidden,
                });
            });
        hidden
    }

    /// Projects the hidden states of the layer below, as [`project_inputs`](crate::model::encoder::recurrent::kernel::project_inputs) does.
    fn project(&self, arch: Int8Arch, states: &[f32]) -> Buffer {
        let weights = self.inputs.as_ref().expect("a layer above the first");
        InputProduct { states, weights }.compute(arch)
    }
}

/// The weights of a layer as rows: those of direction 0 before those of direction 1.
struct LayerRows {
    weights: Vec<f32>,
    hidden_size: usize,
    /// The number of columns: input weights, the bias and recurrent weights.
    columns: usize,
}

impl LayerRows {
    fn of(weights: &Tensor, hidden_size: usize) -> Result<Self> {
        Ok(Self {
            hidden_size,
            columns: weights.dim(1)?,
            weights: weights.flatten_all()?.to_vec1()?,
        })
    }

    /// Returns the rows of each direction.
    fn directions(&self) -> impl Iterator<Item = Vec<&[f32]>> {
        let of_direction = 4 * self.hidden_size * self.columns;
        let directions = self.weights.chunks_exact(of_direction);
        directions.map(|rows| rows.chunks_exact(self.columns).collect())
    }

    fn bias_column(&self) -> usize {
        self.columns - self.hidden_size - 1
    }

    /// Arranges the input weights and the bias of each direction.
    fn input_panels(&self, arch: Int8Arch) -> Vec<Panels> {
        let lanes = arch.float_arch().dispatch(Lanes);
        let columns = 0..self.bias_column() + 1;
        let input = |rows: Vec<&[f32]>| -> Panels {
            let rows: Vec<&[f32]> = rows.iter().map(|row| &row[columns.clone()]).collect();
            Panels::of_sums(&rows, lanes)
        };
        self.directions().map(input).collect()
    }

    fn quantized(&self, arch: Int8Arch, has_states_as_inputs: bool) -> QuantizedLayer {
        let bias = self.bias_column();
        let lanes = arch.float_arch().dispatch(Lanes);
        let quantized = |rows: &[&[f32]], columns: std::ops::Range<usize>| {
            let rows: Vec<&[f32]> = rows.iter().map(|row| &row[columns.clone()]).collect();
            Int8Panels::of_lstm_gates(arch, &QuantizedMatrix::new(&rows))
        };
        let inputs = self.directions().map(|rows| {
            let biases: Vec<&[f32]> = rows.iter().map(|row| &row[bias..bias + 1]).collect();
            InputWeights {
                panels: quantized(&rows, 0..bias),
                bias: Panels::of_sums(&biases, lanes),
            }
        });
        QuantizedLayer {
            hidden_size: self.hidden_size,
            inputs: has_states_as_inputs.then(|| inputs.collect()),
            recurrent: self
                .directions()
                .map(|rows| quantized(&rows, bias + 1..self.columns))
                .collect(),
        }
    }
}
