//! The words that matter over the texts of a corpus.

use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sentiment::classifier::Classifier;
use sentiment::corpus;
use sentiment::explain::{ExplainError, Overview, Request, explain, overview_page};
use sentiment::printable::grouped;

use super::super::console::Console;
use super::super::evaluation_table::styled_output;
use super::terminal::{Shades, write_overview};
use super::{ExplainArgs, write_json};

/// Explains texts of a corpus, and shows what they have in common.
pub fn run(
    args: &ExplainArgs,
    corpus: &Path,
    classifier: &Classifier,
    request: &Request,
    console: &Console,
) -> anyhow::Result<()> {
    let (texts, seen) = draw(args, corpus, console)?;
    anyhow::ensure!(
        !texts.is_empty(),
        "{}: there is no text to explain",
        corpus.display()
    );
    console.note(format!(
        "explaining {} of {} texts",
        grouped(texts.len()),
        grouped(seen)
    ));
    let request = Request {
        words: usize::MAX,
        ..request.clone()
    };
    let progress = console.counter("explaining", texts.len());
    let mut explanations = Vec::new();
    for text in &texts {
        match explain(classifier, text, &request) {
            Ok(explanation) => explanations.push(explanation),
            // There is nothing to explain of it.
            Err(ExplainError::Empty) => {}
            Err(error) => return Err(error.into()),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    let overview = Overview::of(
        explanations,
        classifier.labels(),
        args.top,
        args.representatives,
        args.features as usize,
    );
    let title = format!(
        "Words that matter to {}, on {}",
        args.model.name(),
        corpus.display()
    );
    args.write_page(console, || overview_page(&title, &overview))?;
    match args.json {
        true => write_json(&overview),
        false => Ok(write_overview(
            &mut styled_output(),
            &overview,
            Shades::of_output(),
        )?),
    }
}

/// Texts of the corpus, each as likely as any other (Vitter, 1985, algorithm R), in no order; and how many there are.
/// No more are held than are drawn.
fn draw(
    args: &ExplainArgs,
    corpus: &Path,
    console: &Console,
) -> anyhow::Result<(Vec<String>, usize)> {
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let mut rows = corpus::open_texts(corpus, &args.reading.options())?;
    let (mut drawn, mut seen) = (Vec::new(), 0);
    for row in rows.by_ref() {
        let text = row?.text;
        seen += 1;
        if drawn.len() < args.texts as usize {
            drawn.push(text);
        } else if let Some(place) = drawn.get_mut(rng.random_range(0..seen)) {
            *place = text;
        }
    }
    console.note_skipped(rows.skipped());
    Ok((drawn, seen))
}
