//! Rendering of SVG to PDF: filled and stroked paths, with texts as outlines. Charts have nothing else.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};
use resvg::tiny_skia::PathSegment;
use resvg::usvg::{FillRule, Group, LineCap, LineJoin, Node, Paint, Path};

use super::vector_tree;

/// The size of a unit of a chart in points: charts in two columns of a paper have text of 10 points.
const POINTS: f32 = 0.5;

/// The objects of the file.
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const FIRST_OPACITY: i32 = 5;

/// Renders an SVG as a PDF of one page. Returns the reason if it fails.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let tree = vector_tree::parse(svg)?;
    let (width, height) = (tree.size().width() * POINTS, tree.size().height() * POINTS);
    let mut drawing = Drawing {
        content: Content::new(),
        opacities: BTreeMap::new(),
    };
    // PDF's y axis points up.
    let flipped = [POINTS, 0.0, 0.0, -POINTS, 0.0, height];
    drawing.content.save_state().transform(flipped);
    drawing.group(tree.root(), 1.0);
    drawing.content.restore_state();

    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.pages(PAGES).kids([PAGE]).count(1);
    let mut page = pdf.page(PAGE);
    page.media_box(Rect::new(0.0, 0.0, width, height));
    page.parent(PAGES).contents(CONTENT);
    let mut resources = page.resources();
    let mut states = resources.ext_g_states();
    for (number, name) in drawing.opacities.values() {
        states.pair(Name(name.as_bytes()), Ref::new(*number));
    }
    states.finish();
    resources.finish();
    page.finish();
    for (thousandths, (number, _)) in &drawing.opacities {
        let opacity = f32::from(*thousandths) / 1000.0;
        let mut state = pdf.ext_graphics(Ref::new(*number));
        state.non_stroking_alpha(opacity).stroking_alpha(opacity);
    }
    let content = compressed(&drawing.content.finish()).map_err(|error| error.to_string())?;
    pdf.stream(CONTENT, &content).filter(Filter::FlateDecode);
    Ok(pdf.finish())
}

fn compressed(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

/// The content of the page, and the object and name of each opacity in thousandths.
struct Drawing {
    content: Content,
    opacities: BTreeMap<u16, (i32, String)>,
}

impl Drawing {
    fn group(&mut self, group: &Group, opacity: f32) {
        let opacity = opacity * group.opacity().get();
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, opacity),
                Node::Path(path) if path.is_visible() => self.path(path, opacity),
                Node::Text(text) => self.group(text.flattened(), opacity),
                Node::Path(_) | Node::Image(_) => {}
            }
        }
    }

    fn path(&mut self, path: &Path, opacity: f32) {
        if let Some(fill) = path.fill()
            && let Some([red, green, blue]) = rgb(fill.paint())
        {
            self.content.save_state().set_fill_rgb(red, green, blue);
            self.opacity(opacity * fill.opacity().get());
            self.outline(path);
            match fill.rule() {
                FillRule::NonZero => self.content.fill_nonzero(),
                FillRule::EvenOdd => self.content.fill_even_odd(),
            };
            self.content.restore_state();
        }
        if let Some(stroke) = path.stroke()
            && let Some([red, green, blue]) = rgb(stroke.paint())
        {
            self.content.save_state().set_stroke_rgb(red, green, blue);
            self.content.set_line_width(stroke.width().get());
            self.content.set_line_cap(match stroke.linecap() {
                LineCap::Butt => LineCapStyle::ButtCap,
                LineCap::Round => LineCapStyle::RoundCap,
                LineCap::Square => LineCapStyle::ProjectingSquareCap,
            });
            self.content.set_line_join(match stroke.linejoin() {
                LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
                LineJoin::Round => LineJoinStyle::RoundJoin,
                LineJoin::Bevel => LineJoinStyle::BevelJoin,
            });
            self.opacity(opacity * stroke.opacity().get());
            self.outline(path);
            self.content.stroke().restore_state();
        }
    }

    /// Sets the opacity of the next path.
    fn opacity(&mut self, opacity: f32) {
        let thousandths = (opacity * 1000.0).round() as u16;
        if thousandths >= 1000 {
            return;
        }
        let number = FIRST_OPACITY + self.opacities.len() as i32;
        let entry = self.opacities.entry(thousandths);
        let (_, name) = entry.or_insert_with(|| (number, format!("o{thousandths}")));
        self.content.set_parameters(Name(name.as_bytes()));
    }

    /// Adds the segments of a path, in the coordinates of the chart.
    fn outline(&mut self, path: &Path) {
        let Some(data) = path.data().clone().transform(path.abs_transform()) else {
            return;
        };
        let content = &mut self.content;
        let mut at = (0.0, 0.0);
        for segment in data.segments() {
            match segment {
                PathSegment::MoveTo(end) => {
                    content.move_to(end.x, end.y);
                    at = (end.x, end.y);
                }
                PathSegment::LineTo(end) => {
                    content.line_to(end.x, end.y);
                    at = (end.x, end.y);
                }
                PathSegment::QuadTo(control, end) => {
                    // The cubic curve of the same shape.
                    let towards = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
                    content.cubic_to(
                        towards(at.0, control.x),
                        towards(at.1, control.y),
                        towards(end.x, control.x),
                        towards(end.y, control.y),
                        end.x,
                        end.y,
                    );
                    at = (end.x, end.y);
                }
                PathSegment::CubicTo(one, other, end) => {
                    content.cubic_to(one.x, one.y, other.x, other.y, end.x, end.y);
                    at = (end.x, end.y);
                }
                PathSegment::Close => {
                    content.close_path();
                }
            }
        }
    }
}

/// Returns a colour; `None` for gradients and patterns, which no chart has.
fn rgb(paint: &Paint) -> Option<[f32; 3]> {
    match paint {
        Paint::Color(color) => {
            Some([color.red, color.green, color.blue].map(|value| f32::from(value) / 255.0))
        }
        _ => None,
    }
}
