//! Explanations as pages of HTML that need nothing else.

use super::{ClassExplanation, Explanation, Overview, OverviewClass, Weight, pieces};
use crate::html::{document, escaped, nothing, section};
use crate::printable::grouped;

/// The page of one text: the answer, and folded away what the other labels have.
pub fn explanation_page(explanation: &Explanation) -> String {
    let title = format!("Why {} ({:.4})", explanation.label, explanation.score);
    let answer = explanation.answer();
    let others = explanation
        .classes
        .iter()
        .filter(|class| class.label != answer.label);
    let others: String = others.map(|class| of_class(explanation, class)).collect();
    let others = match others.is_empty() {
        true => others,
        false => format!("<details>\n<summary>Other labels</summary>\n{others}</details>\n"),
    };
    let answer = of_class(explanation, answer);
    let unread = match explanation.unread_tokens {
        0 => String::new(),
        unread => format!(
            "<p>The model does not read the first {} tokens of this text.</p>\n",
            grouped(unread)
        ),
    };
    let body = format!(
        "<p>{}.</p>\n{}{unread}{answer}{others}",
        explanation.basis.in_words(),
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

/// A text with its words shaded, as HTML.
pub(crate) fn shaded(text: &str, weights: &[Weight]) -> String {
    let pieces = pieces(text, weights).into_iter().map(|piece| {
        let shown = escaped(piece.text);
        match piece.strength {
            0.0 => shown,
            strength => format!(
                "<mark class=\"{}\" style=\"--strength:{:.2}\">{shown}</mark>",
                direction(strength),
                strength.abs()
            ),
        }
    });
    pieces.collect()
}

fn direction(weight: f64) -> &'static str {
    if weight > 0.0 { "towards" } else { "away" }
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
            shaded(&explanation.text, &class.weights),
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
    let class = explanation.answer();
    format!(
        "<li><p><bdi>{}</bdi> <span class=\"score\">{:.4}</span></p>\n\
         <blockquote class=\"shaded\" dir=\"auto\">{}</blockquote></li>\n",
        escaped(&class.label),
        class.probability,
        shaded(&explanation.text, &class.weights)
    )
}
