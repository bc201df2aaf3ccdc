//! Reference tokenizations: what a tokenizer outside this program must give, and what a network must answer.

use serde::Serialize;

use super::ExportError;
use crate::classifier::Classifier;
use crate::text::Tokens;

/// A line of tokenizations.jsonl.
#[derive(Serialize)]
struct Reference<'a> {
    text: &'a str,
    /// The tokens that the model reads.
    tokens: Vec<&'a str>,
    /// Their ids.
    ids: Vec<u32>,
    /// The probability of each label, in the order of the model's labels.
    probabilities: &'a [f64],
}

/// Returns tokenizations.jsonl: a line for each text.
pub(super) fn tokenizations(
    classifier: &Classifier,
    texts: &[String],
) -> Result<Vec<u8>, ExportError> {
    let predictions = classifier.predict(texts)?;
    let mut lines = Vec::new();
    let mut tokens = Tokens::default();
    for (text, prediction) in texts.iter().zip(&predictions) {
        let (ids, tokens) = classifier
            .tokenize(text, &mut tokens)
            .map(|(id, token)| (id, token.text))
            .unzip();
        let reference = Reference {
            text,
            tokens,
            ids,
            probabilities: &prediction.probabilities,
        };
        // Strings and finite numbers always have a JSON form.
        serde_json::to_writer(&mut lines, &reference).expect("a tokenization is JSON");
        lines.push(b'\n');
    }
    Ok(lines)
}
