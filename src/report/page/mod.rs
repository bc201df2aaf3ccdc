//! The page: everything of a report in one HTML file.

mod tables;
mod worst;

use htmlize::escape_text;

use super::shown;
use super::{Chart, Headline, Report, ReportError, charts};
use crate::html::{document, escaped, nothing, section};

/// What only an SVG file of its own needs.
const SVG_NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

/// A heading, and the charts below it with what they are called where they cannot be drawn.
struct Section {
    title: &'static str,
    charts: &'static [(&'static str, &'static str)],
}

const CHART_SECTIONS: [Section; 4] = [
    Section {
        title: "What is told apart",
        charts: &[
            ("roc", "ROC curve"),
            ("precision-recall", "precision and recall"),
        ],
    },
    Section {
        title: "Whether to believe the probabilities",
        charts: &[("reliability", "calibration"), ("confidence", "confidence")],
    },
    Section {
        title: "Which texts are hard",
        charts: &[
            ("lengths", "accuracy by length"),
            ("coverage", "accuracy by known tokens"),
        ],
    },
    Section {
        title: "How it was trained",
        charts: &[("training", "training curves")],
    },
];

/// Draws the report as one page of HTML that needs nothing else: no network, script or font.
pub fn page(report: &Report) -> Result<String, ReportError> {
    let charts = charts(report)?;
    let [told_apart, believed, hard, trained] = CHART_SECTIONS;
    let parts = [
        headlines(&report.headlines),
        tables::facts(&report.facts),
        labels(report, &charts),
        chart_section(&told_apart, &charts),
        chart_section(&believed, &charts),
        chart_section(&hard, &charts),
        worst::mistakes(&report.mistakes),
        chart_section(&trained, &charts),
    ];
    Ok(document(&report.title, &parts.concat()))
}

fn headlines(headlines: &[Headline]) -> String {
    if headlines.is_empty() {
        return nothing("There are no figures of the whole evaluation.");
    }
    let cards: String = headlines.iter().map(card).collect();
    format!("<dl class=\"headlines\">\n{cards}</dl>\n")
}

fn card(headline: &Headline) -> String {
    let interval = match headline.interval {
        Some((low, high)) if low.is_finite() && high.is_finite() => {
            format!("<dd class=\"interval\">{low:.4} to {high:.4}</dd>")
        }
        _ => String::new(),
    };
    format!(
        "<div><dt>{}</dt><dd>{}</dd>{interval}</div>\n",
        escaped(&headline.name),
        shown::figure(headline.value, 4)
    )
}

fn labels(report: &Report, charts: &[Chart]) -> String {
    let matrix = charts.iter().find(|chart| chart.name == "confusion");
    let matrix = matrix.map_or_else(
        || nothing("There is no confusion matrix: no text was counted."),
        figure,
    );
    let confused = worst::confused(&report.confused);
    section(
        "Label by label",
        &format!(
            "{}<div class=\"charts\">\n{matrix}{confused}</div>\n",
            tables::classes(&report.classes)
        ),
    )
}

fn chart_section(part: &Section, charts: &[Chart]) -> String {
    let find = |name: &str| charts.iter().find(|chart| chart.name == name);
    let figures: String = part
        .charts
        .iter()
        .filter_map(|(name, _)| find(name))
        .map(figure)
        .collect();
    let missing: Vec<&str> = part
        .charts
        .iter()
        .filter(|(name, _)| find(name).is_none())
        .map(|(_, title)| *title)
        .collect();
    let mut content = String::new();
    if !figures.is_empty() {
        content += &format!("<div class=\"charts\">\n{figures}</div>\n");
    }
    if !missing.is_empty() {
        content += &nothing(&format!(
            "There are no figures for: {}.",
            missing.join(", ")
        ));
    }
    section(part.title, &content)
}

fn figure(chart: &Chart) -> String {
    let class = if chart.wide { " class=\"wide\"" } else { "" };
    format!(
        "<figure{class}>\n{}<figcaption>{}</figcaption>\n</figure>\n",
        chart.svg.replacen(SVG_NAMESPACE, "", 1),
        escape_text(chart.description)
    )
}
