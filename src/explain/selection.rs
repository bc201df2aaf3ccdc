//! Which features a linear model may have, as LIME's reference implementation chooses them.

use super::ridge::Moments;

/// Up to so many features are chosen by forward selection, more by their weights.
const MOST_BY_FORWARD_SELECTION: usize = 6;

/// The penalty under which weights are compared.
pub const COMPARING_ALPHA: f64 = 0.01;

/// At most `most` features, for each of the targets.
pub fn select(moments: &Moments, features: usize, targets: usize, most: usize) -> Vec<Vec<usize>> {
    if most >= features {
        return vec![(0..features).collect(); targets];
    }
    if most <= MOST_BY_FORWARD_SELECTION {
        let select = |target| forward_selection(moments, features, target, most);
        return (0..targets).map(select).collect();
    }
    let all: Vec<usize> = (0..features).collect();
    let ridge = moments.ridge(&all, COMPARING_ALPHA);
    let select = |target| {
        let weights = ridge.fit(target).coefficients;
        let mut by_weight = all.clone();
        by_weight.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
        by_weight.truncate(most);
        by_weight.sort_unstable();
        by_weight
    };
    (0..targets).map(select).collect()
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
