//! Plot axes with ticks and a faint grid.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::SVGBackend;
use plotters::style::Color;
use plotters::style::colors::TRANSPARENT;

use super::chart_frame::{Area, MARGIN, SMALL, text_style};
use super::drawing_error::DrawingResult;
use super::palette::faint_ink;
use crate::report::formatting;

/// A plot in data coordinates.
pub type Plot<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// The two axes of a plot.
pub struct Axes {
    pub x: Axis,
    pub y: Axis,
}

/// The name, range and ticks of one axis.
pub struct Axis {
    pub name: &'static str,
    pub range: Range<f64>,
    /// The maximum number of ticks.
    pub ticks: usize,
    /// Formats a tick label.
    pub tick: fn(f64) -> String,
    /// Whether to draw grid lines at the ticks.
    pub grid: bool,
}

impl Axis {
    /// Returns an axis from 0 to 1.
    pub fn unit(name: &'static str) -> Self {
        Self::share(name, 0.0..1.0)
    }

    /// Returns an axis over a part of the range from 0 to 1.
    pub fn share(name: &'static str, range: Range<f64>) -> Self {
        Self {
            name,
            range,
            ticks: 6,
            tick: |value| format!("{value:.1}"),
            grid: true,
        }
    }

    /// Returns an axis from 0 to `highest`, with 8% of space above.
    pub fn counts(name: &'static str, highest: u64, ticks: usize) -> Self {
        Self {
            name,
            range: 0.0..(highest.max(1) as f64 * 1.08),
            ticks,
            tick: |value| {
                if value.fract() == 0.0 {
                    formatting::short_count(value)
                } else {
                    String::new()
                }
            },
            grid: true,
        }
    }
}

impl Axes {
    /// Draws the axes and returns the plot between them.
    pub fn draw<'a>(self, area: &Area<'a>) -> DrawingResult<Plot<'a>> {
        let (x, y) = (self.x, self.y);
        let x_label_height = if x.name.is_empty() { 40 } else { 70 };
        let mut plot = ChartBuilder::on(area)
            .margin_right(MARGIN)
            .margin_left(MARGIN / 2)
            .margin_top(MARGIN / 2)
            .x_label_area_size(x_label_height)
            .y_label_area_size(104)
            .build_cartesian_2d(x.range, y.range)?;

        let x_tick = |value: &f64| (x.tick)(*value);
        let y_tick = |value: &f64| (y.tick)(*value);
        let mut mesh = plot.configure_mesh();
        mesh.axis_style(faint_ink(0.45).stroke_width(2))
            .bold_line_style(faint_ink(0.13).stroke_width(2))
            .light_line_style(TRANSPARENT)
            .label_style(text_style(SMALL))
            .axis_desc_style(text_style(SMALL))
            .x_labels(x.ticks)
            .y_labels(y.ticks)
            .x_label_formatter(&x_tick)
            .y_label_formatter(&y_tick)
            .x_desc(x.name)
            .y_desc(y.name);
        if !x.grid {
            mesh.disable_x_mesh();
        }
        if !y.grid {
            mesh.disable_y_mesh();
        }
        mesh.draw()?;
        Ok(plot)
    }
}
