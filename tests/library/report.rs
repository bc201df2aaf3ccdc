//! Tests of the report charts and the HTML page.

use proptest::prelude::*;
use roxmltree::Document;
use sentiment::report::{
    Chart, ClassRow, ConfidenceBar, ConfusedRow, Curve, EpochPoint, GroupRow, Headline, MistakeRow,
    ReliabilityBar, Report, Titles, charts, charts_with, page,
};

const HOSTILE: &str = "<b>&\"'\u{1b}[31m";
const ESCAPED: &str = "&lt;b&gt;&amp;";

/// Returns a report with every field set and `suffix` at the end of each label.
fn full(labels: usize, suffix: &str) -> Report {
    let names: Vec<String> = (0..labels)
        .map(|label| format!("{label}{suffix}"))
        .collect();
    let curve = |name: &String| Curve {
        name: name.clone(),
        area: Some(0.9),
        points: (0..=2_000)
            .map(|step| f64::from(step) / 2_000.0)
            .map(|x| (x, x.sqrt()))
            .collect(),
        operating_point: Some((0.25, 0.5)),
        prevalence: Some(0.4),
    };
    let group = |name: &str, count| GroupRow {
        name: format!("{name}{suffix}"),
        count,
        accuracy: 0.8,
        interval: Some((0.7, 0.9)),
    };
    Report {
        title: format!("Evaluation{suffix}"),
        finding: format!("91.3% right{suffix}"),
        made: format!("1 May 2026{suffix}"),
        facts: vec![(format!("corpus{suffix}"), format!("test.csv{suffix}"))],
        headlines: vec![Headline {
            name: format!("Accuracy{suffix}"),
            value: 0.9132,
            interval: Some((0.9, 0.92)),
        }],
        classes: names
            .iter()
            .map(|label| ClassRow {
                label: label.clone(),
                precision: 0.9,
                recall: 0.8,
                f1: 0.847,
                support: 1_234,
            })
            .collect(),
        confusion: (0..labels)
            .map(|actual| {
                let count =
                    |predicted| 10 + actual as u64 + if predicted == actual { 90 } else { 0 };
                (0..labels).map(count).collect()
            })
            .collect(),
        roc: names.iter().map(curve).collect(),
        precision_recall: names.iter().map(curve).collect(),
        reliability: vec![ReliabilityBar {
            lower: 0.5,
            upper: 0.6,
            confidence: 0.55,
            accuracy: 0.52,
            interval: Some((0.37, 0.66)),
            count: 40,
        }],
        lengths: vec![group("1–9 tokens", 100), group("10 and more", 0)],
        coverage: vec![group("all", 100)],
        confidences: vec![ConfidenceBar {
            lower: 0.5,
            upper: 0.6,
            right: 30,
            wrong: 10,
        }],
        history: vec![EpochPoint {
            epoch: 1,
            train_loss: 0.6,
            validation_loss: 0.5,
            validation_accuracy: 0.8,
        }],
        mistakes: vec![MistakeRow {
            text: format!("Not a word{suffix}"),
            label: names[0].clone(),
            predicted: names[labels - 1].clone(),
            score: 0.99,
            weights: Vec::new(),
        }],
        confused: vec![ConfusedRow {
            actual: names[0].clone(),
            predicted: names[labels - 1].clone(),
            count: 17,
        }],
        labels: names,
    }
}

fn named<'a>(charts: &'a [Chart], name: &str) -> &'a Chart {
    charts.iter().find(|chart| chart.name == name).unwrap()
}

#[test]
fn every_chart_is_xml_for_a_page_and_for_a_file() {
    let charts = charts(&full(3, HOSTILE)).unwrap();
    assert_eq!(
        charts.iter().map(|chart| chart.name).collect::<Vec<_>>(),
        [
            "confusion",
            "roc",
            "precision-recall",
            "reliability",
            "confidence",
            "lengths",
            "coverage",
            "training"
        ]
    );
    for chart in &charts {
        let drawing = Document::parse(&chart.svg).unwrap();
        let root = drawing.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert!(
            root.attribute("aria-label")
                .unwrap()
                .starts_with(&chart.title)
        );
        assert!(chart.svg.contains("currentColor"));

        let file = chart.svg_file();
        let root = Document::parse(&file).unwrap();
        assert!(root.root_element().attribute("color").is_some());
        assert!(
            root.descendants()
                .any(|node| node.attribute("fill") == Some("#ffffff"))
        );
    }
}

