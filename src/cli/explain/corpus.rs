//! Important words over the texts of a corpus.

use std::path::Path;

use sentiment::classifier::Classifier;
use sentiment::corpus::{self, ReservoirSample};
use sentiment::explain::{
    ExplainError, Explanation, Method, Overview, Request, explain, overview_page,
};
use sentiment::printable::grouped;

use super::super::console::Console;
use super::super::dataset_reader::DatasetReader;
use super::super::styled_text::styled_output;
use super::overview::write_overview;
use super::{ExplainArgs, write_json};

/// Explains texts of a corpus and prints a summary.
pub fn run(args: &ExplainArgs, corpus: &Path, console: &Console) -> anyhow::Result<()> {
    let reader = DatasetReader::new(&args.corpus_args, console);
    let mut rows = reader.texts(&[corpus.to_owned()])?;
    let progress = console.reading_progress(rows.progress());
    let ReservoirSample { texts, total } =
        corpus::reservoir_sample(&mut rows, args.texts as usize, args.seed)?;
    drop(progress);
    reader.note_texts(&rows);
    let location = args
        .model
        .given_or_for(texts.iter().map(String::as_str), console)?;
    let classifier = &args.model.load(&location, console)?;
    let request = &args.request(classifier)?;
    console.note(format!(
        "explaining {} of {} texts",
        grouped(texts.len()),
        grouped(total)
    ));
    let explanations = explain_all(classifier, &texts, request, console)?;
    anyhow::ensure!(
        !explanations.is_empty(),
        "{}: the corpus has no texts to explain",
        corpus.display()
    );
    let overview = Overview::of(
        explanations,
        classifier.labels(),
        args.top,
        args.representatives,
        args.features as usize,
    );
    match args.json {
        true => write_json(&overview)?,
        false => write_overview(&mut styled_output(), &overview)?,
    }
    let name = corpus.file_name().unwrap_or(corpus.as_os_str());
    let title = format!("Important words for {location}, on {}", name.display());
    args.write_page(console, || overview_page(&title, &overview))
}

/// Explains texts with all of their words. Skips and counts texts without tokens and texts with too many words.
fn explain_all(
    classifier: &Classifier,
    texts: &[String],
    request: &Request,
    console: &Console,
) -> anyhow::Result<Vec<Explanation>> {
    let mut request = request.clone();
    request.words = usize::MAX;
    // A mean over texts needs the same labels in each of them.
    if request.labels.is_empty() && !matches!(request.method, Method::Attention) {
        request.labels = (0..classifier.labels().len()).collect();
    }
    let (mut explanations, mut left_out, mut reason) = (Vec::new(), 0, None);
    let progress = console.counter("explaining", texts.len());
    for text in texts {
        match explain(classifier, text, &request) {
            Ok(explanation) => explanations.push(explanation),
            Err(error @ (ExplainError::Empty | ExplainError::TooManyFeatures { .. })) => {
                left_out += 1;
                reason.get_or_insert(error);
            }
            Err(error) => return Err(error.into()),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    if let Some(reason) = reason {
        console.note(format!("texts skipped: {left_out}; first reason: {reason}"));
    }
    Ok(explanations)
}
