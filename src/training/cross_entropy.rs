//! Cross-entropy of logits.

/// Returns the mean cross-entropy of the softmax of logits, `[texts][labels]`, divided by a temperature, against the target
/// distribution of each text.
pub(crate) fn mean_cross_entropy<'a>(
    logits: &[Vec<f32>],
    targets: impl Iterator<Item = &'a [f32]>,
    temperature: f64,
) -> f64 {
    let losses = logits.iter().zip(targets).map(|(logits, target)| {
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let below = |logit: f32| f64::from(logit - largest) / temperature;
        let normalizer: f64 = logits.iter().map(|&logit| below(logit).exp()).sum();
        let shares = logits.iter().zip(target);
        let terms =
            shares.map(|(&logit, &share)| f64::from(share) * (normalizer.ln() - below(logit)));
        terms.sum::<f64>()
    });
    losses.sum::<f64>() / logits.len().max(1) as f64
}
