//! Page sections: the most confident mistakes and the most confused labels.

use maud::{Markup, html};

use super::excerpt::excerpt;
use crate::explain::pieces;
use crate::explain::words::{Legend, shaded};
use crate::html::{Untrusted, note, section};
use crate::printable::grouped;
use crate::report::contents::{ConfusedRow, MistakeRow};
use crate::report::formatting;
use crate::tone::Tone;

/// The maximum excerpt length in characters, enough to show the cause of a mistake.
const CHARACTERS_SHOWN: usize = 600;

const PAIRS_SHOWN: usize = 12;

/// Returns the section with the most confident mistakes.
pub fn mistakes(mistakes: &[MistakeRow]) -> Markup {
    let content = if mistakes.is_empty() {
        note("The model made no mistakes.")
    } else {
        html! {
            p class="nothing" { "Each word is shaded by its weight for the predicted label (integrated gradients)." }
            (Legend::of(mistakes.iter().map(|mistake| mistake.predicted.as_str())).html())
            ol class="mistakes" {
                @for mistake in mistakes { (item(mistake)) }
            }
        }
    };
    section("Most confident mistakes", &content)
}

fn item(mistake: &MistakeRow) -> Markup {
    let (part, weights) = excerpt(&mistake.text, &mistake.weights, CHARACTERS_SHOWN);
    let before = (part.start > 0).then_some("…");
    let after = (part.end < mistake.text.len()).then_some("…");
    html! {
        li {
            p {
                bdi class=(tone(&mistake.label)) { (Untrusted(&mistake.label)) } " predicted as "
                bdi class=(tone(&mistake.predicted)) { (Untrusted(&mistake.predicted)) } " "
                span class="score" { (formatting::figure(mistake.score, 4)) }
            }
            blockquote class="shaded" dir="auto" {
                @if let Some(before) = before { (before) }
                (shaded(&pieces(&mistake.text[part], &weights), &mistake.predicted))
                @if let Some(after) = after { (after) }
            }
        }
    }
}

fn tone(label: &str) -> String {
    format!("{}-tone", Tone::of(label).name())
}

/// Returns the list of the most confused pairs of labels.
pub fn confused(pairs: &[ConfusedRow]) -> Markup {
    let counts = pairs.iter().map(|pair| pair.count);
    let Some(most) = counts.max() else {
        return html! {};
    };
    let share = |count: u64| {
        let percent = count as f64 / most.max(1) as f64 * 100.0;
        format!("--share:{percent:.1}%")
    };
    html! {
        div class="confused" {
            h3 { "Most confused labels" }
            ol {
                @for pair in pairs.iter().take(PAIRS_SHOWN) {
                    li style=(share(pair.count)) {
                        span {
                            bdi { (Untrusted(&pair.actual)) } " predicted as " bdi { (Untrusted(&pair.predicted)) }
                        }
                        " "
                        b { (grouped(pair.count)) }
                    }
                }
            }
        }
    }
}
