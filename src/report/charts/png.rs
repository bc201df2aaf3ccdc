//! Rendering of SVG to PNG with an embedded font.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

use crate::report::error::ReportError;

// Only the embedded font, no system fonts: images are identical on every machine.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(notosans::REGULAR_TTF)));
    fonts.set_sans_serif_family("Noto Sans");
    Arc::new(fonts)
});

/// Renders the SVG at its own size.
pub fn render(chart: &'static str, svg: &str) -> Result<Vec<u8>, ReportError> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Noto Sans".to_string(),
        ..Options::default()
    };
    let failed = |reason: String| ReportError::Png { chart, reason };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size();
    let mut image = Pixmap::new(size.width(), size.height()).ok_or_else(|| {
        failed(format!(
            "the size is {} by {} pixels",
            size.width(),
            size.height()
        ))
    })?;
    resvg::render(&tree, Transform::default(), &mut image.as_mut());
    image
        .encode_png()
        .map_err(|error| failed(error.to_string()))
}
