//! Which features a linear model may have, as LIME's reference implementation chooses them.

use super::ridge::Moments;

/// Up to so many features are chosen by forward selection, more by their weights.
const MOST_BY_FORWARD_SELECTION: usize = 6;

/// The penalty under which weights are compared.
pub const COMPARING_ALPHA: f64 = 0.01;

/// So many of the features for a target, of which there are more.
pub fn select(moments: &Moments, features: usize, target: usize, most: usize) -> Vec<usize> {
    if most <= MOST_BY_FORWARD_SELECTION {
        return forward_selection(moments, features, target, most);
    }
    let all: Vec<usize> = (0..features).collect();
    let fit = moments.ridge(&all, COMPARING_ALPHA).fit(target);
    strongest(&fit.coefficients, most)
}

/// The features with the largest absolute weights, at most so many, the strongest first.
pub fn strongest(weights: &[f64], most: usize) -> Vec<usize> {
    let mut features: Vec<usize> = (0..weights.len()).collect();
    features.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
    features.truncate(most);
    features
}

/// Takes one feature after the other, each time the one with which the fit without a penalty is best.
fn forward_selection(moments: &Moments, features: usize, target: usize, most: usize) -> Vec<usize> {
    let mut used = Vec::new();
    for _ in 0..most {
        let candidates = (0..features).filter(|feature| !used.contains(feature));
        let scored = candidates.map(|feature| {
            let with: Vec<usize> = used.iter().copied().chain([feature]).collect();
            (moments.ridge(&with, 0.0).fit(target).r2, feature)
        });
        // Of equals the first.
        let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best });
        used.extend(best.map(|(_, feature)| feature));
    }
    used
}
