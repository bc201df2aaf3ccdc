//! Splits: stratified, the same for a seed, and with all copies of a text on one side.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;
use sentiment::corpus::{self, TextGroups};

/// Labels without copies, and the splits that the first version made of them.
fn distinct_texts() -> (Vec<u32>, TextGroups) {
    let labels: Vec<u32> = (0..40).map(|i| i * i % 3 + u32::from(i % 7 == 0)).collect();
    let groups = TextGroups::distinct(labels.len());
    (labels, groups)
}

#[test]
fn splits_without_copies_never_change() {
    let (labels, groups) = distinct_texts();
    let split = corpus::stratified_split(&labels, &groups, 0.2, 42);
    assert_eq!(split.validation, [1, 4, 6, 14, 20, 25, 27, 31]);

    let split = corpus::stratified_three_way_split(&labels, &groups, 0.2, 0.1, 42);
    assert_eq!(split.validation, [1, 4, 6, 21, 28, 29, 30, 34]);
    assert_eq!(split.test, [14, 20, 25, 27]);

    let folds = corpus::stratified_folds(&labels, &groups, 4, 42);
    assert_eq!(folds[0], [2, 3, 6, 9, 20, 21, 25, 26, 28, 38]);
    assert_eq!(folds[1], [1, 11, 13, 15, 16, 19, 24, 27, 35, 37]);
    assert_eq!(folds[2], [0, 4, 8, 14, 17, 29, 30, 31, 33, 36]);
    assert_eq!(folds[3], [5, 7, 10, 12, 18, 22, 23, 32, 34, 39]);
}

#[test]
fn a_split_depends_on_the_seed() {
    let labels: Vec<u32> = (0..1000).map(|index| index % 3).collect();
    let groups = TextGroups::distinct(labels.len());
    let split = |seed| corpus::stratified_split(&labels, &groups, 0.1, seed);
    assert_eq!(split(42), split(42));
    assert_ne!(split(42), split(43));
    assert_eq!(split(42).validation.len(), 33 + 33 + 33);
}

#[test]
fn a_text_with_many_copies_does_not_fill_the_held_out_set() {
    // 60 copies of one text and 40 other texts, all of one class.
    let texts: Vec<String> = (0..100)
        .map(|index| format!("text {}", usize::saturating_sub(index, 59)))
        .collect();
    let groups = TextGroups::of(&texts);
    assert_eq!((groups.texts(), groups.repeated_texts()), (41, 1));
    for seed in 0..50 {
        let split = corpus::stratified_split(&[0; 100], &groups, 0.1, seed);
        assert!((1..=10).contains(&split.validation.len()), "{seed}");
        assert!(split.validation[0] >= 60, "{seed}");
    }
}

#[test]
fn shares_are_kept_if_every_text_has_copies() {
    let texts: Vec<String> = (0..3000)
        .map(|index| format!("text {}", index % 1000))
        .collect();
    let groups = TextGroups::of(&texts);
    let split = corpus::stratified_three_way_split(&[0; 3000], &groups, 0.2, 0.1, 42);
    assert!(
        (540..660).contains(&split.validation.len()),
        "{}",
        split.validation.len()
    );
    assert!(
        (240..360).contains(&split.test.len()),
        "{}",
        split.test.len()
    );
}

/// Published results name the splits of corpora with a few copies.
#[test]
fn a_few_copies_change_only_their_own_side() {
    let mut texts: Vec<String> = (0..500).map(|index| format!("text {index}")).collect();
    texts[400] = texts[7].clone();
    texts[30] = texts[450].clone();
    let labels: Vec<u32> = (0..500).map(|index| index % 2).collect();
    let split = |groups: &TextGroups| {
        let split = corpus::stratified_three_way_split(&labels, groups, 0.2, 0.2, 42);
        let mut part_of = vec![0; 500];
        split
            .validation
            .iter()
            .for_each(|&index| part_of[index] = 1);
        split.test.iter().for_each(|&index| part_of[index] = 2);
        part_of
    };
    let mut expected = split(&TextGroups::distinct(500));
    expected[400] = expected[7];
    expected[450] = expected[30];
    assert_eq!(split(&TextGroups::of(&texts)), expected);
}

