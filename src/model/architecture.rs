//! The shape of a network, as saved in a model's config.json.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// Bounds on what a file can make us allocate, far above what a sentiment model needs.
const MAX_SIZE: usize = 8192;
const MAX_LAYERS: usize = 16;
const MAX_LABELS: usize = 1024;

/// Checks that a model can have so many labels.
pub fn check_labels(count: usize) -> Result<(), ModelError> {
    check_size("number of labels", count, 2, MAX_LABELS)
}

/// How the hidden states of a text become one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// Each direction's state after its last token, at the text's true length.
    Last,
    /// The mean over the tokens.
    Mean,
    /// Each feature's largest value over the tokens.
    Max,
    /// A weighted mean whose weights are learned: Yang et al. (2016), Hierarchical Attention
    /// Networks, equations 5 to 7.
    Attention,
}

/// The sizes and kinds of a network's layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Numbers in a word's vector.
    pub embedding_size: usize,
    /// Numbers in the LSTM's state, for each direction.
    pub hidden_size: usize,
    /// LSTM layers, one upon the other.
    pub layers: usize,
    /// Whether a second LSTM reads each text from its end.
    pub bidirectional: bool,
    /// How hidden states become one vector.
    pub pooling: Pooling,
}

impl Architecture {
    /// 2 for a bidirectional network, else 1.
    pub fn directions(&self) -> usize {
        if self.bidirectional { 2 } else { 1 }
    }

    /// Numbers in a layer's output for a token: the hidden sizes of its directions.
    pub fn features(&self) -> usize {
        self.directions() * self.hidden_size
    }

    /// Numbers in the input of a layer for a token.
    pub(super) fn input_size(&self, layer: usize) -> usize {
        match layer {
            0 => self.embedding_size,
            _ => self.features(),
        }
    }

    /// Checks that every size is one this crate can compute with.
    pub fn check(&self) -> Result<(), ModelError> {
        check_size("embedding size", self.embedding_size, 1, MAX_SIZE)?;
        check_size("hidden size", self.hidden_size, 1, MAX_SIZE)?;
        check_size("number of layers", self.layers, 1, MAX_LAYERS)
    }

    /// The name and shape of every weight but the embedding, as PyTorch names and shapes those of
    /// `nn.LSTM` and `nn.Linear`.
    pub(super) fn dense_shapes(&self, labels: usize) -> Vec<(String, Vec<usize>)> {
        let (hidden, features) = (self.hidden_size, self.features());
        let mut shapes = Vec::new();
        for layer in 0..self.layers {
            for suffix in &["", "_reverse"][..self.directions()] {
                let name = |kind: &str| format!("lstm.{kind}_l{layer}{suffix}");
                let input = self.input_size(layer);
                shapes.push((name("weight_ih"), vec![4 * hidden, input]));
                shapes.push((name("weight_hh"), vec![4 * hidden, hidden]));
                shapes.push((name("bias_ih"), vec![4 * hidden]));
                shapes.push((name("bias_hh"), vec![4 * hidden]));
            }
        }
        if self.pooling == Pooling::Attention {
            shapes.push(("attention.weight".into(), vec![features, features]));
            shapes.push(("attention.bias".into(), vec![features]));
            shapes.push(("attention.context".into(), vec![features]));
        }
        shapes.push(("linear.weight".into(), vec![labels, features]));
        shapes.push(("linear.bias".into(), vec![labels]));
        shapes
    }
}

/// Checks that a number is one this crate can compute with.
pub(super) fn check_size(
    name: &'static str,
    size: usize,
    least: usize,
    most: usize,
) -> Result<(), ModelError> {
    if (least..=most).contains(&size) {
        return Ok(());
    }
    Err(ModelError::Size {
        name,
        size,
        least,
        most,
    })
}
