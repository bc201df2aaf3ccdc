//! Words shaded by their weights as HTML, and the legend that says what the shades mean.

use maud::{Markup, html};

use super::shading::{Piece, Reading};
use crate::html::Untrusted;
use crate::tone::{Mark, Tone};

/// What the words of a page are weighed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legend {
    /// For labels, of which some have the tones positive and negative, and some may have others.
    Labels {
        /// Whether some are positive or negative.
        has_tones: bool,
        /// Whether some are neither.
        has_others: bool,
    },
    /// For no label: attention is the same for all.
    Attention,
}

impl Legend {
    /// Returns the legend of labels.
    pub fn of<'a>(labels: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut has_tones, mut has_others) = (false, false);
        for label in labels {
            match Tone::of(label) {
                Tone::Other => has_others = true,
                Tone::Positive | Tone::Negative => has_tones = true,
            }
        }
        Self::Labels {
            has_tones,
            has_others,
        }
    }

    /// Returns the legend as HTML.
    pub fn html(self) -> Markup {
        let entry = |mark: Mark, meaning: &str| {
            html! { span { mark class=(mark.name()) { (meaning) } } " " }
        };
        let (has_tones, has_others) = match self {
            Self::Attention => (false, false),
            Self::Labels {
                has_tones,
                has_others,
            } => (has_tones, has_others),
        };
        html! {
            p class="legend" {
                @if self == Self::Attention {
                    (entry(Mark::For, "attention, the same for every label"))
                }
                // The page of the server shows the part that its model needs.
                @if has_tones {
                    span data-for="tones" {
                        (entry(Mark::Positive, "towards positive"))
                        (entry(Mark::Negative, "towards negative"))
                    }
                }
                @if has_others {
                    span data-for="others" {
                        (entry(Mark::For, "for the label"))
                        (entry(Mark::Against, "against it"))
                    }
                }
                span class="unknown" { "unknown word" } " "
                span class="note" { "A stronger colour is a larger weight." }
            }
        }
    }
}

/// Returns the pieces of a text, shaded by their weights for a label.
pub fn shaded(pieces: &[Piece], label: &str) -> Markup {
    let tone = Tone::of(label);
    html! {
        @for piece in pieces {
            @if piece.is_shaded() {
                mark class={ (tone.mark(piece.strength).name()) " s" (level(piece.strength)) } {
                    (Untrusted(piece.text))
                }
            } @else {
                @match piece.reading {
                    Reading::Known => (Untrusted(piece.text)),
                    Reading::Unknown => span class="unknown" { (Untrusted(piece.text)) },
                    Reading::Unread => span class="unread" { (Untrusted(piece.text)) },
                }
            }
        }
    }
}

/// Returns the level of a strength, from 1 to 10. It is a class, since the server's page allows no style attributes.
fn level(strength: f64) -> usize {
    ((10.0 * strength.abs()).ceil() as usize).clamp(1, 10)
}
