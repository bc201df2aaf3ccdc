//! The ROC curve and the precision-recall curve.

use plotters::prelude::{Circle, DashedLineSeries};
use plotters::series::LineSeries;
use plotters::style::Color;

use super::Titles;
use super::axes::{Axes, Axis, Plot};
use super::chart::Chart;
use super::chart_frame::{ChartFrame, Entry, Swatch, WIDTH, stroke};
use super::downsampling::thinned;
use super::drawing_error::DrawingResult;
use super::palette::{LineLook, faint_ink, line_look};
use super::top_labels;
use crate::report::contents::{Curve, Report};
use crate::report::formatting;

/// The maximum number of points per curve. More are invisible at the chart's size.
const POINTS_DRAWN: usize = 500;

const PLOT_HEIGHT: u32 = 590;

/// The maximum name length, in characters, that leaves room for the area in the legend.
const LONGEST_LABEL: usize = 18;

/// The (x, y) ends of a reference line.
type Ends = [(f64, f64); 2];

/// Draws the ROC curve of each label: true positive rate against false positive rate.
pub fn roc(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    let frame = ChartFrame {
        name: "roc",
        titles,
        title: "ROC curve",
        description: "True positive rate against false positive rate at every threshold. Better \
                      curves stay closer to the top left; a random classifier follows the \
                      diagonal. Dots are the model's predictions.",
        note: None,
        legend: Vec::new(),
        width: WIDTH,
        height: PLOT_HEIGHT,
    };
    let axes = Axes {
        x: Axis::unit("False positive rate"),
        y: Axis::unit("True positive rate"),
    };
    draw(report, &report.roc, frame, axes, |_| {
        Some([(0.0, 0.0), (1.0, 1.0)])
    })
}

/// Draws the precision-recall curve of each label.
pub fn precision_recall(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    let frame = ChartFrame {
        name: "precision-recall",
        titles,
        title: "Precision-recall curve",
        description: "Precision against recall at every threshold. Better curves stay closer to \
                      the top right; a random classifier follows the dashed line, the share of \
                      texts with the label. Dots are the model's predictions.",
        note: None,
        legend: Vec::new(),
        width: WIDTH,
        height: PLOT_HEIGHT,
    };
    let axes = Axes {
        x: Axis::unit("Recall"),
        y: Axis::unit("Precision"),
    };
    draw(report, &report.precision_recall, frame, axes, |curve| {
        let share = curve.prevalence.filter(|share| share.is_finite())?;
        let share = share.clamp(0.0, 1.0);
        Some([(0.0, share), (1.0, share)])
    })
}

fn draw(
    report: &Report,
    curves: &[Curve],
    frame: ChartFrame,
    axes: Axes,
    reference: fn(&Curve) -> Option<Ends>,
) -> DrawingResult<Option<Chart>> {
    let with_points: Vec<&Curve> = curves
        .iter()
        .filter(|curve| !points_of(curve).is_empty())
        .collect();
    if with_points.is_empty() {
        return Ok(None);
    }
    let drawn = top_labels::curves(report, &with_points);
    let frame = ChartFrame {
        note: top_labels::note(with_points.len()),
        legend: drawn.iter().enumerate().map(legend_entry).collect(),
        ..frame
    };
    let chart = frame.draw(|area| {
        let mut plot = axes.draw(area)?;
        let mut references: Vec<_> = drawn.iter().filter_map(|curve| reference(curve)).collect();
        references.dedup();
        for ends in references {
            let dashes = faint_ink(0.5).stroke_width(2);
            plot.draw_series(DashedLineSeries::new(ends, 8, 8, dashes))?;
        }
        // Draw the first label last, on top of the other curves.
        for (index, curve) in drawn.iter().enumerate().rev() {
            let points = thinned(&points_of(curve), POINTS_DRAWN);
            let look = line_look(index);
            draw_line(&mut plot, points, look)?;
            let dot = drawable(curve.operating_point.as_slice());
            plot.draw_series(dot.map(|point| Circle::new(point, 10, look.color.filled())))?;
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

fn points_of(curve: &Curve) -> Vec<(f64, f64)> {
    drawable(&curve.points).collect()
}

/// Returns the finite points, moved into the plot.
fn drawable(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let finite = points
        .iter()
        .filter(|(x, y)| x.is_finite() && y.is_finite());
    finite.map(|(x, y)| (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0)))
}

fn legend_entry((index, curve): (usize, &&Curve)) -> Entry {
    let name = formatting::cut(&curve.name, LONGEST_LABEL);
    let name = match curve.area.filter(|area| area.is_finite()) {
        Some(area) => format!("{name}, area {area:.3}"),
        None => name,
    };
    Entry {
        name,
        swatch: Swatch::Line(line_look(index)),
    }
}

/// Draws a line through the points.
pub fn draw_line(
    plot: &mut Plot<'_>,
    points: Vec<(f64, f64)>,
    look: LineLook,
) -> DrawingResult<()> {
    let style = stroke(look.color);
    match look.dash {
        Some((dash, gap)) => {
            plot.draw_series(DashedLineSeries::new(
                points,
                dash as u32,
                gap as u32,
                style,
            ))?;
        }
        None => {
            plot.draw_series(LineSeries::new(points, style))?;
        }
    }
    Ok(())
}
