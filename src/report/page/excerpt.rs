//! Excerpts of long texts: the part with the largest total weight.

use std::ops::Range;

use crate::explain::Weight;

/// Returns the byte range of at most `characters` characters with the largest sum of absolute weights, and the weights
/// with spans relative to it. The range starts at the text's start or at a weighted word.
pub fn excerpt(text: &str, weights: &[Weight], characters: usize) -> (Range<usize>, Vec<Weight>) {
    let end_of = |start: usize| {
        let beyond = text[start..].char_indices().nth(characters);
        beyond.map_or(text.len(), |(length, _)| start + length)
    };
    let spans = || {
        let of_weight = |weight: &'_ Weight| weight.weight.abs();
        weights.iter().flat_map(move |weight| {
            weight
                .spans
                .iter()
                .map(move |span| (span.clone(), of_weight(weight)))
        })
    };
    let held = |part: &Range<usize>| -> f64 {
        let inside = spans().filter(|(span, _)| span.start >= part.start && span.end <= part.end);
        inside.map(|(_, weight)| weight).sum()
    };
    let starts = std::iter::once(0).chain(spans().map(|(span, _)| span.start));
    let parts = starts
        .map(|start| start..end_of(start))
        .map(|part| (held(&part), part));
    let best = parts.reduce(|best, next| if next.0 > best.0 { next } else { best });
    let part = best.map_or(0..end_of(0), |(_, part)| part);
    let inside = weights.iter().map(|weight| Weight {
        spans: weight
            .spans
            .iter()
            .filter(|span| span.start >= part.start && span.end <= part.end)
            .map(|span| span.start - part.start..span.end - part.start)
            .collect(),
        ..weight.clone()
    });
    let inside = inside.collect();
    (part, inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(spans: &[(usize, usize)], weight: f64) -> Weight {
        Weight {
            token: String::new(),
            spans: spans.iter().map(|&(start, end)| start..end).collect(),
            weight,
        }
    }

    #[test]
    fn excerpt_has_the_largest_weights() {
        let text = format!("{} bad, {} awful é", "a".repeat(50), "b".repeat(50));
        let bad = weight(&[(51, 54)], -0.2);
        let awful = weight(&[(107, 112)], 0.5);
        let (part, weights) = excerpt(&text, &[bad.clone(), awful.clone()], 7);
        assert_eq!((&text[part], &weights[1].spans[0]), ("awful é", &(0..5)));
        assert!(weights[0].spans.is_empty());
        let (part, weights) = excerpt(&text, &[bad, awful], 70);
        assert_eq!((part.start, weights[1].spans.len()), (51, 1));
        assert_eq!(excerpt(&text, &[], 3).0, 0..3);
        assert_eq!(excerpt(&text, &[], 500).0, 0..text.len());
    }
}
