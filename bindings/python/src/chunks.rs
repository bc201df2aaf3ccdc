//! Parts of the texts of a call.

/// The most texts, and about the most bytes of text, that are classified between two looks at Ctrl-C.
const CHUNK_TEXTS: usize = 1 << 16;
const CHUNK_BYTES: usize = 8 << 20;

/// Divides texts into chunks.
pub fn chunks<'a, 'text>(mut rest: &'a [&'text str]) -> impl Iterator<Item = &'a [&'text str]> {
    std::iter::from_fn(move || {
        let (chunk, others) = rest.split_at(chunk_length(rest));
        rest = others;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// Returns the number of texts of the first chunk, at least one if there are any.
fn chunk_length(texts: &[&str]) -> usize {
    let mut bytes = 0;
    let mut fits = |text: &&str| {
        bytes += text.len();
        bytes <= CHUNK_BYTES
    };
    let fitting = texts.iter().take(CHUNK_TEXTS).take_while(|text| fits(text));
    fitting.count().max(1).min(texts.len())
}
