//! The windows of all filters, cut by the offset of a position from the window's token.

use std::ops::Range;

use crate::model::encoder::cnn::left_of;

/// The filters of a convolution and the positions of their windows.
#[derive(Clone, Debug)]
pub(in crate::model::encoder::cnn) struct Windows {
    input_size: usize,
    filters: usize,
    widths: Vec<usize>,
    segments: Vec<Segment>,
}

/// The positions of all windows at one offset.
///
/// A wider window has all positions of a narrower one. So the filters with a position at an offset are those from some
/// width on, and their features are the last ones of a state.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// The token of the position, relative to the token of the window.
    pub(super) offset: isize,
    /// The first feature with a position at this offset.
    pub(super) first_feature: usize,
    /// The columns of an input's projection, one for each feature.
    pub(super) columns: Range<usize>,
}

impl Windows {
    /// Describes `filters` filters of each of `widths`, which are in ascending order.
    pub(in crate::model::encoder::cnn) fn new(
        input_size: usize,
        filters: usize,
        widths: &[usize],
    ) -> Self {
        let features = filters * widths.len();
        let widest = widths.last().copied().unwrap_or(1);
        let mut column = 0;
        let segments = (0..widest).map(|position| {
            let offset = position as isize - left_of(widest) as isize;
            let narrower = widths
                .iter()
                .take_while(|&&width| position_at(offset, width).is_none());
            let first_feature = filters * narrower.count();
            let start = column;
            column += features - first_feature;
            Segment {
                offset,
                first_feature,
                columns: start..column,
            }
        });
        Self {
            input_size,
            filters,
            segments: segments.collect(),
            widths: widths.to_vec(),
        }
    }

    /// Returns the number of features of an input.
    pub(super) fn input_size(&self) -> usize {
        self.input_size
    }

    /// Returns the number of filters of each width.
    pub(super) fn filters(&self) -> usize {
        self.filters
    }

    /// Returns the number of features of a state.
    pub(in crate::model::encoder::cnn) fn features(&self) -> usize {
        self.filters * self.widths.len()
    }

    /// Returns the number of columns of an input's projection: a product for each position of each filter.
    pub(in crate::model::encoder::cnn) fn columns(&self) -> usize {
        self.segments.last().map_or(0, |last| last.columns.end)
    }

    /// Returns the segments in ascending order of their offsets.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Returns the number of weights, including biases.
    pub(super) fn weights(&self) -> usize {
        self.bias_start(self.widths.len() - 1) + self.filters
    }

    /// Returns the biases of the features among the weights, by width.
    pub(super) fn biases(&self) -> impl Iterator<Item = Range<usize>> {
        (0..self.widths.len()).map(|index| {
            let start = self.bias_start(index);
            start..start + self.filters
        })
    }

    /// Returns the weights of a column of the projection: the index of the first one, and the distance between them.
    pub(super) fn column(&self, segment: &Segment, column: usize) -> (usize, usize) {
        let feature = segment.first_feature + column - segment.columns.start;
        let (index, filter) = (feature / self.filters, feature % self.filters);
        let width = self.widths[index];
        let position = position_at(segment.offset, width).unwrap_or(0);
        (
            self.weight_start(index) + filter * self.input_size * width + position,
            width,
        )
    }

    /// Returns the start of the weight of the filters of one width, `[filters, input size, width]`.
    fn weight_start(&self, index: usize) -> usize {
        let before = self.widths[..index].iter();
        before
            .map(|width| self.filters * (self.input_size * width + 1))
            .sum()
    }

    /// Returns the start of the biases of the filters of one width, which follow the weight.
    fn bias_start(&self, index: usize) -> usize {
        self.weight_start(index) + self.filters * self.input_size * self.widths[index]
    }
}

/// Returns the position of a window with this offset from the window's token.
fn position_at(offset: isize, width: usize) -> Option<usize> {
    let position = offset + left_of(width) as isize;
    usize::try_from(position)
        .ok()
        .filter(|&position| position < width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_is_in_one_column() {
        for widths in [&[3, 4, 5][..], &[1], &[2, 7], &[1, 2, 3, 4]] {
            let windows = Windows::new(3, 2, widths);
            let mut found: Vec<usize> = windows.biases().flatten().collect();
            for segment in windows.segments() {
                for column in segment.columns.clone() {
                    let (start, stride) = windows.column(segment, column);
                    found.extend((0..3).map(|feature| start + feature * stride));
                }
            }
            found.sort_unstable();
            assert_eq!(found, (0..windows.weights()).collect::<Vec<_>>());
            assert_eq!(windows.columns(), 2 * widths.iter().sum::<usize>());
        }
    }

    #[test]
    fn windows_are_those_of_same_padding() {
        let windows = Windows::new(1, 1, &[3, 4, 5]);
        let found: Vec<_> = windows
            .segments()
            .iter()
            .map(|s| (s.offset, s.first_feature))
            .collect();
        assert_eq!(found, [(-2, 2), (-1, 0), (0, 0), (1, 0), (2, 1)]);
    }
}
