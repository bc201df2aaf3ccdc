//! The facts and the figures of each label, as tables.

use crate::html::{escaped, nothing};
use crate::printable::grouped;
use crate::report::{ClassRow, shown};

/// More rows than this are folded away until the reader asks for them.
const FACTS_SHOWN: usize = 8;
const CLASSES_SHOWN: usize = 16;

/// What the model and the data are.
pub fn facts(facts: &[(String, String)]) -> String {
    if facts.is_empty() {
        return String::new();
    }
    let rows: String = facts
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escaped(name), escaped(value));
            format!("<tr><th scope=\"row\">{name}</th><td>{value}</td></tr>\n")
        })
        .collect();
    let table = format!("<table class=\"facts\">\n{rows}</table>\n");
    folded("The model and the data", &table, facts.len() > FACTS_SHOWN)
}

/// Precision, recall and F1 of each label.
pub fn classes(classes: &[ClassRow]) -> String {
    if classes.is_empty() {
        return nothing("There are no figures of the labels.");
    }
    let rows: String = classes.iter().map(class_row).collect();
    let table = format!(
        "<div class=\"scroll\"><table class=\"classes\">\n<thead><tr><th scope=\"col\">Label</th>\
         <th scope=\"col\">Precision</th><th scope=\"col\">Recall</th><th scope=\"col\">F1</th>\
         <th scope=\"col\">Texts</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
    );
    if classes.len() > CLASSES_SHOWN {
        let summary = format!("Precision, recall and F1: {} rows", classes.len());
        folded(&summary, &table, true)
    } else {
        table
    }
}

fn class_row(row: &ClassRow) -> String {
    let figures: String = [row.precision, row.recall, row.f1]
        .map(|value| {
            let share = if value.is_finite() { value } else { 0.0 };
            let percent = share.clamp(0.0, 1.0) * 100.0;
            let figure = shown::figure(value, 4);
            format!("<td class=\"share\" style=\"--share:{percent:.1}%\">{figure}</td>")
        })
        .concat();
    let label = escaped(&row.label);
    let support = grouped(row.support);
    format!("<tr><th scope=\"row\">{label}</th>{figures}<td>{support}</td></tr>\n")
}

fn folded(summary: &str, content: &str, is_long: bool) -> String {
    let open = if is_long { "" } else { " open" };
    format!("<details{open}>\n<summary>{summary}</summary>\n{content}</details>\n")
}
