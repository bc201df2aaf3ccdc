//! Words of scripts without spaces by the dictionaries of ICU: Chinese and Japanese, Thai, Lao, Khmer and Burmese. Other scripts
//! by Unicode's word boundaries.

use std::ops::Range;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};

use super::unicode::visible;

/// Returns the segmenter, whose data are in the program.
pub(super) fn load() -> WordSegmenterBorrowed<'static> {
    WordSegmenter::new_dictionary(WordBreakInvariantOptions::default())
}

/// Calls `emit` with the byte range of each token.
pub(super) fn words(
    segmenter: WordSegmenterBorrowed<'static>,
    text: &str,
    emit: &mut dyn FnMut(Range<usize>),
) {
    let mut start = 0;
    for end in segmenter.segment_str(text) {
        visible(start, &text[start..end], emit);
        start = end;
    }
}