#[test]
fn the_page_shows_every_chart() {
    let report = full(3, "");
    let page = page(&report).unwrap();
    for chart in charts(&report).unwrap() {
        assert!(page.contains(chart.description), "{}", chart.name);
    }
}

#[test]
fn every_chart_becomes_a_png_as_large_as_the_drawing() {
    for chart in charts(&full(3, "")).unwrap() {
        let png = chart.png(1.0).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        let drawing = Document::parse(&chart.svg).unwrap();
        let view = drawing.root_element().attribute("viewBox").unwrap();
        assert_eq!(view, format!("0 0 {} {}", side(16), side(20)));
        assert!(
            side(16) >= 800 && side(20) >= 150 && png.len() > 5_000,
            "{view}"
        );
    }
}

#[test]
fn charts_for_papers_are_pdf_without_titles_and_png_at_a_scale() {
    let report = full(3, "");
    let with = charts(&report).unwrap();
    let without = charts_with(&report, Titles::None).unwrap();
    for (with, without) in with.iter().zip(&without) {
        let drawn = format!("\n{}\n", with.title);
        assert!(with.svg.contains(&drawn), "{}", with.name);
        assert!(!without.svg.contains(&drawn), "{}", with.name);
        let width = |png: &[u8]| u32::from_be_bytes(png[16..20].try_into().unwrap());
        let (once, twice) = (without.png(1.0).unwrap(), without.png(2.0).unwrap());
        assert_eq!(2 * width(&once), width(&twice));
        let pdf = without.pdf().unwrap();
        assert!(
            pdf.starts_with(b"%PDF-") && pdf.len() > 3_000,
            "{}",
            with.name
        );
        let page = format!("/MediaBox [0 0 {} ", width(&once) / 2);
        assert!(pdf.windows(page.len()).any(|part| part == page.as_bytes()));
    }
}

