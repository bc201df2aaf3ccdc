//! Sums, shares and norms of n-grams.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::batch::{EncodedTexts, KnownCharNgrams};
use crate::text::hash_char_ngrams;
use crate::vocabulary::{UNKNOWN_ID, Vocabulary};

/// `ab>` is an n-gram of the known token `ab` and of the unknown token `cab`.
#[test]
fn the_tokens_with_a_character_ngram_share_its_weight() {
    let vocabulary = Vocabulary::parse("<unk>\nab\n", Path::new("vocabulary.txt")).unwrap();
    let known = KnownCharNgrams::new(&"3..3".parse().unwrap(), &vocabulary);
    let mut texts = EncodedTexts::with_char_ngrams(known.map(Arc::new));
    texts.push_unknown("cab");
    texts.push_unknown("b");
    texts.push([1, UNKNOWN_ID, UNKNOWN_ID]);
    let mut last = 0;
    hash_char_ngrams("ab", &(3..=3), |hash| last = hash);
    let index = NgramIndex::new(vec![NgramKey::of_characters(last)]);
    let ngrams = Ngrams::new(index, vec![3.0, -1.0], 0, 2).unwrap();
    let mut logits = [0.0; 2];
    ngrams.add_logits(texts.ngram_text(0), &mut logits, &mut Vec::new());
    assert_eq!(logits, [3.0, -1.0]);
    assert_eq!(
        ngrams.shares(texts.ngram_text(0)),
        [1.5, -0.5, 1.5, -0.5, 0.0, 0.0]
    );
}

#[test]
fn the_sum_of_two_tables_has_the_sum_of_their_logits() {
    let table = |keys: [&[u32]; 2], weights: Vec<f32>| {
        let index = NgramIndex::new(keys.iter().map(|ids| NgramKey::new(ids)).collect());
        Ngrams::new(index, weights, 2, 2).unwrap()
    };
    let first = table([&[1], &[2]], vec![1.0, 2.0, 3.0, 4.0]);
    let second = table([&[2], &[2, 3]], vec![5.0, 6.0, 7.0, 8.0]);
    let logits = |tables: &[&Ngrams]| {
        let mut logits = [0.0; 2];
        for table in tables {
            table.add_logits(NgramText::from(&[1, 2, 3]), &mut logits, &mut Vec::new());
        }
        logits
    };
    let sum = first.plus(&second);
    assert_eq!(sum.index().len(), 3);
    assert_eq!(logits(&[&sum]), logits(&[&first, &second]));
}

#[test]
fn strongest_ngrams_keep_their_weights() {
    let keys: Vec<NgramKey> = (0..9).map(|id| NgramKey::new(&[id])).collect();
    let index = NgramIndex::new(keys.clone());
    let mut weights = vec![0.0; 18];
    for (id, key) in keys.iter().enumerate() {
        weights[2 * index.get(*key).unwrap()] = id as f32;
    }
    let strongest = Ngrams::new(index, weights, 1, 2).unwrap().strongest(3);
    assert_eq!(strongest.index().len(), 3);
    let mut logits = [0.0; 2];
    strongest.add_logits(
        NgramText::from(&[1, 2, 6, 7, 8]),
        &mut logits,
        &mut Vec::new(),
    );
    assert_eq!(logits, [21.0, 0.0]);
}

#[test]
fn each_distinct_ngram_counts_once() {
    let index = NgramIndex::new(vec![NgramKey::new(&[1]), NgramKey::new(&[1, 2])]);
    let mut weights = vec![0.0; 4];
    let offset = |ids: &[u32]| 2 * index.get(NgramKey::new(ids)).unwrap();
    weights[offset(&[1])] = 3.0;
    weights[offset(&[1, 2]) + 1] = -1.0;
    let ngrams = Ngrams::new(index, weights, 2, 2).unwrap();
    let mut logits = [0.5, 0.5];
    ngrams.add_logits(
        NgramText::from(&[1, 2, 1, 2, 9]),
        &mut logits,
        &mut Vec::new(),
    );
    assert_eq!(logits, [3.5, -0.5]);
    // [1] and [1, 2] occur twice; the four tokens of [1, 2] share its weight.
    let shares = ngrams.shares(NgramText::from(&[1, 2, 1, 2, 9]));
    assert_eq!(
        shares,
        [1.5, -0.25, 0.0, -0.25, 1.5, -0.25, 0.0, -0.25, 0.0, 0.0]
    );
}

/// The norm of the idf 3 and 4 is 5.
#[test]
fn normalized_weights_are_divided_by_the_norm_of_the_text() {
    let index = NgramIndex::new(vec![NgramKey::new(&[1]), NgramKey::new(&[2])]);
    let place = |id: u32| index.get(NgramKey::new(&[id])).unwrap();
    let (first, second) = (place(1), place(2));
    let (mut weights, mut idf) = (vec![0.0; 4], vec![0.0; 2]);
    (weights[2 * first], weights[2 * second + 1]) = (10.0, 20.0);
    (idf[first], idf[second]) = (3.0, 4.0);
    let ngrams = Ngrams::new(index, weights, 1, 2).unwrap();
    let ngrams = ngrams.normalized(idf).unwrap();
    let mut logits = [0.0; 2];
    ngrams.add_logits(NgramText::from(&[1, 2, 2, 9]), &mut logits, &mut Vec::new());
    assert_eq!(logits, [2.0, 4.0]);
    assert_eq!(
        ngrams.shares(NgramText::from(&[1, 2, 2, 9])),
        [2.0, 0.0, 0.0, 2.0, 0.0, 2.0, 0.0, 0.0]
    );
    let mut of_one = [0.0; 2];
    ngrams.add_logits(NgramText::from(&[2]), &mut of_one, &mut Vec::new());
    assert_eq!(of_one, [0.0, 5.0]);
    assert!(ngrams.normalized(vec![1.0]).is_err());
}
