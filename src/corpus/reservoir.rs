//! Random samples of a corpus.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{CorpusError, Rows};

/// A random sample of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservoirSample {
    /// The sampled texts, in no particular order.
    pub texts: Vec<String>,
    /// The number of texts in the corpus.
    pub total: usize,
}

/// Draws up to `count` texts uniformly without replacement, holding only the sample in memory (Vitter 1985,
/// "Random Sampling with a Reservoir", algorithm R).
///
/// Written by hand because `rand`'s `IteratorRandom` neither stops at an error nor counts the rows.
pub fn reservoir_sample(
    rows: &mut Rows,
    count: usize,
    seed: u64,
) -> Result<ReservoirSample, CorpusError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = ReservoirSample {
        texts: Vec::new(),
        total: 0,
    };
    for row in rows {
        let text = row?.text;
        drawn.total += 1;
        if drawn.texts.len() < count {
            drawn.texts.push(text);
        } else if let Some(place) = drawn.texts.get_mut(rng.random_range(0..drawn.total)) {
            *place = text;
        }
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{CorpusOptions, Format, texts_from_reader};
    use super::*;

    fn drawn(count: usize, seed: u64) -> ReservoirSample {
        let name = Path::new("numbers");
        let numbers: String = (0..10).map(|number| format!("{number}\n")).collect();
        let reader = Box::new(std::io::Cursor::new(numbers));
        let options = CorpusOptions::default();
        let mut rows = texts_from_reader(reader, name, Format::Lines, &options).unwrap();
        reservoir_sample(&mut rows, count, seed).unwrap()
    }

    #[test]
    fn every_text_is_as_likely_as_any_other() {
        let mut times = [0; 10];
        for seed in 0..2_000 {
            let ReservoirSample { texts, total } = drawn(3, seed);
            assert_eq!((texts.len(), total), (3, 10));
            for text in texts {
                times[text.parse::<usize>().unwrap()] += 1;
            }
        }
        // 600 of each; five standard deviations are about 100.
        assert!(
            times.iter().all(|&count: &i32| (count - 600).abs() < 100),
            "{times:?}"
        );
        assert_eq!(drawn(20, 1).texts.len(), 10);
        assert_eq!(drawn(3, 1), drawn(3, 1));
    }
}
