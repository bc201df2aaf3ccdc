//! The settings of a fastText model.

use std::io::Read;

use super::model_reader::ModelReader;
use super::ngrams::Ngrams;
use crate::embeddings::error::{EmbeddingsError, FastTextError};
use crate::embeddings::limits::{MAX_DIMENSION, MAX_NGRAM_LENGTH};

/// The kinds of model: CBOW, skip-gram and supervised.
const CBOW: i32 = 1;
const SUPERVISED: i32 = 3;

/// The settings that determine the vectors.
pub(super) struct Settings {
    /// The dimension, from 1 to [`MAX_DIMENSION`].
    pub(super) dimension: usize,
    pub(super) ngrams: Ngrams,
}

impl Settings {
    /// Reads the magic number, the version and the settings.
    pub(super) fn read<R: Read>(reader: &mut ModelReader<R>) -> Result<Self, EmbeddingsError> {
        let request = reader.request;
        let invalid = |reason| Err(request.fasttext(reason));
        let [_magic, version, dimension] = [reader.int32()?, reader.int32()?, reader.int32()?];
        if !(11..=12).contains(&version) {
            return invalid(FastTextError::Version { version });
        }
        // Context window, epochs, minimum count, negative samples, word n-grams and loss.
        reader.skip(6 * size_of::<i32>() as u64)?;
        let [kind, buckets, shortest, longest] = [
            reader.int32()?,
            reader.int32()?,
            reader.int32()?,
            reader.int32()?,
        ];
        // The interval and the threshold of updates.
        reader.skip((size_of::<i32>() + size_of::<f64>()) as u64)?;

        if !(CBOW..=SUPERVISED).contains(&kind) {
            let (name, value) = ("model", kind.into());
            return invalid(FastTextError::Setting { name, value });
        }
        for (name, value) in [("bucket", buckets), ("minn", shortest), ("maxn", longest)] {
            if value < 0 {
                let value = value.into();
                return invalid(FastTextError::Setting { name, value });
            }
        }
        let dimension = match usize::try_from(dimension) {
            Ok(fitting @ 1..=MAX_DIMENSION) => fitting,
            _ => return invalid(FastTextError::Dimension { dimension }),
        };
        // Supervised models of version 11 have no n-grams, whatever their settings.
        let length = if version == 11 && kind == SUPERVISED {
            0
        } else {
            longest
        };
        if length as usize > MAX_NGRAM_LENGTH {
            return invalid(FastTextError::NgramLength { length });
        }
        Ok(Self {
            dimension,
            ngrams: Ngrams {
                lengths: shortest.max(1) as usize..=length as usize,
                buckets: buckets as u32,
            },
        })
    }
}