#[test]
fn copies_with_other_labels_stay_with_the_first() {
    let texts = ["a", "b", "A ", "<b>b</b>", "c", "d"];
    let labels = ["x", "x", "y", "y", "y", "y"];
    let groups = TextGroups::of(&texts);
    for seed in 0..20 {
        let split = corpus::stratified_split(&labels, &groups, 0.5, seed);
        for (first, copy) in [(0, 2), (1, 3)] {
            let is_held_out = |index| split.validation.contains(&index);
            assert_eq!(is_held_out(first), is_held_out(copy), "{split:?}");
        }
    }
}

/// Returns a label and one of a few texts for each example, so that most texts have copies.
fn labels_and_texts() -> impl Strategy<Value = (Vec<u32>, Vec<String>)> {
    prop::collection::vec((0u32..4, 0u32..40), 0..150).prop_map(|examples| {
        let text = |(_, text): &(u32, u32)| format!("text {text}");
        let texts = examples.iter().map(text).collect();
        let labels = examples.into_iter().map(|(label, _)| label).collect();
        (labels, texts)
    })
}

/// Fails unless every example is on one side and the copies of a text are on the same.
fn check_sides(texts: &[String], sides: &[Vec<usize>]) -> Result<(), TestCaseError> {
    let mut all = sides.concat();
    all.sort_unstable();
    prop_assert_eq!(all, (0..texts.len()).collect::<Vec<_>>());
    let mut side_of = HashMap::new();
    for (side, indices) in sides.iter().enumerate() {
        prop_assert!(indices.is_sorted());
        for &index in indices {
            let first = *side_of.entry(&texts[index]).or_insert(side);
            prop_assert_eq!(first, side, "{}", texts[index]);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn copies_are_on_one_side_of_every_split(
        (labels, texts) in labels_and_texts(),
        share in 0.0f64..0.6,
        test_share in 0.0f64..0.4,
        count in 1usize..8,
        seed: u64,
    ) {
        let groups = TextGroups::of(&texts);
        let split = corpus::stratified_split(&labels, &groups, share, seed);
        for class in 0..4 {
            // The first example of a text decides its class.
            let mut seen = HashSet::new();
            let is_first = |i: &usize| seen.insert(&texts[*i]) && labels[*i] == class;
            let firsts: Vec<usize> = (0..texts.len()).filter(is_first).collect();
            let held_out = firsts.iter().filter(|i| split.validation.contains(i)).count();
            if share > 0.0 && firsts.len() >= 2 {
                prop_assert!(held_out >= 1 && held_out < firsts.len());
            } else {
                prop_assert_eq!(held_out, 0);
            }
        }
        check_sides(&texts, &[split.train, split.validation])?;
        let split =
            corpus::stratified_three_way_split(&labels, &groups, share, test_share, seed);
        check_sides(&texts, &[split.train, split.validation, split.test])?;
        let folds = corpus::stratified_folds(&labels, &groups, count, seed);
        check_sides(&texts, &folds)?;
    }

    #[test]
    fn folds_are_stratified(
        labels in prop::collection::vec(0usize..4, 0..120),
        count in 1usize..8,
        seed: u64,
    ) {
        let groups = TextGroups::distinct(labels.len());
        let folds = corpus::stratified_folds(&labels, &groups, count, seed);
        prop_assert_eq!(folds.len(), count);
        for class in 0..4 {
            let of_class = |fold: &Vec<usize>| fold.iter().filter(|i| labels[**i] == class).count();
            let counts: Vec<usize> = folds.iter().map(of_class).collect();
            let spread = counts.iter().max().unwrap() - counts.iter().min().unwrap();
            prop_assert!(spread <= 1, "{:?}", counts);
        }
        let sizes = folds.iter().map(Vec::len);
        prop_assert!(sizes.clone().max().unwrap() - sizes.min().unwrap() <= 1);
    }

    #[test]
    fn a_split_is_stratified(
        labels in prop::collection::vec(0u32..5, 0..200),
        share in 0.01f64..0.99,
        seed: u64,
    ) {
        let groups = TextGroups::distinct(labels.len());
        let split = corpus::stratified_split(&labels, &groups, share, seed);
        for class in 0..5 {
            let count = |side: &[usize]| side.iter().filter(|i| labels[**i] == class).count();
            let (train, held_out) = (count(&split.train), count(&split.validation));
            let rows = train + held_out;
            if rows >= 2 {
                prop_assert!(train >= 1 && held_out >= 1);
                prop_assert!((held_out as f64 - rows as f64 * share).abs() < 1.0);
            } else {
                prop_assert_eq!(held_out, 0);
            }
        }
    }
}
