//! The pieces of a text for shading by weight.

use std::ops::Range;

use super::explanation::Weight;

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// The piece's text.
    pub text: &'a str,
    /// The strength of its weight, from −1 to 1; 0 without a weight.
    pub strength: f64,
}

/// The minimum divisor: strength is the weight over the text's largest weight, or over this if larger. So words of an
/// unimportant text stay pale.
const LEAST_STRONGEST: f64 = 0.02;

/// Splits a text into weighted words and the parts between them. The concatenated pieces equal the text.
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
        // Tokens from one character of the text (a ligature) share its range.
        if span.start >= at {
            push(&text[at..span.start], 0.0);
            push(&text[span.clone()], strength);
            at = span.end;
        }
    }
    push(&text[at..], 0.0);
    pieces
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
    fn weights_of_nothing_or_of_one_place_shade_nothing_twice() {
        assert_eq!(pieces("a b", &[weight(&[(0, 1)], 0.0)])[0].strength, 0.0);
        assert_eq!(pieces("a b", &[weight(&[(0, 1)], 0.01)])[0].strength, 0.5);
        assert_eq!(pieces("", &[]), []);
        let twice = [weight(&[(0, 1)], 1.0), weight(&[(0, 1)], 0.5)];
        assert_eq!(pieces("a b", &twice).len(), 2);
    }
}
