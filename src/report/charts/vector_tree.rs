//! A chart's SVG as a tree of paths, with texts in an embedded font.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{Options, Tree};

// Only the embedded font, no system fonts: images are identical on every machine.
static FONTS: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(notosans::REGULAR_TTF)));
    fonts.set_sans_serif_family("Noto Sans");
    Arc::new(fonts)
});

/// Parses an SVG. Returns the reason if it fails.
pub fn parse(svg: &str) -> Result<Tree, String> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Noto Sans".to_string(),
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| error.to_string())
}
