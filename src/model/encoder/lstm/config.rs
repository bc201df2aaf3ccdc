//! The sizes of an LSTM and the specification of its weights.

use serde::{Deserialize, Serialize};

use crate::model::ModelError;
use crate::model::dense_weights::WeightSpec;
use crate::model::initializer::Initializer;
use crate::model::limits::{MAX_LAYERS, MAX_SIZE, check_size};

/// The sizes of an LSTM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LstmConfig {
    /// The hidden size of each direction.
    pub hidden_size: usize,
    /// The number of stacked layers.
    pub layers: usize,
    /// Whether a second direction reads each text from its end.
    pub bidirectional: bool,
}

impl LstmConfig {
    /// Returns the number of directions: 2 if bidirectional, else 1.
    pub(in crate::model) fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// Returns the number of features of a hidden state: the hidden size times the number of directions.
    pub(in crate::model) fn features(&self) -> usize {
        self.directions() * self.hidden_size
    }

    /// Returns the suffix of the weight names of each direction.
    pub(crate) fn suffixes(&self) -> &'static [&'static str] {
        &["", "_reverse"][..self.directions()]
    }

    /// Checks that all sizes are within bounds.
    pub(in crate::model) fn check(&self) -> Result<(), ModelError> {
        check_size("hidden size", self.hidden_size, 1, MAX_SIZE)?;
        check_size("number of layers", self.layers, 1, MAX_LAYERS)
    }

    /// Returns the specification of the weights, with the names and shapes of PyTorch's `nn.LSTM` and Keras's initial
    /// values.
    ///
    /// Input weights are uniform, the recurrent weights of each gate orthogonal, and biases zero. Only the forget gate's
    /// bias is one, so that the cell keeps its state at first (Jozefowicz et al., 2015, section 3.2).
    pub(in crate::model) fn weight_specs(&self, embedding_size: usize) -> Vec<WeightSpec> {
        let hidden = self.hidden_size;
        let gates = 4 * hidden;
        let forget_gate = hidden..2 * hidden;
        let mut weights = Vec::new();
        for layer in 0..self.layers {
            let inputs = match layer {
                0 => embedding_size,
                _ => self.features(),
            };
            for suffix in self.suffixes() {
                let name = |kind: &str| format!("lstm.{kind}_l{layer}{suffix}");
                weights.extend([
                    WeightSpec::new(
                        name("weight_ih"),
                        [gates, inputs],
                        Initializer::GlorotUniform {
                            inputs,
                            outputs: hidden,
                        },
                    ),
                    WeightSpec::new(
                        name("weight_hh"),
                        [gates, hidden],
                        Initializer::Orthogonal { size: hidden },
                    ),
                    WeightSpec::new(
                        name("bias_ih"),
                        [gates],
                        Initializer::OnesAt(forget_gate.clone()),
                    ),
                    WeightSpec::new(name("bias_hh"), [gates], Initializer::Zeros),
                ]);
            }
        }
        weights
    }
}
