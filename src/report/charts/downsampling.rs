//! Downsampling of curves that keeps their shape.

/// A point (x, y).
type Point = (f64, f64);

/// Returns about `limit` points of the curve, by the largest-triangle-three-buckets algorithm (Steinarsson, 2013).
///
/// Keeps both end points. Each bucket between them keeps the point that forms the largest triangle with its
/// neighbours, which preserves corners and peaks.
pub fn thinned(points: &[Point], limit: usize) -> Vec<Point> {
    let inner = limit.saturating_sub(2);
    if points.len() <= limit || inner == 0 {
        return points.to_vec();
    }
    let start = |run: usize| 1 + run * (points.len() - 2) / inner;
    let mut kept = vec![points[0]];
    let mut previous = points[0];
    for run in 0..inner {
        let candidates = &points[start(run)..start(run + 1)];
        let next = if run + 1 < inner {
            mean(&points[start(run + 1)..start(run + 2)])
        } else {
            points[points.len() - 1]
        };
        let best = candidates.iter().copied().max_by(|&one, &other| {
            doubled_area(previous, one, next).total_cmp(&doubled_area(previous, other, next))
        });
        if let Some(best) = best {
            kept.push(best);
            previous = best;
        }
    }
    kept.push(points[points.len() - 1]);
    kept
}

fn mean(points: &[Point]) -> Point {
    let count = points.len() as f64;
    let sum = points
        .iter()
        .fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (sum.0 / count, sum.1 / count)
}

fn doubled_area(a: Point, b: Point, c: Point) -> f64 {
    ((a.0 - c.0) * (b.1 - a.1) - (a.0 - b.0) * (c.1 - a.1)).abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_corner_and_the_ends_stay() {
        let points: Vec<Point> = (0..=10_000)
            .map(|step| f64::from(step) / 10_000.0)
            .map(|x| (x, if x < 0.25 { 4.0 * x } else { 1.0 }))
            .collect();
        let kept = thinned(&points, 500);
        assert_eq!(kept.len(), 500);
        assert_eq!((kept[0], kept[499]), (points[0], points[10_000]));
        assert!(kept.contains(&(0.25, 1.0)));
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_from_the_curve(
            points in prop::collection::vec((0.0..=1.0, 0.0..=1.0), 0..400),
            limit in 0usize..60,
        ) {
            let kept = thinned(&points, limit);
            prop_assert!(kept.iter().all(|point| points.contains(point)));
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(limit < 3 || kept.len() <= limit);
        }
    }
}
