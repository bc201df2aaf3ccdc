//! Whether the probabilities can be believed: reliability, and how confident the predictions are.

use std::ops::Range;

use plotters::prelude::{Circle, DashedLineSeries, PathElement, Rectangle};
use plotters::style::Color;

use super::axes::{Axes, Axis};
use super::chart::Chart;
use super::chart_frame::{Area, ChartFrame, Entry, Swatch, WIDTH, stroke};
use super::drawing_error::DrawingResult;
use super::palette::{RIGHT, WRONG, faint_ink};
use crate::report::contents::{ConfidenceBar, ReliabilityBar, Report};

const PLOT_HEIGHT: u32 = 590;

/// How much of the reliability diagram is given to the counts below it.
const COUNTS_HEIGHT: u32 = 200;

/// The empty share of a bar's width.
const GAP: f64 = 0.08;

/// The accuracy of the predictions of each confidence, and how many there are.
pub fn reliability(report: &Report) -> DrawingResult<Option<Chart>> {
    let bars: Vec<&ReliabilityBar> = report
        .reliability
        .iter()
        .filter(|bar| bar.count > 0 && is_bin(bar.lower, bar.upper))
        .filter(|bar| bar.accuracy.is_finite() && bar.confidence.is_finite())
        .collect();
    let Some(range) = range(bars.iter().map(|bar| (bar.lower, bar.upper))) else {
        return Ok(None);
    };
    let frame = ChartFrame {
        name: "reliability",
        title: "Calibration",
        description: "Accuracy of predictions with similar confidence. Bars that end below \
                      their dot are over-confident, above it too modest; on the diagonal \
                      confidence is accuracy.",
        note: None,
        legend: vec![
            Entry {
                name: "accuracy".to_string(),
                swatch: Swatch::Bar(RIGHT),
            },
            Entry {
                name: "mean confidence".to_string(),
                swatch: Swatch::Dot(WRONG),
            },
        ],
        width: WIDTH,
        height: PLOT_HEIGHT,
    };
    let chart = frame.draw(|area| {
        let (upper, lower) = area.split_vertically((PLOT_HEIGHT - COUNTS_HEIGHT) as i32);
        draw_accuracies(&upper, &bars, range.clone())?;
        draw_counts(&lower, &bars, range)
    })?;
    Ok(Some(chart))
}

fn draw_accuracies(
    area: &Area<'_>,
    bars: &[&ReliabilityBar],
    range: Range<f64>,
) -> DrawingResult<()> {
    let ends = (range.start, range.end);
    let axes = Axes {
        x: Axis {
            grid: false,
            ..Axis::share("", range)
        },
        y: Axis::unit("Accuracy"),
    };
    let mut plot = axes.draw(area)?;
    plot.draw_series(bars.iter().map(|bar| {
        let (left, right) = inside(bar.lower, bar.upper);
        let top = bar.accuracy.clamp(0.0, 1.0);
        Rectangle::new([(left, 0.0), (right, top)], RIGHT.filled())
    }))?;
    let diagonal = [(ends.0, ends.0), (ends.1, ends.1)];
    let dashes = faint_ink(0.6).stroke_width(2);
    plot.draw_series(DashedLineSeries::new(diagonal, 8, 8, dashes))?;
    for bar in bars {
        let confidence = bar.confidence.clamp(0.0, 1.0);
        let accuracy = bar.accuracy.clamp(0.0, 1.0);
        let gap = [(confidence, confidence), (confidence, accuracy)];
        plot.draw_series([PathElement::new(gap, stroke(WRONG))])?;
        plot.draw_series([Circle::new(gap[0], 8, WRONG.filled())])?;
    }
    Ok(())
}

fn draw_counts(area: &Area<'_>, bars: &[&ReliabilityBar], range: Range<f64>) -> DrawingResult<()> {
    let highest = bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    let axes = Axes {
        x: Axis {
            grid: false,
            ..Axis::share("Confidence", range)
        },
        y: Axis::counts("Texts", highest, 3),
    };
    axes.draw(area)?.draw_series(bars.iter().map(|bar| {
        let (left, right) = inside(bar.lower, bar.upper);
        let corners = [(left, 0.0), (right, bar.count as f64)];
        Rectangle::new(corners, faint_ink(0.45).filled())
    }))?;
    Ok(())
}

/// How many predictions of each probability are right and wrong.
pub fn confidences(report: &Report) -> DrawingResult<Option<Chart>> {
    let bars: Vec<&ConfidenceBar> = report
        .confidences
        .iter()
        .filter(|bar| is_bin(bar.lower, bar.upper) && total(bar) > 0)
        .collect();
    let Some(range) = range(bars.iter().map(|bar| (bar.lower, bar.upper))) else {
        return Ok(None);
    };
    let entry = |name: &str, color| Entry {
        name: name.to_string(),
        swatch: Swatch::Bar(color),
    };
    let frame = ChartFrame {
        name: "confidence",
        title: "Confidence",
        description: "Probability of the predicted label. Mistakes on the right are \
                      confident, so a threshold does not catch them.",
        note: None,
        legend: vec![entry("right", RIGHT), entry("wrong", WRONG)],
        width: WIDTH,
        height: PLOT_HEIGHT,
    };
    let highest = bars.iter().map(|bar| total(bar)).max().unwrap_or_default();
    let chart = frame.draw(|area| {
        let axes = Axes {
            x: Axis {
                grid: false,
                ..Axis::share("Probability of the predicted label", range)
            },
            y: Axis::counts("Texts", highest, 6),
        };
        let mut plot = axes.draw(area)?;
        for bar in bars {
            let (left, right) = inside(bar.lower, bar.upper);
            let (wrong, all) = (bar.wrong as f64, total(bar) as f64);
            plot.draw_series([
                Rectangle::new([(left, 0.0), (right, wrong)], WRONG.filled()),
                Rectangle::new([(left, wrong), (right, all)], RIGHT.filled()),
            ])?;
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

fn total(bar: &ConfidenceBar) -> u64 {
    bar.right.saturating_add(bar.wrong)
}

fn is_bin(lower: f64, upper: f64) -> bool {
    0.0 <= lower && lower < upper && upper <= 1.0
}

/// From the lowest bound to 1: predictions between two labels are never less confident than a half,
/// and half of the chart would be empty.
fn range(bins: impl Iterator<Item = (f64, f64)>) -> Option<Range<f64>> {
    let lowest = bins.map(|(lower, _)| lower).min_by(f64::total_cmp)?;
    Some(lowest..1.0)
}

fn inside(lower: f64, upper: f64) -> (f64, f64) {
    let gap = (upper - lower) * GAP;
    (lower + gap, upper - gap)
}
