//! The specification of an LSTM's weights.

use crate::model::dense_weights::WeightSpec;
use crate::model::encoder::RecurrentConfig;
use crate::model::initializer::Initializer;

/// Returns the specification of the weights, with the names and shapes of PyTorch's `nn.LSTM` and Keras's initial
/// values.
///
/// Input weights are uniform, the recurrent weights of each gate orthogonal, and biases zero. Only the forget gate's
/// bias is one, so that the cell keeps its state at first (Jozefowicz et al., 2015, section 3.2).
pub(in crate::model) fn weight_specs(
    config: &RecurrentConfig,
    embedding_size: usize,
) -> Vec<WeightSpec> {
    let hidden = config.hidden_size;
    let gates = 4 * hidden;
    let forget_gate = hidden..2 * hidden;
    let mut weights = Vec::new();
    for layer in 0..config.layers {
        let inputs = config.inputs(layer, embedding_size);
        for suffix in config.suffixes() {
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
