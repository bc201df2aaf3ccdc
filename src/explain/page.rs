//! Explanations as HTML pages.

use maud::{Markup, html};

use super::explanation::{ClassExplanation, Explanation, Weight};
use super::overview::{Overview, OverviewClass};
use super::shading::pieces;
use crate::html::{Untrusted, document, note, section};
use crate::printable::grouped;

/// Returns the page of one text, with labels other than the prediction collapsed.
pub fn explanation_page(explanation: &Explanation) -> String {
    let title = format!(
        "Explanation: {} ({:.4})",
        explanation.label, explanation.score
    );
    let answer = explanation.answer();
    let classes = explanation.classes.iter();
    let others: Vec<&ClassExplanation> = classes
        .filter(|class| class.label != answer.label)
        .collect();
    let body = html! {
        p { (explanation.basis.in_words()) "." }
        (legend(explanation.basis.method()))
        @if explanation.unread_tokens > 0 {
            p {
                "The text is too long: the model ignores the first " (grouped(explanation.unread_tokens)) " tokens."
            }
        }
        (class_section(explanation, answer))
        @if !others.is_empty() {
            details {
                summary { "Other labels" }
                @for class in others { (class_section(explanation, class)) }
            }
        }
    };
    document(&title, &body)
}

/// Returns the page of the explanations of many texts.
pub fn overview_page(title: &str, overview: &Overview) -> String {
    let representatives = html! {
        (legend(&overview.method))
        ol class="mistakes" {
            @for explanation in &overview.representatives { (representative(explanation)) }
        }
    };
    let body = html! {
        p {
            (grouped(overview.texts)) " texts, explained by " (Untrusted(&overview.method))
            ". A word's weight is its mean over all of them."
        }
        div class="charts" {
            @for class in &overview.classes { (word_table(class)) }
        }
        (section("Representative texts", &representatives))
    };
    document(title, &body)
}

/// Returns a text with its words shaded by their weights.
pub(crate) fn shaded(text: &str, weights: &[Weight]) -> Markup {
    html! {
        @for piece in pieces(text, weights) {
            @if piece.strength == 0.0 {
                (Untrusted(piece.text))
            } @else {
                mark class=(direction(piece.strength)) style=(format!("--strength:{:.2}", piece.strength.abs())) {
                    (Untrusted(piece.text))
                }
            }
        }
    }
}

/// Returns the legend of the colours.
fn legend(method: &str) -> Markup {
    html! {
        p class="legend" {
            @if method == "attention" {
                "A stronger colour means a larger attention weight, which is the same for every label."
            } @else {
                mark class="towards" style="--strength:1" { "Blue, solid" } " words support the label, "
                mark class="away" style="--strength:1" { "orange, dotted" }
                " words oppose it. A stronger colour means a larger weight."
            }
        }
    }
}

fn direction(weight: f64) -> &'static str {
    if weight > 0.0 { "towards" } else { "away" }
}

fn class_section(explanation: &Explanation, class: &ClassExplanation) -> Markup {
    let heading = html! {
        bdi { (Untrusted(&class.label)) } " " (format!("{:.4}", class.probability))
    };
    let rows = class.weights.iter().map(|weight| WeightRow {
        word: &weight.token,
        weight: weight.weight,
        detail: String::new(),
    });
    let content = html! {
        blockquote class="shaded" dir="auto" { (shaded(&explanation.text, &class.weights)) }
        @if let Some(fit) = class.fit { p class="nothing" { (fit.in_words(class)) "." } }
        (weight_table("", &rows.collect::<Vec<_>>()))
    };
    section(heading, &content)
}

fn word_table(class: &OverviewClass) -> Markup {
    let rows = class.words.iter().map(|word| WeightRow {
        word: &word.token,
        weight: word.mean_over_texts,
        detail: format!("{:+.4} in {}", word.mean_weight, grouped(word.texts)),
    });
    html! {
        div class="confused" {
            h3 { "Words for " bdi { (Untrusted(&class.label)) } }
            (weight_table("mean where present, number of texts", &rows.collect::<Vec<_>>()))
        }
    }
}

/// A row of a table of weights.
struct WeightRow<'a> {
    word: &'a str,
    weight: f64,
    /// The text of the third column.
    detail: String,
}

/// Returns a table of words with their weights as bars. `detail_heading` heads the third column.
fn weight_table(detail_heading: &str, rows: &[WeightRow]) -> Markup {
    let weights = rows.iter().map(|row| row.weight.abs());
    let largest = weights.fold(0.0, f64::max);
    if largest == 0.0 {
        return note("No word has a non-zero weight.");
    }
    let share = |weight: f64| format!("--share:{:.1}%", 100.0 * weight.abs() / largest);
    html! {
        table class="weights" {
            thead {
                tr {
                    th scope="col" { "word" }
                    th scope="col" { "weight" }
                    th scope="col" { (detail_heading) }
                    th {}
                }
            }
            tbody {
                @for WeightRow { word, weight, detail } in rows {
                    tr {
                        th scope="row" { bdi { (Untrusted(word)) } }
                        td { (format!("{weight:+.4}")) }
                        td { (detail) }
                        td class={ "bar " (direction(*weight)) } style=(share(*weight)) {}
                    }
                }
            }
        }
    }
}

fn representative(explanation: &Explanation) -> Markup {
    let class = explanation.answer();
    html! {
        li {
            p {
                bdi { (Untrusted(&class.label)) } " "
                span class="score" { (format!("{:.4}", class.probability)) }
            }
            blockquote class="shaded" dir="auto" { (shaded(&explanation.text, &class.weights)) }
        }
    }
}
