//! The confusion matrix as a heat map.

use plotters::prelude::{Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform};

use super::Titles;
use super::chart::Chart;
use super::chart_frame::{Area, ChartFrame, MARGIN, NORMAL, SMALL, WIDTH, text_style, write};
use super::drawing_error::DrawingResult;
use super::palette::{RIGHT, WRONG, faint_ink};
use super::top_labels;
use crate::printable::grouped;
use crate::report::contents::Report;
use crate::report::formatting;

/// The maximum number of labels for a half-width chart. More labels need the full width.
const LABELS_ON_HALF_A_PAGE: usize = 5;
const FULL_WIDTH: u32 = 1480;

const LONGEST_LABEL: usize = 16;
/// The approximate width of a character at the normal font size.
const CHARACTER: i32 = 13;
/// The height of the axis name "Predicted" above the labels.
const AXIS_NAME: i32 = 40;

/// The opacity of a cell with a share of 1, low enough to keep the text readable.
const STRONGEST: f64 = 0.7;

/// Draws the confusion matrix.
pub fn matrix(report: &Report, titles: Titles) -> DrawingResult<Option<Chart>> {
    if report.confusion.iter().flatten().all(|&count| count == 0) {
        return Ok(None);
    }
    let drawn = top_labels::confused(report);
    if drawn.is_empty() {
        return Ok(None);
    }
    let layout = Layout::of(report, &drawn);
    let frame = ChartFrame {
        name: "confusion",
        titles,
        title: "Confusion matrix",
        description: "Each row is a true label and each column a prediction. Cells show the number of texts \
                      and their share of the row. Correct predictions lie on the diagonal.",
        note: top_labels::confused_note(report.labels.len()),
        legend: Vec::new(),
        width: layout.width,
        height: layout.height() as u32,
    };
    let chart = frame.draw(|area| {
        layout.draw_labels(area)?;
        for (row, &actual) in drawn.iter().enumerate() {
            for (column, &predicted) in drawn.iter().enumerate() {
                let cell = Cell::of(report, actual, predicted);
                layout.draw_cell(area, row as i32, column as i32, &cell)?;
            }
        }
        Ok(())
    })?;
    Ok(Some(chart))
}

struct Cell {
    count: u64,
    /// The share of the label's texts; `None` if the label has no texts.
    share: Option<f64>,
    is_right: bool,
}

impl Cell {
    fn of(report: &Report, actual: usize, predicted: usize) -> Self {
        let row = report.confusion.get(actual);
        let count = row.and_then(|row| row.get(predicted)).copied();
        let count = count.unwrap_or_default();
        let texts: f64 = row.map_or(0.0, |row| row.iter().map(|&count| count as f64).sum());
        Self {
            count,
            share: (texts > 0.0).then(|| count as f64 / texts),
            is_right: actual == predicted,
        }
    }
}

struct Layout {
    labels: Vec<String>,
    width: u32,
    /// The left edge of the cells.
    left: i32,
    top: i32,
    /// The width and height of a cell.
    cell: (i32, i32),
    /// Whether to rotate the column labels because they are too long for their columns.
    upright: bool,
}

impl Layout {
    fn of(report: &Report, drawn: &[usize]) -> Self {
        let labels: Vec<String> = drawn
            .iter()
            .map(|&label| formatting::cut(&report.labels[label], LONGEST_LABEL))
            .collect();
        let longest = labels.iter().map(|label| label.chars().count()).max();
        let label_width = longest.unwrap_or_default() as i32 * CHARACTER + 16;
        let is_wide = labels.len() > LABELS_ON_HALF_A_PAGE;
        let width = if is_wide { FULL_WIDTH } else { WIDTH };
        let left = MARGIN as i32 + AXIS_NAME + label_width.max(60);
        let cell_width = (width as i32 - MARGIN as i32 - left) / labels.len() as i32;
        let upright = label_width > cell_width;
        let cell_height = (540 / labels.len() as i32).clamp(68, 190);
        Self {
            width,
            left,
            top: AXIS_NAME + if upright { label_width } else { 40 },
            cell: (cell_width, cell_height),
            upright,
            labels,
        }
    }

    fn height(&self) -> i32 {
        self.top + self.cell.1 * self.labels.len() as i32
    }

    fn draw_labels(&self, area: &Area<'_>) -> DrawingResult<()> {
        let size = self.labels.len() as i32;
        let across = self.left + self.cell.0 * size / 2;
        let down = self.top + self.cell.1 * size / 2;
        write(
            area,
            "Predicted",
            (across, 14),
            SMALL,
            HPos::Center,
            VPos::Center,
        )?;
        write_upright(
            area,
            "Actual",
            (MARGIN as i32 + 8, down),
            SMALL,
            HPos::Center,
        )?;
        for (index, label) in self.labels.iter().enumerate() {
            let middle_x = self.left + self.cell.0 * index as i32 + self.cell.0 / 2;
            let middle_y = self.top + self.cell.1 * index as i32 + self.cell.1 / 2;
            let beside = (self.left - 14, middle_y);
            write(area, label, beside, NORMAL, HPos::Right, VPos::Center)?;
            if self.upright {
                let above = (middle_x, self.top - 10);
                write_upright(area, label, above, NORMAL, HPos::Left)?;
            } else {
                let above = (middle_x, self.top - 22);
                write(area, label, above, NORMAL, HPos::Center, VPos::Center)?;
            }
        }
        Ok(())
    }

    fn draw_cell(&self, area: &Area<'_>, row: i32, column: i32, cell: &Cell) -> DrawingResult<()> {
        let (width, height) = self.cell;
        let (x, y) = (self.left + column * width, self.top + row * height);
        let corners = [(x + 2, y + 2), (x + width - 2, y + height - 2)];
        area.draw(&Rectangle::new(corners, faint_ink(0.05).filled()))?;
        let color = if cell.is_right { RIGHT } else { WRONG };
        let strength = cell.share.unwrap_or_default() * STRONGEST;
        area.draw(&Rectangle::new(corners, color.mix(strength).filled()))?;

        let is_small = height < 100;
        let (count_size, share_size) = if is_small {
            (NORMAL, 19.0)
        } else {
            (if width < 160 { 26.0 } else { 32.0 }, NORMAL)
        };
        let apart = if is_small { 14 } else { 20 };
        let middle = (x + width / 2, y + height / 2);
        let count = if width < 120 {
            formatting::short_count(cell.count as f64)
        } else {
            grouped(cell.count)
        };
        let share = cell.share.map_or_else(
            || formatting::NO_VALUE.to_string(),
            |share| format!("{:.1}%", share * 100.0),
        );
        for (text, size, offset) in [(count, count_size, -apart), (share, share_size, apart)] {
            let position = (middle.0, middle.1 + offset);
            write(area, &text, position, size, HPos::Center, VPos::Center)?;
        }
        Ok(())
    }
}

/// Draws a text rotated to read from bottom to top.
fn write_upright(
    area: &Area<'_>,
    text: &str,
    position: (i32, i32),
    size: f64,
    along: HPos,
) -> DrawingResult<()> {
    let style = text_style(size)
        .transform(FontTransform::Rotate270)
        .pos(Pos::new(along, VPos::Center));
    area.draw(&Text::new(text.to_string(), position, style))
}
