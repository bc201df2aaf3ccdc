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

/// Splits examples at random and holds out `validation_share` of each class, rounded to whole examples.
///
/// All copies of a text follow the first one, even if their labels differ, so sizes may deviate a little from the
/// share. A text with more copies than a class would have in the held-out set is used for training. A class with
/// two or more different texts has at least one on each side; a single text is used for training. A share of 0
/// holds out nothing. The split depends only on labels, copies, share and seed, so all commands hold out the same
/// examples.
///
/// # Panics
/// If `groups` has another number of examples than `labels`.
pub fn stratified_split<Label: Ord>(
    labels: &[Label],
    groups: &TextGroups,
    validation_share: f64,
    seed: u64,
) -> Split {
    let examples: Vec<usize> = (0..labels.len()).collect();
    let held_out = hold_out(labels, &examples, validation_share, seed);
    let mut parts = vec![Part::Train; labels.len()];
    held_out
        .into_iter()
        .for_each(|index| parts[index] = Part::Validation);
    let [train, validation, _] = indices_by_part(&together(labels, groups, parts));
    Split { train, validation }
}

/// Splits examples at random into training, validation and test set: holds out the test set first and the
/// validation set from the rest, each as [`stratified_split`] does. Both shares are of all examples.
///
/// # Panics
/// If `groups` has another number of examples than `labels`.
pub fn stratified_three_way_split<Label: Ord>(
    labels: &[Label],
    groups: &TextGroups,
    validation_share: f64,
    test_share: f64,
    seed: u64,
) -> ThreeWaySplit {
    let mut parts = vec![Part::Train; labels.len()];
    let examples: Vec<usize> = (0..labels.len()).collect();
    let test = hold_out(labels, &examples, test_share, seed);
    test.into_iter().for_each(|index| parts[index] = Part::Test);
    let rest: Vec<usize> = examples
        .into_iter()
        .filter(|&index| parts[index] == Part::Train)
        .collect();
    let validation = hold_out(labels, &rest, validation_share / (1.0 - test_share), seed);
    validation
        .into_iter()
        .for_each(|index| parts[index] = Part::Validation);
    let [train, validation, test] = indices_by_part(&together(labels, groups, parts));
    ThreeWaySplit {
        train,
        validation,
        test,
    }
}

/// Splits examples at random into `count` folds, each with nearly the same number of different texts of each
/// class. All copies of a text are in the same fold; the first copy decides their class. Returns the ascending
/// indices of each fold.
///
/// # Panics
/// If `count` is 0 or `groups` has another number of examples than `labels`.
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

/// The parts of a split.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Train,
    Validation,
    Test,
}

impl Part {
    const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];
    const COUNT: usize = Self::ALL.len();
}

/// Chooses `share` of each class among `examples` at random, whether they have copies or not.
fn hold_out<Label: Ord>(labels: &[Label], examples: &[usize], share: f64, seed: u64) -> Vec<usize> {
    let mut classes: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
    for &index in examples {
        classes.entry(&labels[index]).or_default().push(index);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut held_out = Vec::new();
    for mut members in classes.into_values() {
        members.shuffle(&mut rng);
        held_out.extend(&members[..held_out_count(members.len(), share)]);
    }
    held_out
}

/// Returns the number of examples of a class to hold out.
fn held_out_count(examples: usize, share: f64) -> usize {
    if examples < 2 || share.is_nan() || share <= 0.0 {
        return 0;
    }
    let rounded = (examples as f64 * share).round() as usize;
    rounded.clamp(1, examples - 1)
}

/// Moves copies of a text to the part of the first. `parts` has the part of each example.
fn together<Label: Ord>(labels: &[Label], groups: &TextGroups, mut parts: Vec<Part>) -> Vec<Part> {
    assert_eq!(labels.len(), groups.examples(), "one text per label");
    let sizes = groups.sizes();
    let mut examples: BTreeMap<&Label, [usize; Part::COUNT]> = BTreeMap::new();
    for (label, &part) in labels.iter().zip(&parts) {
        examples.entry(label).or_default()[part as usize] += 1;
    }
    let mut classes: BTreeMap<&Label, Vec<usize>> = BTreeMap::new();
    for text in groups.firsts() {
        // Many copies would fill the part.
        if sizes[text] > examples[&labels[text]][parts[text] as usize] {
            parts[text] = Part::Train;
        }
        classes.entry(&labels[text]).or_default().push(text);
    }
    for (label, texts) in classes {
        if let [only] = texts[..] {
            parts[only] = Part::Train;
            continue;
        }
        for part in Part::ALL {
            if examples[label][part as usize] > 0 {
                fill_if_empty(part, &texts, &sizes, &mut parts);
            }
        }
    }
    (0..labels.len())
        .map(|index| parts[groups.first(index)])
        .collect()
}

/// Moves the text of a class with the fewest copies to a part that has none of its texts, unless another part
/// would then have none.
fn fill_if_empty(part: Part, texts: &[usize], sizes: &[usize], parts: &mut [Part]) {
    let mut counts = [0; Part::COUNT];
    texts
        .iter()
        .for_each(|&text| counts[parts[text] as usize] += 1);
    if counts[part as usize] > 0 {
        return;
    }
    let spare = texts
        .iter()
        .filter(|&&text| counts[parts[text] as usize] > 1);
    if let Some(&text) = spare.min_by_key(|&&text| sizes[text]) {
        parts[text] = part;
    }
}

/// Returns the ascending indices of the examples in each part.
fn indices_by_part(parts: &[Part]) -> [Vec<usize>; Part::COUNT] {
    let mut indices: [Vec<usize>; Part::COUNT] = Default::default();
    for (index, &part) in parts.iter().enumerate() {
        indices[part as usize].push(index);
    }
    indices
}
