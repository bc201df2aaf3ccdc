//! The report as one self-contained HTML page.

mod excerpt;
mod mistakes;
mod tables;

use maud::{Markup, PreEscaped, html};

use super::charts::{Chart, charts};
use super::contents::{Headline, Report};
use super::error::ReportError;
use super::formatting;
use crate::html::{Untrusted, document_with_heading, section};

/// The namespace attribute: required in a standalone SVG file, redundant in inline SVG.
const SVG_NAMESPACE: &str = " xmlns=\"http://www.w3.org/2000/svg\"";

/// The number of metrics with large figures.
const LARGE_FIGURES: usize = 4;

/// A heading and the names of its charts.
struct Section {
    title: &'static str,
    charts: &'static [&'static str],
}

/// The sections of every chart but the confusion matrix, which stands beside the table of labels.
const CHART_SECTIONS: [Section; 4] = [
    Section {
        title: "ROC and precision-recall curves",
        charts: &["roc", "precision-recall"],
    },
    Section {
        title: "Calibration",
        charts: &["reliability", "confidence"],
    },
    Section {
        title: "Accuracy by text length and known tokens",
        charts: &["lengths", "coverage"],
    },
    Section {
        title: "Training curves",
        charts: &["training"],
    },
];

/// Returns the report as one HTML page without external resources, scripts or fonts.
pub fn page(report: &Report) -> Result<String, ReportError> {
    let charts = charts(report)?;
    let [curves, calibration, subsets, training] = CHART_SECTIONS;
    let body = html! {
        @if !report.finding.is_empty() { p class="about" { (Untrusted(&report.title)) } }
        @if !report.made.is_empty() { p class="about" { (Untrusted(&report.made)) } }
        (headlines(&report.headlines))
        (tables::facts(&report.facts))
        (labels(report, &charts))
        (chart_section(&curves, &charts))
        (chart_section(&calibration, &charts))
        (chart_section(&subsets, &charts))
        @if !report.mistakes.is_empty() { (mistakes::mistakes(&report.mistakes)) }
        (chart_section(&training, &charts))
    };
    let heading = match report.finding.as_str() {
        "" => &report.title,
        finding => finding,
    };
    Ok(document_with_heading(&report.title, heading, &body))
}

/// Returns the metrics: the first ones as large figures, the others as small ones.
fn headlines(headlines: &[Headline]) -> Markup {
    let (large, small) = headlines.split_at(headlines.len().min(LARGE_FIGURES));
    html! {
        @for (class, headlines) in [("headlines", large), ("headlines small", small)] {
            @if !headlines.is_empty() {
                dl class=(class) {
                    @for headline in headlines { (card(headline)) }
                }
            }
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
    if report.classes.is_empty() && matrix.is_none() {
        return html! {};
    }
    let content = html! {
        (tables::classes(&report.classes))
        div class="charts" {
            @if let Some(matrix) = matrix { (figure(matrix)) }
            // With two labels, the matrix says it.
            @if report.labels.len() > 2 { (mistakes::confused(&report.confused)) }
        }
    };
    section("Results by label", &content)
}

/// Returns a section with its charts; nothing if there are none.
fn chart_section(part: &Section, charts: &[Chart]) -> Markup {
    let figures = part.charts.iter();
    let figures = figures.filter_map(|name| charts.iter().find(|chart| chart.name == *name));
    let figures: Vec<&Chart> = figures.collect();
    if figures.is_empty() {
        return html! {};
    }
    let content = html! {
        div class="charts" {
            @for chart in figures { (figure(chart)) }
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
