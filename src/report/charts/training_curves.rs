//! The training curves.

use std::ops::Range;

use plotters::prelude::Circle;
use plotters::style::{Color, RGBColor};

use super::Titles;
use super::axes::{Axes, Axis, Plot};
use super::chart::Chart;
use super::chart_frame::{Area, ChartFrame, Entry, Swatch, WIDTH};
use super::curves::draw_line;
use super::drawing_error::DrawingResult;
use super::palette::{LineLook, RIGHT, THIRD, WRONG};
use crate::report::contents::{EpochPoint, Report};

const LOSS_HEIGHT: u32 = 340;
const ACCURACY_HEIGHT: u32 = 320;

/// The maximum number of epochs drawn with dots. With more, the dots would touch.
const EPOCHS_WITH_DOTS: usize = 40;

/// The largest value drawn. Diverged training can reach values whose difference overflows.
const HIGHEST_DRAWN: f64 = 1e9;

/// The (epoch, value) points of a line.
type Line = Vec<(f64, f64)>;

/// Draws the training loss, validation loss and validation accuracy by epoch.
pub fn training(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    let train_loss = line(&report.history, |epoch| epoch.train_loss);
    let validation_loss = line(&report.history, |epoch| epoch.validation_loss);
    let accuracy = line(&report.history, |epoch| epoch.validation_accuracy);
    let losses = [(train_loss, RIGHT), (validation_loss, WRONG)];
    let accuracies = [(accuracy, THIRD)];
    if losses
        .iter()
        .chain(&accuracies)
        .all(|(line, _)| line.is_empty())
    {
        return Ok(None);
    }
    let frame = ChartFrame {
        name: "training",
        titles,
        title: "Training curves",
        description: "Loss and validation accuracy by epoch. A rising validation loss with a falling \
                      training loss indicates overfitting.",
        note: best(&accuracies[0].0),
        legend: vec![
            entry("training loss", RIGHT),
            entry("validation loss", WRONG),
            entry("accuracy", THIRD),
        ],
        width: WIDTH,
        height: LOSS_HEIGHT + ACCURACY_HEIGHT,
    };
    let chart = frame.draw(|area| {
        let (upper, lower) = area.split_vertically(LOSS_HEIGHT as i32);
        draw(&upper, &report.history, &losses, "", "Loss")?;
        draw(
            &lower,
            &report.history,
            &accuracies,
            "Epoch",
            "Validation accuracy",
        )
    })?;
    Ok(Some(chart))
}

fn line(history: &[EpochPoint], value: fn(&EpochPoint) -> f64) -> Line {
    history
        .iter()
        .map(|point| (point.epoch as f64, value(point)))
        .filter(|(_, value)| value.is_finite() && value.abs() <= HIGHEST_DRAWN)
        .collect()
}

fn best(accuracy: &Line) -> Option<String> {
    // Ties go to the first epoch: `max_by` returns the last maximum, and the order is reversed.
    let (epoch, accuracy) = accuracy
        .iter()
        .rev()
        .max_by(|one, other| one.1.total_cmp(&other.1))?;
    Some(format!(
        "Best validation accuracy: {accuracy:.4} (epoch {epoch})"
    ))
}

fn entry(name: &str, color: RGBColor) -> Entry {
    Entry {
        name: name.to_string(),
        swatch: Swatch::Line(look(color)),
    }
}

fn look(color: RGBColor) -> LineLook {
    LineLook { color, dash: None }
}

fn draw(
    area: &Area<'_>,
    history: &[EpochPoint],
    lines: &[(Line, RGBColor)],
    x_name: &'static str,
    y_name: &'static str,
) -> DrawingResult<()> {
    let values = lines.iter().flat_map(|(line, _)| line);
    let Some(range) = with_room(values.map(|point| point.1)) else {
        return Ok(());
    };
    let axes = Axes {
        x: epochs(history, x_name),
        y: Axis {
            name: y_name,
            range,
            ticks: 6,
            tick: |value| format!("{value:.2}"),
            grid: true,
        },
    };
    let mut plot = axes.draw(area)?;
    for (line, color) in lines {
        draw_dots(&mut plot, line, *color)?;
        draw_line(&mut plot, line.clone(), look(*color))?;
    }
    Ok(())
}

fn draw_dots(plot: &mut Plot<'_>, line: &Line, color: RGBColor) -> DrawingResult<()> {
    if line.len() <= EPOCHS_WITH_DOTS {
        let dots = line
            .iter()
            .map(|&point| Circle::new(point, 7, color.filled()));
        plot.draw_series(dots)?;
    }
    Ok(())
}

fn epochs(history: &[EpochPoint], name: &'static str) -> Axis {
    let first = history.iter().map(|point| point.epoch).min();
    let last = history.iter().map(|point| point.epoch).max();
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    Axis {
        name,
        range: first as f64 - 0.5..last as f64 + 0.5,
        ticks: (last - first + 1).min(12),
        tick: |epoch| {
            if epoch.fract() == 0.0 {
                format!("{epoch}")
            } else {
                String::new()
            }
        },
        grid: false,
    }
}

/// Returns the range of the values with padding.
fn with_room(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let low = values.clone().min_by(f64::total_cmp)?;
    let high = values.max_by(f64::total_cmp)?;
    // Equal or nearly equal values still need an axis of nonzero length.
    let room = ((high - low) * 0.08).max(high.abs() * 0.001).max(0.005);
    Some(low - room..high + room)
}
