//! Explanations as pages of HTML that need nothing else.

use super::{Basis, ClassExplanation, Explanation, Overview, OverviewClass, Weight, pieces};
use crate::html::{document, escaped, nothing, section};
use crate::printable::grouped;

/// The page of one text: the answer, and folded away what the other labels have.
pub fn explanation_page(explanation: &Explanation) -> String {
    let title = format!("Why {} ({:.4})", explanation.label, explanation.score);
    let (answer, others): (Vec<_>, Vec<_>) = explanation
        .classes
        .iter()
        .partition(|class| class.label == explanation.label);
    let answer: String = answer
        .into_iter()
        .map(|class| of_class(explanation, class))
        .collect();
    let others: String = others
        .into_iter()
        .map(|class| of_class(explanation, class))
        .collect();
    let others = match others.is_empty() {
        true => others,
        false => format!("<details>\n<summary>Other labels</summary>\n{others}</details>\n"),
    };
    let unread = match explanation.unread_tokens {
        0 => String::new(),
        unread => format!(
            "<p>The model does not read the first {} tokens of this text.</p>\n",
            grouped(unread)
        ),
    };
    let body = format!(
        "<p>{}.</p>\n{}{unread}{answer}{others}",
        basis(explanation.basis),
        legend(explanation.basis.method())
    );
    document(&title, &body)
}

/// The page of many texts.
pub fn overview_page(title: &str, overview: &Overview) -> String {
    let classes: String = overview.classes.iter().map(of_words).collect();
    let representatives: String = overview
        .representatives
        .iter()
        .map(representative)
        .collect();
    let body = format!(
        "<p>{} texts, explained by {}. A word's weight is its mean over all of them.</p>\n\
         <div class=\"charts\">\n{classes}</div>\n{}",
        grouped(overview.texts),
        escaped(&overview.method),
        section(
            "Texts that show most of what matters",
            &format!(
                "{}<ol class=\"mistakes\">\n{representatives}</ol>\n",
                legend(&overview.method)
            )
        )
    );
    document(title, &body)
}

/// What the shades say.
fn legend(method: &str) -> &'static str {
    match method {
        "attention" => {
            "<p class=\"legend\">The stronger the colour, the more the network looked at the word, for whichever \
             label.</p>\n"
        }
        _ => {
            "<p class=\"legend\"><mark class=\"towards\" style=\"--strength:1\">blue, solid</mark> speaks for the \
             label, <mark class=\"away\" style=\"--strength:1\">orange, dotted</mark> against it; the stronger the \
             colour, the more.</p>\n"
        }
    }
}

/// A text with its words shaded, as HTML, cut where it is longer than so many characters.
pub(crate) fn shaded(text: &str, weights: &[Weight], characters: usize) -> String {
    let mut html = String::new();
    let is_cut = text.chars().nth(characters).is_some();
    let mut left = if is_cut { characters - 1 } else { usize::MAX };
    for piece in pieces(text, weights) {
        let end = piece.text.char_indices().nth(left).map(|(end, _)| end);
        let shown = escaped(&piece.text[..end.unwrap_or(piece.text.len())]);
        html += &match piece.strength {
            0.0 => shown,
            strength => format!(
                "<mark class=\"{}\" style=\"--strength:{:.2}\">{shown}</mark>",
                direction(strength),
                strength.abs()
            ),
        };
        left = left.saturating_sub(piece.text.chars().count());
        if end.is_some() {
            return html + "…";
        }
    }
    html
}

fn direction(weight: f64) -> &'static str {
    if weight > 0.0 { "towards" } else { "away" }
}

/// What the weights rest on, in words.
pub(crate) fn basis(basis: Basis) -> String {
    match basis {
        Basis::Lime { samples, stability } => {
            let stability = stability.map_or(String::new(), |stability| {
                format!(", stability {stability:.2}")
            });
            format!("LIME, {} samples{stability}", grouped(samples))
        }
        Basis::Gradient { steps } => format!("integrated gradients, {steps} steps"),
        Basis::Attention => "attention weights".into(),
    }
}

fn of_class(explanation: &Explanation, class: &ClassExplanation) -> String {
    section(
        &format!(
            "<bdi>{}</bdi> {:.4}",
            escaped(&class.label),
            class.probability
        ),
        &format!(
            "<blockquote class=\"shaded\" dir=\"auto\">{}</blockquote>\n{}{}",
            shaded(&explanation.text, &class.weights, usize::MAX),
            fit(class),
            bars(
                "",
                class.weights.iter().map(|weight| (
                    weight.token.as_str(),
                    weight.weight,
                    String::new()
                ))
            )
        ),
    )
}

/// How well the weights make up the probability.
fn fit(class: &ClassExplanation) -> String {
    let Some(fit) = class.fit else {
        return String::new();
    };
    format!("<p class=\"nothing\">{}.</p>\n", fit.in_words(class))
}

fn of_words(class: &OverviewClass) -> String {
    let words = class.words.iter().map(|word| {
        let texts = format!("{:+.4} in {}", word.mean_weight, grouped(word.texts));
        (word.token.as_str(), word.mean_over_texts, texts)
    });
    format!(
        "<div class=\"confused\">\n<h3>For <bdi>{}</bdi></h3>\n{}</div>\n",
        escaped(&class.label),
        bars("where it is, and in how many texts", words)
    )
}

/// Words with their weights as bars, and what else there is to say of each, under a heading of its own.
fn bars<'a>(more: &str, words: impl Iterator<Item = (&'a str, f64, String)> + Clone) -> String {
    let largest = words
        .clone()
        .map(|(_, weight, _)| weight.abs())
        .fold(0.0, f64::max);
    if largest == 0.0 {
        return nothing("No word has a weight.");
    }
    let rows: String = words
        .map(|(word, weight, more)| {
            let word = escaped(word);
            format!(
                "<tr><th scope=\"row\"><bdi>{word}</bdi></th><td>{weight:+.4}</td><td>{more}</td>\
                 <td class=\"bar {}\" style=\"--share:{:.1}%\"></td></tr>\n",
                direction(weight),
                100.0 * weight.abs() / largest
            )
        })
        .collect();
    format!(
        "<table class=\"weights\">\n<thead><tr><th scope=\"col\">word</th><th scope=\"col\">weight</th>\
         <th scope=\"col\">{more}</th><th></th></tr></thead>\n<tbody>\n{rows}</tbody></table>\n"
    )
}

fn representative(explanation: &Explanation) -> String {
    let class = explanation.class(&explanation.label);
    let weights = class.map_or(&[][..], |class| &class.weights);
    format!(
        "<li><p><bdi>{}</bdi> <span class=\"score\">{:.4}</span></p>\n\
         <blockquote class=\"shaded\" dir=\"auto\">{}</blockquote></li>\n",
        escaped(&explanation.label),
        explanation.score,
        shaded(&explanation.text, weights, usize::MAX)
    )
}
