//! Feature selection for the linear model, as in LIME's reference implementation.

use super::ridge::Moments;

/// The maximum number of features for forward selection; larger selections rank features by weight.
const MOST_BY_FORWARD_SELECTION: usize = 6;

/// The ridge penalty for the weights that rank features.
pub const COMPARING_ALPHA: f64 = 0.01;

/// Selects `most` of the `features` for a target; `features` must exceed `most`.
pub fn select(moments: &Moments, features: usize, target: usize, most: usize) -> Vec<usize> {
    if most <= MOST_BY_FORWARD_SELECTION {
        return forward_selection(moments, features, target, most);
    }
    let all: Vec<usize> = (0..features).collect();
    let fit = moments.ridge(&all, COMPARING_ALPHA).fit(target);
    strongest(&fit.coefficients, most)
}

/// Returns the features with the largest absolute weights, up to the given number, strongest first.
pub fn strongest(weights: &[f64], most: usize) -> Vec<usize> {
    let mut features: Vec<usize> = (0..weights.len()).collect();
    features.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
    features.truncate(most);
    features
}

/// Runs forward selection: each step adds the feature with the best unpenalised fit.
fn forward_selection(moments: &Moments, features: usize, target: usize, most: usize) -> Vec<usize> {
    let mut used = Vec::new();
    for _ in 0..most {
        let candidates = (0..features).filter(|feature| !used.contains(feature));
        let scored = candidates.map(|feature| {
            let with: Vec<usize> = used.iter().copied().chain([feature]).collect();
            (moments.ridge(&with, 0.0).fit(target).r2, feature)
        });
        // Ties go to the first feature.
        let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
        used.extend(best.map(|(_, feature)| feature));
    }
    used
}
