//! The report as one self-contained HTML page.

mod excerpt;
mod mistakes;
mod tables;

use maud::{Markup, PreEscaped, html};

use super::charts::{Chart, charts};
use super::contents::{Headline, Report};
use super::error::ReportError;
use super::formatting;
use crate::html::{Untrusted, document, note, section};

/// The namespace attribute: required in a standalone SVG file, redundant in inline SVG.
const SVG_NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

/// A heading and its charts: (file name, name in the note about missing data).
struct Section {
    title: &'static str,
    charts: &'static [(&'static str, &'static str)],
}

/// The sections of every chart but the confusion matrix, which stands beside the table of labels.
const CHART_SECTIONS: [Section; 4] = [
    Section {
        title: "ROC and precision-recall curves",
        charts: &[
            ("roc", "ROC curve"),
            ("precision-recall", "precision-recall curve"),
        ],
    },
    Section {
        title: "Calibration",
        charts: &[
            ("reliability", "reliability diagram"),
            ("confidence", "confidence histogram"),
        ],
    },
    Section {
        title: "Accuracy by text length and known tokens",
        charts: &[
            ("lengths", "accuracy by text length"),
            ("coverage", "accuracy by known tokens"),
        ],
    },
    Section {
        title: "Training curves",
        charts: &[("training", "training curves")],
    },
];

/// Returns the report as one HTML page without external resources, scripts or fonts.
pub fn page(report: &Report) -> Result<String, ReportError> {
    let charts = charts(report)?;
    let [curves, calibration, subsets, training] = CHART_SECTIONS;
    let body = html! {
        (headlines(&report.headlines))
        (tables::facts(&report.facts))
        (labels(report, &charts))
        (chart_section(&curves, &charts))
        (chart_section(&calibration, &charts))
        (chart_section(&subsets, &charts))
        (mistakes::mistakes(&report.mistakes))
        (chart_section(&training, &charts))
    };
    Ok(document(&report.title, &body))
}

fn headlines(headlines: &[Headline]) -> Markup {
    if headlines.is_empty() {
        return note("No metrics are available.");
    }
    html! {
        dl class="headlines" {
            @for headline in headlines { (card(headline)) }
        }
    }
}

fn card(headline: &Headline) -> Markup {
    let is_finite = |(low, high): &(f64, f64)| low.is_finite() && high.is_finite();
    html! {
        div {
            dt { (Untrusted(&headline.name)) }
            dd { (formatting::figure(headline.value, 4)) }
            @if let Some((low, high)) = headline.interval.filter(is_finite) {
                dd class="interval" { (format!("{low:.4} to {high:.4}")) }
            }
        }
    }
}

fn labels(report: &Report, charts: &[Chart]) -> Markup {
    let matrix = charts.iter().find(|chart| chart.name == "confusion");
    let content = html! {
        (tables::classes(&report.classes))
        div class="charts" {
            @match matrix {
                Some(matrix) => (figure(matrix)),
                None => (note("No confusion matrix: the corpus has no labelled texts.")),
            }
            (mistakes::confused(&report.confused))
        }
    };
    section("Results by label", &content)
}

fn chart_section(part: &Section, charts: &[Chart]) -> Markup {
    let find = |name: &str| charts.iter().find(|chart| chart.name == name);
    let mut figures: Vec<&Chart> = Vec::new();
    let mut missing: Vec<&str> = Vec::new();
    for (name, title) in part.charts {
        match find(name) {
            Some(chart) => figures.push(chart),
            None => missing.push(title),
        }
    }
    let content = html! {
        @if !figures.is_empty() {
            div class="charts" {
                @for chart in figures { (figure(chart)) }
            }
        }
        @if !missing.is_empty() {
            (note(&format!("No data for: {}.", missing.join(", "))))
        }
    };
    section(part.title, &content)
}

fn figure(chart: &Chart) -> Markup {
    html! {
        figure class=[chart.wide.then_some("wide")] {
            // `charts` generates this SVG and escapes its texts.
            (PreEscaped(chart.svg.replacen(SVG_NAMESPACE, "", 1)))
            figcaption { (chart.description) }
        }
    }
}
