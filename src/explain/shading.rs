//! The pieces of a text for shading by weight.

use std::ops::Range;

use super::explanation::{ClassExplanation, Explanation, Weight};

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece<'a> {
    /// The piece's text.
    pub text: &'a str,
    /// The strength of its weight, from −1 to 1; 0 without a weight.
    pub strength: f64,
    /// How the model read it.
    pub reading: Reading,
}

/// How a model reads a piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As a word of its vocabulary, or as space between words.
    Known,
    /// As a word that is not in its vocabulary.
    Unknown,
    /// Not at all: the text is longer than the model's maximum length.
    Unread,
}

/// The absolute weight that has full strength. It is the same for every text, so that shades of two texts can be compared.
pub const FULL_WEIGHT: f64 = 0.3;

impl Piece<'_> {
    /// Below this strength, a word is not shaded.
    pub const LEAST_STRENGTH: f64 = 0.07;

    /// Returns whether the piece is a word to shade.
    pub fn is_shaded(&self) -> bool {
        self.strength.abs() >= Self::LEAST_STRENGTH
    }
}

impl Explanation {
    /// Splits the text into the words that weigh for a class, the unknown words, the part that the model does not read, and
    /// the parts between them. The concatenated pieces equal the text.
    pub fn pieces(&self, class: &ClassExplanation) -> Vec<Piece<'_>> {
        split(&self.text, &class.weights, &self.unknown, self.read_from)
    }
}

/// Splits a text into weighted words and the parts between them. The concatenated pieces equal the text.
pub fn pieces<'a>(text: &'a str, weights: &[Weight]) -> Vec<Piece<'a>> {
    split(text, weights, &[], 0)
}

fn split<'a>(
    text: &'a str,
    weights: &[Weight],
    unknown: &[Range<usize>],
    read_from: usize,
) -> Vec<Piece<'a>> {
    let weighted = weights.iter().flat_map(|weight| {
        let strength = (weight.weight / FULL_WEIGHT).clamp(-1.0, 1.0);
        weight
            .spans
            .iter()
            .map(move |span| (span.clone(), strength))
    });
    let unknown_spans = unknown.iter().map(|span| (span.clone(), 0.0));
    let mut spans: Vec<(Range<usize>, f64)> = weighted.chain(unknown_spans).collect();
    // Stable: a weighted word comes before the same word as an unknown one.
    spans.sort_by_key(|(span, _)| (span.start, span.end));
    let mut pieces = Vec::new();
    let mut push = |text: &'a str, strength: f64, reading: Reading| {
        if !text.is_empty() {
            pieces.push(Piece {
                text,
                strength,
                reading,
            });
        }
    };
    push(&text[..read_from], 0.0, Reading::Unread);
    let mut at = read_from;
    for (span, strength) in spans {
        // Tokens from one character of the text (a ligature) share its range.
        if span.start >= at {
            let reading = match unknown.binary_search_by_key(&span.start, |other| other.start) {
                Ok(_) => Reading::Unknown,
                Err(_) => Reading::Known,
            };
            push(&text[at..span.start], 0.0, Reading::Known);
            push(&text[span.clone()], strength, reading);
            at = span.end;
        }
    }
    push(&text[at..], 0.0, Reading::Known);
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
        let weights = [weight(&[(0, 3), (10, 13)], -0.6), weight(&[(4, 8)], 0.15)];
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
        assert_eq!(pieces("a b", &[weight(&[(0, 1)], 0.03)])[0].strength, 0.1);
        assert_eq!(pieces("", &[]), []);
        let twice = [weight(&[(0, 1)], 1.0), weight(&[(0, 1)], 0.5)];
        assert_eq!(pieces("a b", &twice).len(), 2);
    }

    #[test]
    fn unknown_and_unread_words_are_told_apart() {
        let text = "long ago, zzqx was good";
        let weights = [weight(&[(19, 23)], 0.3), weight(&[(10, 14)], 0.001)];
        let unknown = 10..14;
        let pieces = split(text, &weights, std::slice::from_ref(&unknown), 10);
        let shown: Vec<_> = pieces
            .iter()
            .map(|piece| (piece.text, piece.reading, piece.is_shaded()))
            .collect();
        assert_eq!(
            shown,
            [
                ("long ago, ", Reading::Unread, false),
                ("zzqx", Reading::Unknown, false),
                (" was ", Reading::Known, false),
                ("good", Reading::Known, true)
            ]
        );
    }
}
