//! What the model gets wrong: the most confident mistakes, and the labels it takes for one another.

use crate::explain::{excerpt, shaded};
use crate::html::{escaped, nothing, section};
use crate::printable::grouped;
use crate::report::{ConfusedPair, Mistake, shown};

/// Enough of a text to see why it was mistaken.
const CHARACTERS_SHOWN: usize = 600;

const LEGEND: &str = "<p class=\"legend\"><mark class=\"away\" style=\"--strength:1\">Orange, dotted</mark> words spoke for \
                      the label that was given, <mark class=\"towards\" style=\"--strength:1\">blue, solid</mark> ones \
                      against it (integrated gradients).</p>\n";

const PAIRS_SHOWN: usize = 12;

/// The most confident mistakes.
pub fn mistakes(mistakes: &[Mistake]) -> String {
    let content = if mistakes.is_empty() {
        nothing("There are none.")
    } else {
        let items: String = mistakes.iter().map(item).collect();
        format!("{LEGEND}<ol class=\"mistakes\">\n{items}</ol>\n")
    };
    section("The most confident mistakes", &content)
}

fn item(mistake: &Mistake) -> String {
    let (part, mut weights) = excerpt(&mistake.text, &mistake.weights, CHARACTERS_SHOWN);
    // The label that was given has the colour of what is wrong, so what spoke for it has it too.
    weights
        .iter_mut()
        .for_each(|weight| weight.weight = -weight.weight);
    let before = if part.start > 0 { "…" } else { "" };
    let after = if part.end < mistake.text.len() {
        "…"
    } else {
        ""
    };
    let text = shaded(&mistake.text[part], &weights);
    format!(
        "<li><p><bdi class=\"right\">{}</bdi> taken for <bdi class=\"wrong\">{}</bdi> \
         <span class=\"score\">{}</span></p>\n<blockquote class=\"shaded\" dir=\"auto\">{before}{text}{after}</blockquote></li>\n",
        escaped(&mistake.label),
        escaped(&mistake.predicted),
        shown::figure(mistake.score, 4)
    )
}

/// The labels taken for one another most often.
pub fn confused(pairs: &[ConfusedPair]) -> String {
    if pairs.is_empty() {
        return String::new();
    }
    let most = pairs
        .iter()
        .map(|pair| pair.count)
        .max()
        .unwrap_or(1)
        .max(1);
    let items: String = pairs
        .iter()
        .take(PAIRS_SHOWN)
        .map(|pair| {
            let percent = pair.count as f64 / most as f64 * 100.0;
            format!(
                "<li style=\"--share:{percent:.1}%\"><span><bdi>{}</bdi> taken for <bdi>{}</bdi>\
                 </span> <b>{}</b></li>\n",
                escaped(&pair.actual),
                escaped(&pair.predicted),
                grouped(pair.count)
            )
        })
        .collect();
    format!("<div class=\"confused\">\n<h3>Most often confused</h3>\n<ol>\n{items}</ol>\n</div>\n")
}
