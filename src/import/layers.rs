//! The layers of an imported model, with PyTorch's names, shapes and gate order.

use std::collections::BTreeMap;

use super::tensors::Tensors;
use crate::model::{EMBEDDING, EncoderConfig, HostTensor, RecurrentConfig};

/// A recurrent cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Lstm,
    Gru,
}

impl Cell {
    /// Returns the cell whose weights have this number of gates.
    pub(super) fn of_gates(gates: usize) -> Option<Self> {
        match gates {
            4 => Some(Self::Lstm),
            3 => Some(Self::Gru),
            _ => None,
        }
    }

    /// Returns the first part of the names of its weights.
    fn prefix(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
        }
    }
}

/// The weights of one direction of a layer, in PyTorch's gate order.
#[derive(Clone, Debug)]
pub(super) struct Direction {
    pub(super) cell: Cell,
    /// `[gates * hidden, input]`
    pub(super) weight_ih: HostTensor,
    /// `[gates * hidden, hidden]`
    pub(super) weight_hh: HostTensor,
    /// `[gates * hidden]`
    pub(super) bias_ih: HostTensor,
    /// `[gates * hidden]`
    pub(super) bias_hh: HostTensor,
}

/// The layers of a classifier.
#[derive(Clone, Debug)]
pub(super) struct Layers {
    /// `[rows, size]`
    pub(super) embedding: HostTensor,
    /// The directions of each layer, the forward one first.
    recurrent: Vec<Vec<Direction>>,
    /// `[outputs, features]`
    weight: HostTensor,
    /// `[outputs]`
    bias: HostTensor,
}

impl Layers {
    /// Combines layers, whose sizes must fit.
    pub(super) fn new(
        embedding: HostTensor,
        recurrent: Vec<Vec<Direction>>,
        [weight, bias]: [HostTensor; 2],
    ) -> Result<Self, String> {
        let [_, mut inputs] = matrix(&embedding, "the embedding")?;
        let Some(first) = recurrent.first().and_then(|layer| layer.first()) else {
            return Err("it has no LSTM or GRU layer".into());
        };
        let cell = first.cell;
        let [_, hidden] = matrix(&first.weight_hh, "the recurrent weights")?;
        let directions = recurrent[0].len();
        for layer in &recurrent {
            if layer.len() != directions {
                return Err("some layers are bidirectional and others are not".into());
            }
            for direction in layer {
                let gates = direction.weight_ih.shape[0];
                let expected = [
                    (&direction.weight_ih, vec![gates, inputs]),
                    (&direction.weight_hh, vec![gates, hidden]),
                    (&direction.bias_ih, vec![gates]),
                    (&direction.bias_hh, vec![gates]),
                ];
                for (tensor, shape) in expected {
                    if tensor.shape != shape {
                        return Err(format!(
                            "a recurrent layer has weights of shape {:?} where {shape:?} is expected: all layers must have one hidden size",
                            tensor.shape
                        ));
                    }
                }
                if direction.cell != cell {
                    return Err("it has both LSTM and GRU layers".into());
                }
            }
            inputs = directions * hidden;
        }
        let [outputs, features] = matrix(&weight, "the dense layer")?;
        if features != inputs || bias.shape != [outputs] {
            return Err(format!(
                "the dense layer reads {features} features, but the layers before it give {inputs}"
            ));
        }
        Ok(Self {
            embedding,
            recurrent,
            weight,
            bias,
        })
    }

    /// Returns the number of outputs of the dense layer.
    pub(super) fn outputs(&self) -> usize {
        self.weight.shape[0]
    }

    /// Returns the configuration of the encoder.
    pub(super) fn encoder(&self) -> EncoderConfig {
        let first = &self.recurrent[0];
        let config = RecurrentConfig {
            hidden_size: first[0].weight_hh.shape[1],
            layers: self.recurrent.len(),
            bidirectional: first.len() == 2,
        };
        match first[0].cell {
            Cell::Lstm => EncoderConfig::Lstm(config),
            Cell::Gru => EncoderConfig::Gru(config),
        }
    }

    /// Returns the weights of the network, with another embedding.
    pub(super) fn into_weights(self, embedding: HostTensor) -> BTreeMap<String, HostTensor> {
        let mut weights = BTreeMap::from([(EMBEDDING.to_owned(), embedding)]);
        for (layer, directions) in self.recurrent.into_iter().enumerate() {
            for (direction, suffix) in directions.into_iter().zip(["", "_reverse"]) {
                let name =
                    |kind: &str| format!("{}.{kind}_l{layer}{suffix}", direction.cell.prefix());
                weights.extend([
                    (name("weight_ih"), direction.weight_ih),
                    (name("weight_hh"), direction.weight_hh),
                    (name("bias_ih"), direction.bias_ih),
                    (name("bias_hh"), direction.bias_hh),
                ]);
            }
        }
        let (mut weight, mut bias) = (self.weight, self.bias);
        if bias.values.len() == 1 {
            // The logit of the second label beside a logit of zero: its softmax is the sigmoid.
            weight.values.splice(0..0, vec![0.0; weight.shape[1]]);
            weight.shape[0] = 2;
            bias = vector(vec![0.0, bias.values[0]]);
        }
        weights.extend([
            ("linear.weight".into(), weight),
            ("linear.bias".into(), bias),
        ]);
        weights
    }
}

/// Returns the sizes of a matrix.
pub(super) fn matrix(tensor: &HostTensor, name: &str) -> Result<[usize; 2], String> {
    <[usize; 2]>::try_from(tensor.shape.as_slice()).map_err(|_| {
        format!(
            "{name} has the shape {:?}, not two dimensions",
            tensor.shape
        )
    })
}

/// Returns a vector as a tensor.
pub(super) fn vector(values: Vec<f32>) -> HostTensor {
    HostTensor {
        shape: vec![values.len()],
        values,
    }
}

/// Returns an error that names the tensors that no layer has, if there are any.
pub(super) fn refuse_rest(rest: &Tensors) -> Result<(), String> {
    match rest.keys().next() {
        None => Ok(()),
        Some(first) => Err(format!(
            "{} tensors belong to no embedding, LSTM, GRU or dense layer, the first is {first}: other layers cannot be imported",
            rest.len()
        )),
    }
}
