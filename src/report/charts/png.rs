//! Rendering of SVG to PNG.

use resvg::tiny_skia::{Pixmap, Transform};

use super::vector_tree;

/// Renders an SVG at `scale` times its own size. Returns the reason if it fails.
pub fn render(svg: &str, scale: f32) -> Result<Vec<u8>, String> {
    let tree = vector_tree::parse(svg)?;
    let size = tree.size();
    let side = |side: f32| (side * scale).ceil() as u32;
    let (width, height) = (side(size.width()), side(size.height()));
    let mut image = Pixmap::new(width, height)
        .ok_or_else(|| format!("the size is {width} by {height} pixels"))?;
    let transform = Transform::from_scale(scale, scale);
    resvg::render(&tree, transform, &mut image.as_mut());
    image.encode_png().map_err(|error| error.to_string())
}
