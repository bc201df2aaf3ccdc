//! Bar charts of accuracy by text length and by share of known tokens.

use plotters::prelude::{PathElement, Rectangle};
use plotters::style::text_anchor::{HPos, VPos};
use plotters::style::{Color, ShapeStyle};

use super::Titles;
use super::chart::Chart;
use super::chart_frame::{Area, ChartFrame, MARGIN, NORMAL, SMALL, WIDTH, write};
use super::drawing_error::DrawingResult;
use super::palette::{INK, RIGHT, faint_ink};
use crate::printable::grouped;
use crate::report::contents::{GroupRow, Report};
use crate::report::formatting;

const ROW: i32 = 56;
const BAR: i32 = 34;
const HEADER: i32 = 40;
/// The x coordinates of accuracy 0 and accuracy 1.
const BARS: (i32, i32) = (266, 640);
/// The right edges of the number columns.
const ACCURACY_COLUMN: i32 = 754;
const COUNT_COLUMN: i32 = (WIDTH - MARGIN) as i32;
const LONGEST_NAME: usize = 19;

/// Draws the bar chart of accuracy by text length.
pub fn by_length(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    draw(
        titles,
        &report.lengths,
        "lengths",
        "Accuracy by text length",
        "Accuracy by text length. Thin lines are confidence \
         intervals, which widen as the number of texts falls.",
    )
}

/// Draws the bar chart of accuracy by share of known tokens.
pub fn by_coverage(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    draw(
        titles,
        &report.coverage,
        "coverage",
        "Accuracy by known tokens",
        "Accuracy by the share of a text's tokens in the model's vocabulary. \
         Thin lines are confidence intervals.",
    )
}

fn draw(
    titles: Titles,
    groups: &[GroupRow],
    name: &'static str,
    title: &'static str,
    description: &'static str,
) -> DrawingResult<Option<Chart>> {
    if groups.iter().all(|group| group.count == 0) {
        return Ok(None);
    }
    let frame = ChartFrame {
        name,
        titles,
        title,
        description,
        note: None,
        legend: Vec::new(),
        width: WIDTH,
        height: (HEADER + ROW * groups.len() as i32) as u32,
    };
    let chart = frame.draw(|area| {
        let middle = HEADER / 2 - 4;
        for (heading, x) in [("accuracy", ACCURACY_COLUMN), ("texts", COUNT_COLUMN)] {
            write(area, heading, (x, middle), SMALL, HPos::Right, VPos::Center)?;
        }
        for (index, group) in groups.iter().enumerate() {
            draw_row(area, group, HEADER + ROW * index as i32)?;
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

fn draw_row(area: &Area<'_>, group: &GroupRow, top: i32) -> DrawingResult<()> {
    let middle = top + ROW / 2;
    let (upper, lower) = (middle - BAR / 2, middle + BAR / 2);
    let bar = |end: i32, style: ShapeStyle| Rectangle::new([(BARS.0, upper), (end, lower)], style);
    area.draw(&bar(BARS.1, faint_ink(0.1).filled()))?;
    let has_accuracy = group.count > 0 && group.accuracy.is_finite();
    if has_accuracy {
        area.draw(&bar(position(group.accuracy), RIGHT.filled()))?;
        if let Some(interval) = finite(group.interval) {
            draw_interval(area, interval, middle)?;
        }
    }
    let name = formatting::cut(&group.name, LONGEST_NAME);
    let accuracy = if has_accuracy {
        formatting::figure(group.accuracy, 3)
    } else {
        formatting::NO_VALUE.to_string()
    };
    let count = grouped(group.count);
    let left = MARGIN as i32;
    write(
        area,
        &name,
        (left, middle),
        NORMAL,
        HPos::Left,
        VPos::Center,
    )?;
    let figures = [(accuracy, ACCURACY_COLUMN), (count, COUNT_COLUMN)];
    for (figure, x) in figures {
        write(
            area,
            &figure,
            (x, middle),
            NORMAL,
            HPos::Right,
            VPos::Center,
        )?;
    }
    Ok(())
}

fn draw_interval(area: &Area<'_>, (low, high): (f64, f64), y: i32) -> DrawingResult<()> {
    let (low, high) = (position(low), position(high));
    let line = |from, to| PathElement::new([from, to], INK.stroke_width(3));
    area.draw(&line((low, y), (high, y)))?;
    for end in [low, high] {
        area.draw(&line((end, y - 7), (end, y + 7)))?;
    }
    Ok(())
}

fn position(share: f64) -> i32 {
    let (start, end) = (f64::from(BARS.0), f64::from(BARS.1));
    (start + share.clamp(0.0, 1.0) * (end - start)).round() as i32
}

fn finite(interval: Option<(f64, f64)>) -> Option<(f64, f64)> {
    interval.filter(|(low, high)| low.is_finite() && high.is_finite())
}
