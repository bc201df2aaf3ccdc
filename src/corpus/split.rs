//! Stratified splits and folds.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

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
/// A class with two or more examples has at least one on each side; a single example is used for training.
/// A share of 0 holds out nothing. The split depends only on labels, share and seed, so all commands hold
/// out the same examples.
pub fn stratified_split<Label: Ord>(labels: &[Label], validation_share: f64, seed: u64) -> Split {
    let mut classes: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
    for (index, label) in labels.iter().enumerate() {
        classes.entry(label).or_default().push(index);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut split = Split {
        train: Vec::new(),
        validation: Vec::new(),
    };
    for mut members in classes.into_values() {
        members.shuffle(&mut rng);
        let (validation, train) = members.split_at(held_out(members.len(), validation_share));
        split.validation.extend(validation);
        split.train.extend(train);
    }
    split.train.sort_unstable();
    split.validation.sort_unstable();
    split
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
pub fn stratified_three_way_split<Label: Ord>(
    labels: &[Label],
    validation_share: f64,
    test_share: f64,
    seed: u64,
) -> ThreeWaySplit {
    let Split {
        train: rest,
        validation: test,
    } = stratified_split(labels, test_share, seed);
    let rest_labels: Vec<&Label> = rest.iter().map(|&index| &labels[index]).collect();
    let share_of_rest = validation_share / (1.0 - test_share);
    let Split { train, validation } = stratified_split(&rest_labels, share_of_rest, seed);
    let pick = |places: Vec<usize>| places.into_iter().map(|place| rest[place]).collect();
    ThreeWaySplit {
        train: pick(train),
        validation: pick(validation),
        test,
    }
}

/// Splits examples at random into `count` folds of nearly equal size with the class proportions of the whole.
/// Returns the ascending indices of each fold.
///
/// # Panics
/// If `count` is 0.
pub fn stratified_folds<Label: Ord>(labels: &[Label], count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut indices: Vec<usize> = (0..labels.len()).collect();
    indices.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    indices.sort_by_key(|&index| &labels[index]);
    let mut folds = vec![Vec::new(); count];
    for (place, index) in indices.into_iter().enumerate() {
        folds[place % count].push(index);
    }
    folds.iter_mut().for_each(|fold| fold.sort_unstable());
    folds
}

/// Returns the number of examples of a class to hold out.
fn held_out(examples: usize, share: f64) -> usize {
    if examples < 2 || share.is_nan() || share <= 0.0 {
        return 0;
    }
    let rounded = (examples as f64 * share).round() as usize;
    rounded.clamp(1, examples - 1)
}
