//! Faithfulness of each explanation method: the areas under the deletion and insertion curves, averaged over 200
//! texts of a corpus, compared with words in random order.
//!
//! ```text
//! cargo bench --bench faithfulness -- REVIEWS.csv [MODEL]
//! ```

use std::path::Path;

use mimalloc::MiMalloc;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::corpus::{CorpusOptions, read_labelled};
use sentiment::explain::{
    Explanation, Faithfulness, Features, Method, Request, explain, faithfulness,
};
use sentiment::model::Pooling;

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const TEXTS: usize = 200;
const SEED: u64 = 42;

fn main() -> anyhow::Result<()> {
    // Cargo passes `--bench`.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let (corpus, classifier) = match arguments.as_slice() {
        [corpus] => (corpus, Classifier::general(&Device::Cpu)?),
        [corpus, model] => (corpus, Classifier::load(Path::new(model), &Device::Cpu)?),
        _ => {
            println!(
                "skipped: pass a file of labelled reviews and, instead of the built-in model, a model folder"
            );
            return Ok(());
        }
    };
    let corpus = read_labelled(Path::new(corpus), &CorpusOptions::default())?;
    let mut texts: Vec<String> = corpus
        .examples
        .into_iter()
        .map(|example| example.text)
        .collect();
    texts.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
    texts.truncate(TEXTS);
    println!("{:10}  deletion  insertion  of {} texts", "", texts.len());
    let lime = Method::Lime {
        samples: None,
        seed: SEED,
    };
    let gradient = Method::Gradient { steps: None };
    let mut methods = vec![
        ("random", None),
        ("gradient", Some(gradient)),
        ("lime", Some(lime)),
    ];
    if classifier.network().architecture().pooling == Pooling::Attention {
        methods.insert(1, ("attention", Some(Method::Attention)));
    }
    for (name, method) in methods {
        let mut areas = Vec::new();
        for text in &texts {
            areas.push(measure(&classifier, text, method)?);
        }
        let mean =
            |of: fn(&Faithfulness) -> f64| areas.iter().map(of).sum::<f64>() / areas.len() as f64;
        let (deletion, insertion) = (mean(|area| area.deletion), mean(|area| area.insertion));
        println!("{name:10}  {deletion:8.4}  {insertion:9.4}");
    }
    Ok(())
}

/// Returns the areas of a text, with its words in the order of the method or, without one, in random order.
fn measure(
    classifier: &Classifier,
    text: &str,
    method: Option<Method>,
) -> anyhow::Result<Faithfulness> {
    let features = Features::of(classifier, text, false)?;
    let label = classifier.predict_one(text)?.class;
    let order = match method {
        Some(method) => {
            let request = Request {
                method,
                labels: vec![label],
                words: usize::MAX,
                by_position: false,
            };
            order(&features, &explain(classifier, text, &request)?)
        }
        None => {
            let mut order: Vec<usize> = (0..features.len()).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
            order
        }
    };
    Ok(faithfulness(classifier, &features, &order, label)?)
}

/// Returns the indices of the features, ordered by descending weight for the label.
fn order(features: &Features, explanation: &Explanation) -> Vec<usize> {
    let mut weights = explanation.classes[0].weights.clone();
    weights.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let place = |start: usize| {
        (0..features.len()).find(|&index| features.get(index).spans[0].start == start)
    };
    weights
        .iter()
        .filter_map(|weight| place(weight.spans[0].start))
        .collect()
}