#[test]
fn the_page_needs_nothing_else_and_runs_nothing() {
    let page = page(&full(3, HOSTILE)).unwrap();
    for forbidden in [
        "<script",
        "http:",
        "https:",
        "src=",
        "href=",
        "url(",
        "@import",
        "javascript:",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    assert_eq!(page.matches("<svg").count(), 8);
    assert!(page.contains("0.9132"));
    assert!(page.contains("0.9000 to 0.9200"));
}

#[test]
fn texts_and_labels_are_escaped_wherever_they_stand() {
    let report = full(3, HOSTILE);
    let page = page(&report).unwrap();
    assert!(!page.contains("<b>&"));
    assert!(!page.contains('\u{1b}'));
    // A title, the line with it, the finding, the date, a fact's name and value, a headline metric, three class rows, two confused pairs, a mistake's
    // text and labels, and the charts' labels and buckets.
    assert!(page.matches(ESCAPED).count() >= 25);
    for name in [
        "confusion",
        "roc",
        "precision-recall",
        "lengths",
        "coverage",
    ] {
        let charts = charts(&report).unwrap();
        let drawing = Document::parse(&named(&charts, name).svg).unwrap();
        let is_label = |text: &str| text.contains("<b>&\"'");
        assert!(
            drawing
                .descendants()
                .filter_map(|node| node.text())
                .any(is_label),
            "{name}"
        );
    }
}

#[test]
fn a_label_cannot_change_the_colours() {
    let report = full(2, "\"#010203\" currentColor");
    let charts = charts(&report).unwrap();
    let file = named(&charts, "roc").svg_file();
    assert!(file.contains("&quot;#010203&quot;"));
}

#[test]
fn of_thirty_labels_twelve_are_drawn() {
    let mut report = full(30, "-label");
    let charts = charts(&report).unwrap();
    for name in ["confusion", "roc", "precision-recall"] {
        let svg = &named(&charts, name).svg;
        assert!(svg.contains("The 12 most "), "{name}");
        // Each label has more texts and mistakes than the previous label.
        assert!(
            svg.contains("29-label") && svg.contains("18-label"),
            "{name}"
        );
        assert!(!svg.contains("17-label"), "{name}");
        Document::parse(svg).unwrap();
    }
    assert!(named(&charts, "confusion").wide);
    assert!(page(&report).unwrap().contains("17-label"));

    // Two rare labels that are confused with each other are drawn, in place of two others.
    report.confusion[0][1] = 1_000_000;
    let charts = sentiment::report::charts(&report).unwrap();
    let svg = &named(&charts, "confusion").svg;
    assert!(svg.contains("20-label") && !svg.contains("19-label"));
}

#[test]
fn a_curve_of_very_many_points_is_drawn_with_few() {
    let mut report = full(1, "");
    report.roc[0].points = (0..=200_000)
        .map(|step| f64::from(step) / 200_000.0)
        .map(|x| (x, x.powf(0.1)))
        .collect();
    let charts = charts(&report).unwrap();
    let svg = &named(&charts, "roc").svg;
    assert!(svg.len() < 20_000, "{}", svg.len());
}

#[test]
fn a_long_text_is_cut() {
    let mut report = full(2, "");
    report.mistakes[0].text = "word ".repeat(1_000);
    let page = page(&report).unwrap();
    let (_, text) = page
        .split_once("<blockquote class=\"shaded\" dir=\"auto\">")
        .unwrap();
    let (text, _) = text.split_once("</blockquote>").unwrap();
    assert_eq!(text.chars().count(), 601);
    assert!(text.ends_with('…'));
}

#[test]
fn an_empty_report_has_no_sections() {
    let report = Report::default();
    assert!(charts(&report).unwrap().is_empty());
    let page = page(&report).unwrap();
    assert!(!page.contains("<svg") && !page.contains("NaN"));
    assert!(!page.contains("<h2") && !page.contains("<table"), "{page}");
}

#[test]
fn figures_without_a_value_are_shown_as_none() {
    let mut report = full(1, "");
    report.headlines[0].value = f64::NAN;
    report.headlines[0].interval = Some((f64::NAN, 1.0));
    report.classes[0].precision = f64::NAN;
    report.history[0].validation_loss = f64::INFINITY;
    report.history[0].validation_accuracy = f64::NAN;
    report.roc[0].points = vec![(0.0, f64::NAN)];
    report.lengths[0].accuracy = f64::NAN;
    let page = page(&report).unwrap();
    assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    assert_eq!(page.matches("<svg").count(), 7, "{page}");
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -0.5..1.5,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(1e300),
        Just(f64::MIN)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_the_numbers_the_page_can_be_drawn(
        labels in prop::collection::vec(".{0,30}", 0..4),
        confusion in prop::collection::vec(prop::collection::vec(0u64.., 0..5), 0..5),
        points in prop::collection::vec((any_number(), any_number()), 0..20),
        count in 0u64..,
        epochs in prop::collection::vec((0usize..2_000_000, any_number()), 0..4),
    ) {
        let numbers: Vec<f64> = points.iter().map(|point| point.0).collect();
        let report = Report {
            roc: labels
                .iter()
                .map(|name| Curve { name: name.clone(), area: numbers.first().copied(), points: points.clone(), operating_point: points.first().copied(), prevalence: numbers.last().copied() })
                .collect(),
            reliability: points
                .iter()
                .map(|&(x, y)| ReliabilityBar { lower: x, upper: y, confidence: y, accuracy: x, interval: Some((y, x)), count })
                .collect(),
            lengths: points
                .iter()
                .map(|&(x, y)| GroupRow { name: x.to_string(), count, accuracy: y, interval: Some((x, y)) })
                .collect(),
            confidences: points
                .iter()
                .map(|&(x, y)| ConfidenceBar { lower: x, upper: y, right: count, wrong: count })
                .collect(),
            history: epochs
                .iter()
                .map(|&(epoch, loss)| EpochPoint { epoch, train_loss: loss, validation_loss: -loss, validation_accuracy: loss })
                .collect(),
            labels,
            confusion,
            ..Report::default()
        };
        for chart in charts(&report).unwrap() {
            let drawing = Document::parse(&chart.svg).unwrap();
            prop_assert!(drawing.descendants().all(|node| node.attributes().all(|attribute| attribute.value() != "NaN")));
        }
        page(&report).unwrap();
    }
}
