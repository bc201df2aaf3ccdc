//! Page sections: the most confident mistakes and the most confused labels.

use maud::{Markup, html};

use super::excerpt::excerpt;
use crate::explain::page::shaded;
use crate::html::{Untrusted, note, section};
use crate::printable::grouped;
use crate::report::contents::{ConfusedRow, MistakeRow};
use crate::report::formatting;

/// The maximum excerpt length in characters, enough to show the cause of a mistake.
const CHARACTERS_SHOWN: usize = 600;

const PAIRS_SHOWN: usize = 12;

/// Returns the section with the most confident mistakes.
pub fn mistakes(mistakes: &[MistakeRow]) -> Markup {
    let content = if mistakes.is_empty() {
        note("The model made no mistakes.")
    } else {
        html! {
            (legend())
            ol class="mistakes" {
                @for mistake in mistakes { (item(mistake)) }
            }
        }
    };
    section("Most confident mistakes", &content)
}

fn legend() -> Markup {
    html! {
        p class="legend" {
            mark class="away" style="--strength:1" { "Orange, dotted" }
            " words support the predicted label; "
            mark class="towards" style="--strength:1" { "blue, solid" }
            " words oppose it (integrated gradients)."
        }
    }
}

fn item(mistake: &MistakeRow) -> Markup {
    let (part, mut weights) = excerpt(&mistake.text, &mistake.weights, CHARACTERS_SHOWN);
    // The predicted label is wrong, so the words that support it use the colour of wrong predictions.
    weights
        .iter_mut()
        .for_each(|weight| weight.weight = -weight.weight);
    let before = (part.start > 0).then_some("…");
    let after = (part.end < mistake.text.len()).then_some("…");
    html! {
        li {
            p {
                bdi class="right" { (Untrusted(&mistake.label)) } " predicted as "
                bdi class="wrong" { (Untrusted(&mistake.predicted)) } " "
                span class="score" { (formatting::figure(mistake.score, 4)) }
            }
            blockquote class="shaded" dir="auto" {
                @if let Some(before) = before { (before) }
                (shaded(&mistake.text[part], &weights))
                @if let Some(after) = after { (after) }
            }
        }
    }
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
