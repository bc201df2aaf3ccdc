//! Explanations as HTML pages.

use maud::{Markup, html};

use super::explanation::{Basis, ClassExplanation, Explanation};
use super::overview::{Overview, OverviewClass};
use super::words::{Legend, shaded};
use crate::html::{Untrusted, document, note, section};
use crate::printable::grouped;
use crate::tone::Tone;

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
        (legend(explanation).html())
        @if explanation.unread_tokens > 0 {
            p {
                "The text is too long: the model ignores the first " (grouped(explanation.unread_tokens))
                " tokens, which are in italics."
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
        @if let Some(explanation) = overview.representatives.first() { (legend(explanation).html()) }
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

fn legend(explanation: &Explanation) -> Legend {
    match explanation.basis {
        Basis::Attention => Legend::Attention,
        _ => Legend::of(explanation.classes.iter().map(|class| class.label.as_str())),
    }
}

fn class_section(explanation: &Explanation, class: &ClassExplanation) -> Markup {
    let heading = html! {
        bdi class={ (Tone::of(&class.label).name()) "-tone" } { (Untrusted(&class.label)) } " "
        (format!("{:.4}", class.probability))
    };
    let rows = class.weights.iter().map(|weight| WeightRow {
        word: &weight.token,
        weight: weight.weight,
        detail: String::new(),
    });
    let content = html! {
        blockquote class="shaded" dir="auto" { (shaded(&explanation.pieces(class), &class.label)) }
        @if let Some(fit) = class.fit { p class="nothing" { (fit.in_words(class)) "." } }
        (weight_table(&class.label, "", &rows.collect::<Vec<_>>()))
    };
    section(heading, &content)
}

fn word_table(class: &OverviewClass) -> Markup {
    let rows = class.words.iter().map(|word| WeightRow {
        word: &word.token,
        weight: word.mean_over_texts,
        detail: format!("{:+.4} in {} texts", word.mean_weight, grouped(word.texts)),
    });
    html! {
        div class="confused" {
            h2 { "Words for " bdi { (Untrusted(&class.label)) } " (+) and against it (−)" }
            (weight_table(&class.label, "mean weight in the texts with the word", &rows.collect::<Vec<_>>()))
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

/// Returns a table of words with their weights for a label as bars. `detail_heading` heads the third column.
fn weight_table(label: &str, detail_heading: &str, rows: &[WeightRow]) -> Markup {
    let weights = rows.iter().map(|row| row.weight.abs());
    let largest = weights.fold(0.0, f64::max);
    if largest == 0.0 {
        return note("No word has a non-zero weight.");
    }
    let tone = Tone::of(label);
    let share = |weight: f64| format!("--share:{:.1}%", 100.0 * weight.abs() / largest);
    let bar = |weight: f64, side: &str| {
        html! {
            td class={ "bar " (side) " " (tone.mark(weight).name()) } style=[(weight != 0.0).then(|| share(weight))] {}
        }
    };
    html! {
        table class="weights" {
            thead {
                tr {
                    th scope="col" { "word" }
                    th scope="col" { "weight" }
                    @if detail_heading.is_empty() { td {} } @else { th scope="col" { (detail_heading) } }
                    td colspan="2" {}
                }
            }
            tbody {
                @for WeightRow { word, weight, detail } in rows {
                    tr {
                        th scope="row" { bdi { (Untrusted(word)) } }
                        td { (format!("{weight:+.4}")) }
                        td { (detail) }
                        (bar(weight.min(0.0), "below"))
                        (bar(weight.max(0.0), "above"))
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
                bdi class={ (Tone::of(&class.label).name()) "-tone" } { (Untrusted(&class.label)) } " "
                span class="score" { (format!("{:.4}", class.probability)) }
            }
            blockquote class="shaded" dir="auto" { (shaded(&explanation.pieces(class), &class.label)) }
        }
    }
}
