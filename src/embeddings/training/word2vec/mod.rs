//! word2vec: skip-gram and CBOW with negative sampling and subsampling of frequent words (Mikolov et al.,
//! 2013, "Distributed Representations of Words and Phrases and their Compositionality").
//!
//! A pair is a context's row and a word's row, and whether they were seen together. Pairs of a stretch of
//! the corpus are sorted by the blocks of their rows and learned from block by block (see
//! [`super::blocks`]): stochastic gradient descent in another order, with no update lost.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::blocks::{BLOCKS, Table, meet_all};
use super::composite::{Composite, Inputs};
use super::encoded::EncodedCorpus;
use super::noise::Noise;
use super::pairs::{Pair, Pairs};
use super::{Control, VectorSettings, VectorTrainingError, Word2Vec};

/// Tokens whose pairs are sorted together.
const STRETCH: usize = 4096;

/// As [`STRETCH`] where rows are made of several: so few that what is made once a stretch is not old.
const COMPOSITE_STRETCH: usize = 1024;

/// The learning rate does not fall below this share of what it was at first.
const LEAST_RATE: f64 = 1e-4;

/// The tables that are learned.
pub(super) struct Word2VecTables {
    /// A row for each word, then for each bucket of n-grams.
    pub(super) inputs: Table,
    /// A row for each word.
    pub(super) outputs: Table,
}

/// Goes through the corpus and changes the tables; stops early if it is to.
pub(super) fn learn(
    corpus: &EncodedCorpus,
    settings: &VectorSettings,
    word2vec: &Word2Vec,
    tables: &mut Word2VecTables,
    control: &mut Control,
) -> Result<(), VectorTrainingError> {
    let drawing = Drawing {
        window: settings.window,
        negative: word2vec.negative,
        keep: keep_chances(&corpus.counts, word2vec.subsample),
        noise: Noise::new(&corpus.counts),
    };
    let inputs = Inputs::new(corpus, word2vec);
    let stretch = if inputs.is_some() {
        COMPOSITE_STRETCH
    } else {
        STRETCH
    };
    let all = corpus.tokens() * settings.epochs as u64;
    let mut parts: Vec<Part> = (0..BLOCKS).map(|_| Part::default()).collect();
    let mut texts = Vec::new();
    for epoch in 0..settings.epochs {
        let mut reader = corpus.read()?;
        for index in 0u64.. {
            reader.next(stretch, &mut texts)?;
            let tokens: usize = texts.iter().map(Vec::len).sum();
            if tokens == 0 {
                break;
            }
            let rng = |part: usize| {
                let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
                rng.set_stream((epoch as u64) << 48 | index << 8 | part as u64);
                rng
            };
            let part_size = texts.len().div_ceil(BLOCKS).max(1);
            parts.par_iter_mut().enumerate().for_each(|(number, part)| {
                let texts = texts.chunks(part_size).nth(number).unwrap_or_default();
                part.draw(texts, &drawing, inputs.as_ref(), &mut rng(number));
            });
            let done = control.tokens as f64 / all as f64;
            let rate = (settings.learning_rate * (1.0 - done).max(LEAST_RATE)) as f32;
            match &inputs {
                None => descend(&parts, tables, rate),
                Some(_) => descend_composite(&mut parts, tables, rate),
            }
            if control.add(tokens as u64) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The chance that an occurrence of each word is kept: word2vec.c's `sqrt(t/f) + t/f`, at most 1.
fn keep_chances(counts: &[u64], subsample: f64) -> Vec<f32> {
    let total: u64 = counts.iter().sum();
    let threshold = subsample * total as f64;
    counts
        .iter()
        .map(|&count| {
            let share = threshold / count as f64;
            if subsample == 0.0 {
                1.0
            } else {
                (share.sqrt() + share) as f32
            }
        })
        .collect()
}

/// Where both rows are words' own.
fn descend(parts: &[Part], tables: &mut Word2VecTables, rate: f32) {
    let width = tables.inputs.width;
    let Word2VecTables { inputs, outputs } = tables;
    meet_all(
        &mut inputs.blocks,
        &mut outputs.blocks,
        |left, right, a, b| {
            for part in parts {
                part.pairs.get(a, b).descend(left, right, width, rate);
            }
        },
    );
}

/// Where the left rows are made of several: they are made for each part, learned, and what they learned
/// goes to the rows that they are made of.
fn descend_composite(parts: &mut [Part], tables: &mut Word2VecTables, rate: f32) {
    let Word2VecTables { inputs, outputs } = tables;
    let width = inputs.width;
    parts
        .par_iter_mut()
        .for_each(|part| part.composite.make(inputs));
    meet_all(parts, &mut outputs.blocks, |part, right, _, b| {
        let pairs = part.pairs.get(0, b);
        pairs.descend(part.composite.rows_mut(), right, width, rate);
    });
    let parts = &*parts;
    inputs
        .blocks
        .par_iter_mut()
        .enumerate()
        .for_each(|(block, rows)| {
            parts
                .iter()
                .for_each(|part| part.composite.give_back(block, rows));
        });
}

/// What pairs are drawn by.
struct Drawing {
    window: usize,
    negative: usize,
    keep: Vec<f32>,
    noise: Noise,
}

/// What one thread draws at a time, its memory kept from stretch to stretch.
#[derive(Default)]
struct Part {
    pairs: Pairs,
    composite: Composite,
    /// The text's words that are kept.
    kept: Vec<u32>,
}

impl Part {
    fn draw(
        &mut self,
        texts: &[Vec<u32>],
        drawing: &Drawing,
        inputs: Option<&Inputs>,
        rng: &mut ChaCha8Rng,
    ) {
        self.pairs.clear();
        self.composite.clear();
        for text in texts {
            let keep = |word: &&u32| rng.random::<f32>() < drawing.keep[**word as usize];
            self.kept.clear();
            self.kept.extend(text.iter().filter(keep));
            for place in 0..self.kept.len() {
                // Nearer words are taken more often, as in word2vec.c.
                let window = rng.random_range(1..=drawing.window);
                let start = place.saturating_sub(window);
                let end = (place + window + 1).min(self.kept.len());
                let around = (start..end).filter(|&other| other != place);
                self.draw_around(place, around, drawing, inputs, rng);
            }
        }
    }

    /// The pairs of one word and those around it.
    fn draw_around(
        &mut self,
        place: usize,
        around: impl Iterator<Item = usize> + Clone,
        drawing: &Drawing,
        inputs: Option<&Inputs>,
        rng: &mut ChaCha8Rng,
    ) {
        let Self {
            pairs,
            composite,
            kept,
        } = self;
        let word = kept[place];
        let mut add = |left: usize, left_block: usize, seen: u32| {
            pairs.add(left, left_block, Pair::seen(seen));
            for _ in 0..drawing.negative {
                let other = drawing.noise.draw(rng);
                if other != seen {
                    pairs.add(left, left_block, Pair::unseen(other));
                }
            }
        };
        match inputs {
            None => {
                let (index, block) = (word as usize / BLOCKS, word as usize % BLOCKS);
                around.for_each(|other| add(index, block, kept[other]));
            }
            Some(inputs) if inputs.is_cbow() => {
                let words = around.map(|other| kept[other]);
                if let Some(row) = composite.add(words.flat_map(|word| inputs.of(word))) {
                    add(row, 0, word);
                }
            }
            Some(inputs) => {
                if let Some(row) = composite.add(inputs.of(word)) {
                    around.for_each(|other| add(row, 0, kept[other]));
                }
            }
        }
    }
}
