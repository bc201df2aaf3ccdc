//! The shape of a network, as saved in a model's config.json.

use candle_core::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::dense_weights::{DenseWeights, WeightSpec};
use super::initializer::Initializer;
use super::limits::{MAX_SIZE, check_size};
use super::{EncoderConfig, ModelError, Pooling, RecurrentConfig};

/// The kinds and sizes of a network's layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SavedArchitecture")]
pub struct Architecture {
    /// The embedding dimension.
    pub embedding_size: usize,
    /// The encoder, which computes the hidden state of each token.
    pub encoder: EncoderConfig,
    /// The pooling of a text's hidden states.
    pub pooling: Pooling,
    /// Whether the linear layer also reads the mean of a text's word vectors.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub word_mean: bool,
}

/// An [`Architecture`] of any format version. Before version 5 the LSTM's fields were beside the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedArchitecture {
    embedding_size: usize,
    encoder: Option<EncoderConfig>,
    hidden_size: Option<usize>,
    layers: Option<usize>,
    bidirectional: Option<bool>,
    pooling: Pooling,
    #[serde(default)]
    word_mean: bool,
}

impl TryFrom<SavedArchitecture> for Architecture {
    type Error = &'static str;

    fn try_from(saved: SavedArchitecture) -> Result<Self, Self::Error> {
        let lstm = (saved.hidden_size, saved.layers, saved.bidirectional);
        let encoder = match (saved.encoder, lstm) {
            (Some(encoder), (None, None, None)) => encoder,
            (None, (Some(hidden_size), Some(layers), Some(bidirectional))) => {
                EncoderConfig::Lstm(RecurrentConfig {
                    hidden_size,
                    layers,
                    bidirectional,
                })
            }
            (None, (None, None, None)) => return Err("missing field `encoder`"),
            (None, _) => {
                return Err("`hidden_size`, `layers` and `bidirectional` must be present together");
            }
            (Some(_), _) => {
                return Err(
                    "`hidden_size`, `layers` and `bidirectional` belong in `encoder`, not beside it",
                );
            }
        };
        Ok(Self {
            embedding_size: saved.embedding_size,
            encoder,
            pooling: saved.pooling,
            word_mean: saved.word_mean,
        })
    }
}

impl Architecture {
    /// Returns the JSON of format versions 1 to 4, whose only encoder was the LSTM. Other encoders stay as they are.
    pub(super) fn to_flat_json(&self) -> serde_json::Value {
        match &self.encoder {
            EncoderConfig::Lstm(lstm) => json!({
                "embedding_size": self.embedding_size,
                "hidden_size": lstm.hidden_size,
                "layers": lstm.layers,
                "bidirectional": lstm.bidirectional,
                "pooling": self.pooling,
            }),
            _ => json!(self),
        }
    }

    /// Returns the number of directions in which the encoder reads a text. Each has the same number of features.
    pub fn directions(&self) -> usize {
        self.encoder.directions()
    }

    /// Returns the number of features of a hidden state.
    pub fn features(&self) -> usize {
        self.encoder.features(self.embedding_size)
    }

    /// Returns the number of features that the linear layer reads: the pooled hidden states and, with
    /// [`Architecture::word_mean`], the mean word vector.
    pub fn pooled_features(&self) -> usize {
        match self.word_mean {
            true => self.features() + self.embedding_size,
            false => self.features(),
        }
    }

    /// Checks that all sizes are within bounds.
    pub fn check(&self) -> Result<(), ModelError> {
        check_size("embedding size", self.embedding_size, 1, MAX_SIZE)?;
        self.encoder.check()
    }

    /// Returns the name and shape of every weight except the embedding.
    pub(super) fn dense_shapes(&self, labels: usize) -> Vec<(String, Vec<usize>)> {
        let weights = self.dense_weights(labels).into_iter();
        weights.map(|weight| (weight.name, weight.shape)).collect()
    }

    /// Draws every weight except the embedding from `rng`.
    // Public for tests/library/recurrence.rs, which needs random weights of any shape.
    #[doc(hidden)]
    pub fn initial_weights(
        &self,
        labels: usize,
        rng: &mut impl Rng,
        device: &Device,
    ) -> candle_core::Result<DenseWeights> {
        self.dense_weights(labels)
            .into_iter()
            .map(|weight| {
                let values = weight.initializer.draw(&weight.shape, rng);
                Ok((weight.name, Tensor::from_vec(values, weight.shape, device)?))
            })
            .collect()
    }

    /// Returns the specification of every weight except the embedding, in drawing order.
    fn dense_weights(&self, labels: usize) -> Vec<WeightSpec> {
        let features = self.features();
        let mut weights = self.encoder.weight_specs(self.embedding_size);
        weights.extend(self.pooling.weight_specs(features));
        let inputs = self.pooled_features();
        weights.extend([
            WeightSpec::new(
                "linear.weight",
                [labels, inputs],
                Initializer::GlorotUniform {
                    inputs,
                    outputs: labels,
                },
            ),
            WeightSpec::new("linear.bias", [labels], Initializer::Zeros),
        ]);
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &str = r#""embedding_size": 4, "pooling": "max""#;
    const LSTM: &str = r#""hidden_size": 3, "layers": 2, "bidirectional": true"#;

    fn read(json: String) -> Result<Architecture, String> {
        serde_json::from_str(&json).map_err(|error| error.to_string())
    }

    #[test]
    fn lstm_fields_are_read_in_both_forms() {
        let encoder = format!(r#""encoder": {{"kind": "lstm", {LSTM}}}"#);
        let flat = read(format!("{{{FIELDS}, {LSTM}}}")).unwrap();
        let nested = read(format!("{{{FIELDS}, {encoder}}}")).unwrap();
        assert_eq!(flat, nested);
        assert_eq!(read(serde_json::to_string(&nested).unwrap()), Ok(nested));
        assert_eq!(read(flat.to_flat_json().to_string()), Ok(flat));

        let both = read(format!("{{{FIELDS}, {LSTM}, {encoder}}}")).unwrap_err();
        assert!(both.contains("beside"), "{both}");
        let neither = read(format!("{{{FIELDS}}}")).unwrap_err();
        assert!(neither.contains("missing field `encoder`"), "{neither}");
        let part = read(format!(r#"{{{FIELDS}, "layers": 1}}"#)).unwrap_err();
        assert!(part.contains("together"), "{part}");
        let other = read(format!(r#"{{{FIELDS}, "encoder": {{"kind": "gpt"}}}}"#)).unwrap_err();
        assert!(other.contains("unknown variant `gpt`"), "{other}");
    }
}
