//! Stratified splits and folds, which keep the copies of a text together.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::TextGroups;

/// A split into two parts, as ascending indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The training set.
    pub train: Vec<usize>,
    /// The held-out set.
    pub validation: Vec<usize>,
}

/// Splits examples at random and holds out `validation_share` of each class, rounded to whole examples.
///
/// All copies of a text are on the same side, even if their labels differ; the first copy decides their class.
/// A class with two or more different texts has at least one on each side; a single text is used for training.
/// A text with more copies than the class has left to hold out is used for training, so copies make the held-out
/// set smaller rather than larger. A share of 0 holds out nothing. The split depends only on labels, copies,
/// share and seed, so all commands hold out the same examples.
///
/// # Panics
/// If `groups` is not of as many texts as there are labels.
pub fn stratified_split<Label: Ord>(
    labels: &[Label],
    groups: &TextGroups,
    validation_share: f64,
    seed: u64,
) -> Split {
    assert_eq!(labels.len(), groups.examples(), "one text per label");
    let mut classes: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
    for text in groups.firsts() {
        classes.entry(&labels[text]).or_default().push(text);
    }
    let sizes = groups.sizes();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut is_held_out = vec![false; labels.len()];
    for mut texts in classes.into_values() {
        texts.shuffle(&mut rng);
        for text in held_out(&texts, &sizes, validation_share) {
            is_held_out[text] = true;
        }
    }
    let (validation, train) =
        (0..labels.len()).partition(|&index| is_held_out[groups.first(index)]);
    Split { train, validation }
}

/// A split into three parts, as ascending indices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreeWaySplit {
    /// The training set.
    pub train: Vec<usize>,
    /// The validation set.
    pub validation: Vec<usize>,
    /// The test set.
    pub test: Vec<usize>,
}

/// Splits examples at random into training, validation and test set: [`stratified_split`] holds out the test
/// set first and the validation set from the rest. Both shares are of all examples.
///
/// # Panics
/// If `groups` is not of as many texts as there are labels.
pub fn stratified_three_way_split<Label: Ord>(
    labels: &[Label],
    groups: &TextGroups,
    validation_share: f64,
    test_share: f64,
    seed: u64,
) -> ThreeWaySplit {
    let Split {
        train: rest,
        validation: test,
    } = stratified_split(labels, groups, test_share, seed);
    let rest_labels: Vec<&Label> = rest.iter().map(|&index| &labels[index]).collect();
    let share_of_rest = validation_share / (1.0 - test_share);
    let rest_groups = groups.select(&rest);
    let Split { train, validation } =
        stratified_split(&rest_labels, &rest_groups, share_of_rest, seed);
    let pick = |places: Vec<usize>| places.into_iter().map(|place| rest[place]).collect();
    ThreeWaySplit {
        train: pick(train),
        validation: pick(validation),
        test,
    }
}

/// Splits examples at random into `count` folds, each with nearly the same number of different texts of each
/// class. All copies of a text are in the same fold; the first copy decides their class. Returns the ascending
/// indices of each fold.
///
/// # Panics
/// If `count` is 0, or if `groups` is not of as many texts as there are labels.
pub fn stratified_folds<Label: Ord>(
    labels: &[Label],
    groups: &TextGroups,
    count: usize,
    seed: u64,
) -> Vec<Vec<usize>> {
    assert_eq!(labels.len(), groups.examples(), "one text per label");
    let mut texts: Vec<usize> = groups.firsts().collect();
    texts.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    texts.sort_by_key(|&text| &labels[text]);
    let mut fold_of = vec![0; labels.len()];
    for (place, text) in texts.into_iter().enumerate() {
        fold_of[text] = place % count;
    }
    let mut folds = vec![Vec::new(); count];
    for index in 0..labels.len() {
        folds[fold_of[groups.first(index)]].push(index);
    }
    folds
}

/// Returns the texts of a class to hold out: the first that fit into `share` of its examples. `sizes` has the
/// number of copies of each text.
fn held_out(texts: &[usize], sizes: &[usize], share: f64) -> Vec<usize> {
    if texts.len() < 2 || share.is_nan() || share <= 0.0 {
        return Vec::new();
    }
    let examples: usize = texts.iter().map(|&text| sizes[text]).sum();
    let rounded = (examples as f64 * share).round() as usize;
    let mut left = rounded.clamp(1, examples - 1);
    let mut held_out = Vec::new();
    for &text in texts {
        if sizes[text] <= left {
            left -= sizes[text];
            held_out.push(text);
        }
    }
    if held_out.is_empty() {
        held_out.extend(texts.iter().min_by_key(|&&text| sizes[text]));
    }
    held_out
}
