//! A text with replaced spans, and the map from its byte offsets to those of the original.

use std::ops::Range;

/// A text with replaced spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Replaced {
    /// The text up to the end of the last replaced span, or all of it after [`Replaced::finish`]. Empty if nothing was
    /// replaced: the original is used then, without a copy.
    text: String,
    /// The start (even indices) and end (odd indices) of each replaced span, in ascending order: the
    /// offset in this text and the offset in the original.
    anchors: Vec<(usize, usize)>,
}

impl Replaced {
    /// Removes all replacements and keeps the buffers.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.anchors.clear();
    }

    /// Replaces a span of the original, which must follow the spans replaced so far.
    pub(super) fn replace(&mut self, original: &str, span: Range<usize>, replacement: &str) {
        self.text
            .push_str(&original[self.replaced_end()..span.start]);
        self.anchors.push((self.text.len(), span.start));
        self.text.push_str(replacement);
        self.anchors.push((self.text.len(), span.end));
    }

    /// Completes the text after the last replacement.
    pub(super) fn finish(&mut self, original: &str) {
        if !self.is_original() {
            self.text.push_str(&original[self.replaced_end()..]);
        }
    }

    /// Returns whether nothing was replaced.
    pub(super) fn is_original(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Returns the text.
    pub(super) fn text<'a>(&'a self, original: &'a str) -> &'a str {
        match self.is_original() {
            true => original,
            false => &self.text,
        }
    }

    /// Returns the character before the offset `at` of the original, which must follow the spans replaced so far.
    pub(super) fn character_before(&self, original: &str, at: usize) -> Option<char> {
        let kept = &original[self.replaced_end()..at];
        kept.chars()
            .next_back()
            .or_else(|| self.text.chars().next_back())
    }

    /// Returns the end of the last replaced span of the original.
    fn replaced_end(&self) -> usize {
        self.anchors.last().map_or(0, |&(_, end)| end)
    }

    /// Maps a byte range of this text to the original. Removed characters next to the range are
    /// not part of the result.
    pub(super) fn original_span(&self, Range { start, end }: Range<usize>) -> Range<usize> {
        if self.is_original() {
            return start..end;
        }
        let before_start = self.anchors.partition_point(|&(text, _)| text <= start);
        let before_end = self.anchors.partition_point(|&(text, _)| text < end);
        self.original(start, before_start)..self.original(end, before_end)
    }

    /// Maps an offset that follows the first `before` anchors to the original.
    fn original(&self, position: usize, before: usize) -> usize {
        let Some(index) = before.checked_sub(1) else {
            return position;
        };
        let (text, original) = self.anchors[index];
        match self.anchors.get(before) {
            // Text between an even anchor and the next was replaced: an offset inside it has no
            // counterpart and maps to the end of the replaced span.
            Some(&(_, end)) if index % 2 == 0 && position > text => end,
            _ => original + (position - text),
        }
    }
}
