//! Scores encoded texts with the network, on all cores.

use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Tensor;
use rayon::prelude::*;

use crate::batch::{Batch, EncodedTexts};
use crate::model::{Inputs, ModelError, Network};

/// The size of batches: enough rows for a fast recurrent product, few enough tokens for a batch's states to stay in the cache.
const BATCH: BatchSize = BatchSize {
    rows: 128,
    tokens: 4_096,
};

/// The size of batches in 8 bits. The weights are a quarter as large, so fewer rows share their reading.
const QUANTIZED_BATCH: BatchSize = BatchSize {
    rows: 64,
    tokens: 2_048,
};

/// The maximum number of texts and of tokens in a batch.
#[derive(Clone, Copy)]
struct BatchSize {
    rows: usize,
    tokens: usize,
}

/// The minimum number of tokens per vocabulary word for which projecting the whole vocabulary once is less work than
/// projecting the distinct words of each batch, which are a fifth of its tokens.
const TOKENS_PER_WORD: usize = 8;

/// Returns the logits of each text, one per label, without the n-grams' part.
pub(crate) fn network_logits(
    network: &Network,
    texts: &EncodedTexts,
) -> Result<Vec<Vec<f32>>, ModelError> {
    let never = AtomicBool::new(false);
    let scored = match network.quantized() {
        Some(quantized) => {
            quantized.expect_tokens(texts.tokens(), network.embedding());
            in_batches(texts, QUANTIZED_BATCH, &never, |rows| {
                network.score_quantized(quantized, &Batch::pack_ids(rows))
            })?
        }
        None => score(network, texts, &never, Network::score)?,
    };
    Ok(scored.unwrap_or_default())
}

/// Returns the pooled features of each text, which the linear layer reads, or `None` if `interrupted` was set.
pub(crate) fn network_features(
    network: &Network,
    texts: &EncodedTexts,
    interrupted: &AtomicBool,
) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
    score(network, texts, interrupted, Network::features)
}

/// Returns a row of numbers for each text, computed by `forward` for a batch: `[rows, numbers]`. Returns `None` if
/// `interrupted` was set.
fn score(
    network: &Network,
    texts: &EncodedTexts,
    interrupted: &AtomicBool,
    forward: impl Fn(&Network, &Batch, &Inputs) -> Result<Tensor, ModelError> + Sync,
) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
    let words = match texts.tokens() > TOKENS_PER_WORD * network.embedding().words() {
        true => network.project_vocabulary()?,
        false => None,
    };
    in_batches(texts, BATCH, interrupted, |rows| match &words {
        Some(words) => forward(network, &Batch::pack_ids(rows), words),
        None => {
            let batch = Batch::pack(rows);
            forward(network, &batch, &network.embed(&batch)?.into())
        }
    })
}

/// Returns a row of numbers for each text, computed by `forward` for some texts, from long to short: `[texts, numbers]`.
/// Returns `None` if `interrupted` was set.
fn in_batches(
    texts: &EncodedTexts,
    size: BatchSize,
    interrupted: &AtomicBool,
    forward: impl Fn(&[&[u32]]) -> Result<Tensor, ModelError> + Sync,
) -> Result<Option<Vec<Vec<f32>>>, ModelError> {
    let batches = texts.by_length(size.rows, size.tokens);
    let scored = batches
        .par_iter()
        .map(|indices| {
            if interrupted.load(Ordering::Relaxed) {
                return Ok(None);
            }
            // `indices` are sorted from long to short, so the batch's rows have the same order.
            let rows: Vec<&[u32]> = indices.iter().map(|&index| texts.get(index)).collect();
            Ok(Some(forward(&rows)?.to_vec2::<f32>()?))
        })
        .collect::<Result<Vec<_>, ModelError>>()?;
    let Some(scored) = scored.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let mut of_texts = vec![Vec::new(); texts.len()];
    for (index, of_text) in batches.concat().into_iter().zip(scored.concat()) {
        of_texts[index] = of_text;
    }
    Ok(Some(of_texts))
}
