//! The frame around every plot: title, note and legend.

use maud::{PreEscaped, html};
use plotters::coord::Shift;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Rectangle, SVGBackend, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor, ShapeStyle, TextStyle};

use super::Titles;
use super::chart::Chart;
use super::drawing_error::DrawingResult;
use super::palette::{CURRENT_COLOR, INK, INK_ATTRIBUTE, LineLook};
use crate::report::formatting;

/// A drawing area. The backend rounds coordinates to whole units; a page shows about two units per pixel.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The width of a chart that shares a row with another chart.
pub const WIDTH: u32 = 900;

/// Font sizes.
pub const SMALL: f64 = 21.0;
pub const NORMAL: f64 = 24.0;
const HEADING: f64 = 32.0;

/// The margin around the chart.
pub const MARGIN: u32 = 24;

const HEADING_HEIGHT: u32 = 56;
const NOTE_HEIGHT: u32 = 34;
const LEGEND_ROW: u32 = 38;
/// The space between the plot and the legend.
const LEGEND_GAP: u32 = 14;
/// The maximum name length, in characters, for three legend entries a row. Longer names allow two.
const SHORT_NAME: usize = 18;
const LONGEST_NAME: usize = 31;

/// The title, caption, legend and size of a chart.
pub struct ChartFrame {
    pub name: &'static str,
    pub titles: Titles,
    pub title: &'static str,
    pub description: &'static str,
    /// The line below the title.
    pub note: Option<String>,
    pub legend: Vec<Entry>,
    /// The width of the chart.
    pub width: u32,
    /// The height of the plot with its axes.
    pub height: u32,
}

/// A legend entry.
pub struct Entry {
    pub name: String,
    pub swatch: Swatch,
}

/// The legend's symbol for a plotted element.
#[derive(Clone, Copy)]
pub enum Swatch {
    Line(LineLook),
    Bar(RGBColor),
    Dot(RGBColor),
}

impl ChartFrame {
    /// Draws the frame and calls `plot` to draw its content.
    pub fn draw(self, plot: impl FnOnce(&Area<'_>) -> DrawingResult<()>) -> DrawingResult<Chart> {
        let note_height = if self.note.is_some() { NOTE_HEIGHT } else { 0 };
        let above = MARGIN + self.heading_height() + note_height;
        let rows = self.legend.len().div_ceil(self.legend_columns()) as u32;
        let below = rows * LEGEND_ROW + LEGEND_GAP + MARGIN;
        let size = (self.width, above + self.height + below);

        let mut drawing = String::new();
        {
            let root = SVGBackend::with_string(&mut drawing, size).into_drawing_area();
            let (heading, rest) = root.split_vertically(above as i32);
            let (plot_area, legend) = rest.split_vertically(self.height as i32);
            self.draw_heading(&heading)?;
            plot(&plot_area)?;
            self.draw_legend(&legend)?;
            root.present()?;
        }
        Ok(self.finished(&drawing, size))
    }

    fn heading_height(&self) -> u32 {
        match self.titles {
            Titles::Drawn => HEADING_HEIGHT,
            Titles::None => 0,
        }
    }

    fn draw_heading(&self, area: &Area<'_>) -> DrawingResult<()> {
        let left = MARGIN as i32;
        if self.titles == Titles::Drawn {
            write(
                area,
                self.title,
                (left, left),
                HEADING,
                HPos::Left,
                VPos::Top,
            )?;
        }
        if let Some(note) = &self.note {
            let top = (MARGIN + self.heading_height()) as i32 - 10;
            write(area, note, (left, top), SMALL, HPos::Left, VPos::Top)?;
        }
        Ok(())
    }

    fn legend_columns(&self) -> usize {
        let is_short = |entry: &Entry| entry.name.chars().count() <= SHORT_NAME;
        if self.legend.iter().all(is_short) {
            3
        } else {
            2
        }
    }

    fn draw_legend(&self, area: &Area<'_>) -> DrawingResult<()> {
        let columns = self.legend_columns();
        let column_width = (self.width - 2 * MARGIN) / columns as u32;
        for (index, entry) in self.legend.iter().enumerate() {
            let x = MARGIN + (index % columns) as u32 * column_width;
            let y = LEGEND_GAP + (index / columns) as u32 * LEGEND_ROW + LEGEND_ROW / 2;
            let (x, y) = (x as i32, y as i32);
            entry.swatch.draw(area, x, y)?;
            let name = formatting::cut(&entry.name, LONGEST_NAME);
            write(area, &name, (x + 52, y), SMALL, HPos::Left, VPos::Center)?;
        }
        Ok(())
    }

    /// Wraps the drawing in a scalable root element with an `aria-label`, and replaces the ink with `currentColor`.
    fn finished(self, drawing: &str, (width, height): (u32, u32)) -> Chart {
        let body = drawing.split_once('>').map_or("", |(_, body)| body);
        let body = body.strip_suffix("</svg>\n").unwrap_or(body);
        let body = body.replace(INK_ATTRIBUTE, CURRENT_COLOR);
        let label = format!("{}. {}", self.title, self.description);
        let svg = html! {
            svg xmlns="http://www.w3.org/2000/svg" viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(label) {
                (PreEscaped(body))
            }
        };
        Chart {
            name: self.name,
            title: self.title.to_string(),
            description: self.description,
            svg: svg.into_string(),
            wide: width > WIDTH,
        }
    }
}

impl Swatch {
    fn draw(self, area: &Area<'_>, x: i32, y: i32) -> DrawingResult<()> {
        match self {
            Self::Bar(color) => {
                area.draw(&Rectangle::new(
                    [(x + 6, y - 11), (x + 36, y + 11)],
                    color.filled(),
                ))?;
            }
            Self::Dot(color) => area.draw(&Circle::new((x + 21, y), 9, color.filled()))?,
            Self::Line(look) => {
                const LENGTH: i32 = 42;
                let (dash, gap) = look.dash.unwrap_or((LENGTH, 0));
                let starts = (0..LENGTH).step_by((dash + gap) as usize);
                let ends = starts.map(|start| (x + start, x + LENGTH.min(start + dash)));
                for (start, end) in ends {
                    area.draw(&PathElement::new(
                        [(start, y), (end, y)],
                        stroke(look.color),
                    ))?;
                }
            }
        }
        Ok(())
    }
}

/// Returns the style of a data line.
pub fn stroke(color: RGBColor) -> ShapeStyle {
    color.stroke_width(4)
}

/// Returns the text style for a font size.
pub fn text_style(size: f64) -> TextStyle<'static> {
    // The backend divides font sizes by this factor.
    const BACKEND_SCALE: f64 = 1.24;
    ("sans-serif", size * BACKEND_SCALE).into_font().color(&INK)
}

/// Draws a text anchored at a position. The caller truncates the text to fit.
pub fn write(
    area: &Area<'_>,
    text: &str,
    position: (i32, i32),
    size: f64,
    horizontal: HPos,
    vertical: VPos,
) -> DrawingResult<()> {
    let style = text_style(size).pos(Pos::new(horizontal, vertical));
    area.draw(&Text::new(text.to_string(), position, style))
}
