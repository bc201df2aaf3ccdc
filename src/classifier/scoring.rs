//! Scores encoded texts with the network, on all cores.

use rayon::prelude::*;

use crate::batch::{Batch, EncodedTexts};
use crate::model::{Inputs, ModelError, Network};

/// The maximum number of texts and of tokens in a batch: enough rows for a fast recurrent product, few enough tokens
/// for a batch's states to stay in the cache.
const BATCH_ROWS: usize = 128;
const BATCH_TOKENS: usize = 4_096;

/// The minimum number of tokens per vocabulary word for which projecting the whole vocabulary once is less work than
/// projecting the distinct words of each batch, which are a fifth of its tokens.
const TOKENS_PER_WORD: usize = 8;

/// Returns the logits of each text, one per label, without the n-grams' part.
pub(crate) fn network_logits(
    network: &Network,
    texts: &EncodedTexts,
) -> Result<Vec<Vec<f32>>, ModelError> {
    let batches = texts.by_length(BATCH_ROWS, BATCH_TOKENS);
    let words = match texts.tokens() > TOKENS_PER_WORD * network.embedding().words() {
        true => network.project_vocabulary()?,
        false => None,
    };
    let scored = batches
        .par_iter()
        .map(|indices| score_batch(network, texts, indices, words.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut logits = vec![Vec::new(); texts.len()];
    for (index, of_text) in batches.concat().into_iter().zip(scored.concat()) {
        logits[index] = of_text;
    }
    Ok(logits)
}

/// Returns the logits of the texts at `indices`, in that order. `words` is the projected vocabulary, if there is one.
fn score_batch(
    network: &Network,
    texts: &EncodedTexts,
    indices: &[usize],
    words: Option<&Inputs>,
) -> Result<Vec<Vec<f32>>, ModelError> {
    // `indices` are sorted from long to short, so the batch's rows have the same order.
    let rows: Vec<&[u32]> = indices.iter().map(|&index| texts.get(index)).collect();
    let logits = match words {
        Some(words) => network.score(&Batch::pack_ids(&rows), words)?,
        None => {
            let batch = Batch::pack(&rows);
            network.forward(&batch, &network.embed(&batch)?)?
        }
    };
    Ok(logits.to_vec2::<f32>()?)
}
