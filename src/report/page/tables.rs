//! Page tables: model facts and per-label metrics.

use maud::{Markup, html};

use crate::html::Untrusted;
use crate::printable::grouped;
use crate::report::contents::ClassRow;
use crate::report::formatting;

/// The maximum number of rows in an expanded table. Longer tables are collapsed.
const FACTS_SHOWN: usize = 8;
const CLASSES_SHOWN: usize = 16;

/// Returns the table of facts about the model and the data.
pub fn facts(facts: &[(String, String)]) -> Markup {
    if facts.is_empty() {
        return html! {};
    }
    let table = html! {
        table class="facts" {
            @for (name, value) in facts {
                tr {
                    th scope="row" { (Untrusted(name)) }
                    td { (Untrusted(value)) }
                }
            }
        }
    };
    folded("Model and data", &table, facts.len() > FACTS_SHOWN)
}

/// Returns the table of precision, recall and F1 by label.
pub fn classes(classes: &[ClassRow]) -> Markup {
    if classes.is_empty() {
        return html! {};
    }
    let table = html! {
        div class="scroll" {
            table class="classes" {
                thead {
                    tr {
                        @for heading in ["Label", "Precision", "Recall", "F1", "Texts"] {
                            th scope="col" { (heading) }
                        }
                    }
                }
                tbody { @for row in classes { (class_row(row)) } }
            }
        }
    };
    if classes.len() > CLASSES_SHOWN {
        let summary = format!("Precision, recall and F1: {} rows", classes.len());
        folded(&summary, &table, true)
    } else {
        table
    }
}

fn class_row(row: &ClassRow) -> Markup {
    let percent = |value: f64| {
        let share = if value.is_finite() { value } else { 0.0 };
        share.clamp(0.0, 1.0) * 100.0
    };
    html! {
        tr {
            th scope="row" { (Untrusted(&row.label)) }
            @for value in [row.precision, row.recall, row.f1] {
                td class="share" style=(format!("--share:{:.1}%", percent(value))) {
                    (formatting::figure(value, 4))
                }
            }
            td { (grouped(row.support)) }
        }
    }
}

fn folded(summary: &str, content: &Markup, is_long: bool) -> Markup {
    html! {
        details open[!is_long] {
            summary { (summary) }
            (content)
        }
    }
}
