//! A text cut into the pieces that an explanation shades.

use std::ops::Range;

use super::explanation::Weight;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// The piece.
    pub text: &'a str,
    /// How strongly it pushes, from −1 to 1; 0 where nothing is said of it.
    pub strength: f64,
}

/// Weights are shown by their share of the strongest of a text, or of this where that is less: where no word matters,
/// none looks as if it did.
const LEAST_STRONGEST: f64 = 0.02;

/// Cuts a text into what has a weight and what stands between. The pieces together are the text.
pub fn pieces<'a>(text: &'a str, weights: &[Weight]) -> Vec<Piece<'a>> {
    let largest = weights
        .iter()
        .map(|weight| weight.weight.abs())
        .fold(LEAST_STRONGEST, f64::max);
    let mut spans: Vec<(&Range<usize>, f64)> = weights
        .iter()
        .flat_map(|weight| {
            weight
                .spans
                .iter()
                .map(|span| (span, weight.weight / largest))
        })
        .collect();
    spans.sort_by_key(|(span, _)| (span.start, span.end));
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |text: &'a str, strength: f64| {
        if !text.is_empty() {
            pieces.push(Piece { text, strength });
        }
    };
    for (span, strength) in spans {
        // Tokens of one character of the text (a ligature) share its place.
        if span.start >= at {
            push(&text[at..span.start], 0.0);
            push(&text[span.clone()], strength);
            at = span.end;
        }
    }
    push(&text[at..], 0.0);
    pieces
}

/// The part of a text, of at most so many characters, that has most of its weights; it begins where the text does or
/// where a word with a weight does. The weights are those of the part, at its places.
pub(crate) fn excerpt(
    text: &str,
    weights: &[Weight],
    characters: usize,
) -> (Range<usize>, Vec<Weight>) {
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
    fn pieces_are_the_text() {
        let text = "not good, not bad";
        let weights = [weight(&[(0, 3), (10, 13)], -0.5), weight(&[(4, 8)], 0.25)];
        let pieces = pieces(text, &weights);
        let shown: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.text, piece.strength))
            .collect();
        assert_eq!(
            shown,
            [
                ("not", -1.0),
                (" ", 0.0),
                ("good", 0.5),
                (", ", 0.0),
                ("not", -1.0),
                (" bad", 0.0)
            ]
        );
    }

    #[test]
    fn an_excerpt_is_where_the_weights_are() {
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

    #[test]
    fn weights_of_nothing_or_of_one_place_shade_nothing_twice() {
        assert_eq!(pieces("a b", &[weight(&[(0, 1)], 0.0)])[0].strength, 0.0);
        assert_eq!(pieces("a b", &[weight(&[(0, 1)], 0.01)])[0].strength, 0.5);
        assert_eq!(pieces("", &[]), []);
        let twice = [weight(&[(0, 1)], 1.0), weight(&[(0, 1)], 0.5)];
        assert_eq!(pieces("a b", &twice).len(), 2);
    }
}
