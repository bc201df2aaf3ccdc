//! stub
use std::ops::Range;
/// stub
pub fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    std::iter::once(0..text.len())
}
