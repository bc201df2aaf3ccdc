//! The reliability diagram and the confidence histogram.

use std::ops::Range;

use plotters::prelude::{Circle, DashedLineSeries, PathElement, Rectangle};
use plotters::style::Color;

use super::Titles;
use super::axes::{Axes, Axis, Plot};
use super::chart::Chart;
use super::chart_frame::{Area, ChartFrame, Entry, Swatch, WIDTH, stroke};
use super::drawing_error::DrawingResult;
use super::palette::{INK, RIGHT, WRONG, faint_ink};
use crate::report::contents::{ConfidenceBar, ReliabilityBar, Report};

const PLOT_HEIGHT: u32 = 590;

/// The height of the histogram below the reliability diagram.
const COUNTS_HEIGHT: u32 = 200;

/// The gap on each side of a bar, as a fraction of the bin width.
const GAP: f64 = 0.08;

/// Half of the width of an interval's ends, as a fraction of the bin width.
const INTERVAL_END: f64 = 0.06;

/// Draws the reliability diagram: accuracy and number of texts per confidence bin.
pub fn reliability(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
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
        titles,
        title: "Reliability diagram",
        description: "Accuracy and mean confidence of each confidence bin. A bar below its dot \
                      shows overconfidence; a bar above it shows underconfidence. A perfectly \
                      calibrated model follows the diagonal. Thin lines are confidence intervals \
                      of the accuracy.",
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
        if let Some(interval) = bar.interval {
            draw_interval(&mut plot, bar, interval)?;
        }
    }
    Ok(())
}

/// Draws the interval of an accuracy as a line with ends, beside the dot of the mean confidence.
fn draw_interval(
    plot: &mut Plot<'_>,
    bar: &ReliabilityBar,
    (low, high): (f64, f64),
) -> DrawingResult<()> {
    if !(low.is_finite() && high.is_finite()) {
        return Ok(());
    }
    let (low, high) = (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0));
    let width = bar.upper - bar.lower;
    let (middle, half) = (bar.lower + 0.25 * width, INTERVAL_END * width);
    let lines = [
        [(middle, low), (middle, high)],
        [(middle - half, low), (middle + half, low)],
        [(middle - half, high), (middle + half, high)],
    ];
    plot.draw_series(lines.map(|line| PathElement::new(line, INK.stroke_width(2))))?;
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

/// Draws the confidence histogram: right and wrong predictions by probability of the predicted label.
pub fn confidences(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
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
        titles,
        title: "Confidence histogram",
        description: "Predictions by probability of the predicted label. A threshold \
                      does not reject the high-confidence mistakes on the right.",
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

/// Returns the x-axis range, from the lowest bin bound to 1. With two labels, the confidence is at least 0.5, so an
/// axis from 0 would leave half of the chart empty.
fn range(bins: impl Iterator<Item = (f64, f64)>) -> Option<Range<f64>> {
    let lowest = bins.map(|(lower, _)| lower).min_by(f64::total_cmp)?;
    Some(lowest..1.0)
}

fn inside(lower: f64, upper: f64) -> (f64, f64) {
    let gap = (upper - lower) * GAP;
    (lower + gap, upper - gap)
}
