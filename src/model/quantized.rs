//! A network's encoder and pooling with products of 8-bit integers, for scoring on the CPU.

use candle_core::Result;
use pulp::Arch;

use super::Embedding;
use super::encoder::{Encoder, QuantizedLstm};
use super::kernel::Int8Arch;
use super::pooling::{Attention, QuantizedAttention, Reduced, Reduction};
use crate::batch::{Batch, PackedLayout};

/// The quantized encoder and pooling of a network. Made once from its weights; saved models do not change.
#[derive(Debug)]
pub(crate) struct QuantizedNetwork {
    encoder: QuantizedLstm,
    pooling: QuantizedPooling,
}

#[derive(Debug)]
enum QuantizedPooling {
    Attention(Box<QuantizedAttention>),
    /// A pooling without weights.
    Reduction(Reduction),
}

impl QuantizedNetwork {
    /// Quantizes an encoder and its pooling. Returns `None` if the encoder has no quantized form.
    pub(super) fn new(
        encoder: &Encoder,
        attention: Option<&Attention>,
        reduction: Option<Reduction>,
    ) -> Result<Option<Self>> {
        let arch = Int8Arch::new();
        let Some(encoder) = encoder.quantized(arch)? else {
            return Ok(None);
        };
        let pooling = match (attention, reduction) {
            (Some(attention), _) => {
                QuantizedPooling::Attention(Box::new(QuantizedAttention::new(attention, arch)?))
            }
            (None, Some(reduction)) => QuantizedPooling::Reduction(reduction),
            (None, None) => return Ok(None),
        };
        Ok(Some(Self { encoder, pooling }))
    }

    /// Prepares for scoring this number of tokens. It never changes a result.
    pub(crate) fn expect_tokens(&self, tokens: usize, embedding: &Embedding) {
        self.encoder.expect_tokens(tokens, embedding);
    }

    /// Returns the pooled hidden states, `[rows, features]`, of a batch of [`Batch::pack_ids`].
    pub(super) fn pooled(&self, batch: &Batch, embedding: &Embedding) -> Vec<f32> {
        let hidden = self.encoder.forward(batch, embedding);
        self.pool(&hidden, &batch.layout)
    }

    fn pool(&self, hidden: &[f32], layout: &PackedLayout) -> Vec<f32> {
        match &self.pooling {
            QuantizedPooling::Attention(attention) => attention.pool(hidden, layout),
            QuantizedPooling::Reduction(reduction) => {
                let states = self.encoder.hidden_states(hidden, layout);
                Reduced::new(Arch::new(), *reduction, states)
                    .values()
                    .to_vec()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::batch::Batch;
    use crate::model::{
        Architecture, Embedding, EncoderConfig, Implementation, Network, Pooling, RecurrentConfig,
        ScoringPrecision, Weights,
    };

    const WORDS: u32 = 12;

    fn network(architecture: &Architecture, seed: u64, implementation: Implementation) -> Network {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let size = architecture.embedding_size;
        let table = (0..WORDS as usize * size).map(|index| (index as f32 * 0.7).sin());
        let weights = Weights {
            embedding: Embedding::new(table.collect(), size),
            dense: architecture
                .initial_weights(3, &mut rng, &Device::Cpu)
                .unwrap(),
        };
        Network::new(architecture.clone(), 3, weights, implementation).unwrap()
    }

    fn architecture() -> impl Strategy<Value = Architecture> {
        use Pooling::{Attention, Last, Max, Mean};

        let pooling = prop::sample::select(vec![Last, Mean, Max, Attention]);
        let sizes = (1usize..40, 1usize..70, 1usize..=2);
        (sizes, any::<bool>(), pooling, any::<bool>()).prop_map(
            |((embedding_size, hidden_size, layers), bidirectional, pooling, word_mean)| {
                Architecture {
                    embedding_size,
                    encoder: EncoderConfig::Lstm(RecurrentConfig {
                        hidden_size,
                        layers,
                        bidirectional,
                    }),
                    pooling,
                    word_mean,
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn quantized_logits_are_close(
            architecture in architecture(),
            texts in prop::collection::vec(prop::collection::vec(0..WORDS, 0..12), 1..9),
            seed in any::<u64>(),
        ) {
            let network = network(&architecture, seed, Implementation::Fused);
            let batch = Batch::pack(&texts);
            let exact = network.score(&batch, &network.embed(&batch).unwrap().into()).unwrap();
            let network = network.scoring_in(ScoringPrecision::Int8).unwrap();
            let found = network
                .score_quantized(network.quantized().unwrap(), &Batch::pack_ids(&texts))
                .unwrap();
            let values = |logits: candle_core::Tensor| logits.to_vec2::<f32>().unwrap().concat();
            for (found, exact) in values(found).into_iter().zip(values(exact)) {
                prop_assert!((found - exact).abs() < 0.06, "{found}, not {exact}");
            }
        }
    }

    #[test]
    fn the_plain_implementation_has_no_quantized_form() {
        let architecture = Architecture {
            embedding_size: 4,
            encoder: EncoderConfig::Lstm(RecurrentConfig {
                hidden_size: 3,
                layers: 1,
                bidirectional: true,
            }),
            pooling: Pooling::Max,
            word_mean: false,
        };
        let plain = network(&architecture, 1, Implementation::Plain);
        let plain = plain.scoring_in(ScoringPrecision::Int8).unwrap();
        assert!(plain.quantized().is_none());
    }
}
