//! Hints: the flag or command that resolves an error of the library.

mod corpus;
mod embeddings;
#[cfg(feature = "hub")]
mod hub;
#[cfg(feature = "serve")]
mod serve;
mod training;

use std::borrow::Cow;

use sentiment::DeviceError;
use sentiment::evaluation::EvaluationError;
use sentiment::explain::ExplainError;
use sentiment::model::ModelError;
use sentiment::text::TextError;

use self::corpus::corpus_hint;
use self::embeddings::{embeddings_hint, vector_training_hint};
#[cfg(feature = "hub")]
use self::hub::hub_hint;
#[cfg(feature = "serve")]
use self::serve::serve_hint;
use self::training::training_hint;
use super::bad_rows::NoReadableRow;
use super::interrupt::Interrupted;
use super::partial_output::NotResumable;
use super::prediction_output::BinaryOnTerminal;
use super::text_is_file::TextIsFile;
use super::threshold_args::ThresholdWithoutLabel;
use super::train::OtherModel;

/// Returns a hint for an error, if there is one.
pub fn hint(error: &anyhow::Error) -> Option<Cow<'static, str>> {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return Some(format!("resume with: {}", interrupted.command).into());
    }
    if error.is::<OtherModel>() {
        return Some("choose another folder with --out, or replace the model with --force".into());
    }
    if let Some(error) = error.downcast_ref::<NotResumable>() {
        return Some(error.hint().into());
    }
    if let Some(BinaryOnTerminal(format)) = error.downcast_ref() {
        return Some(
            format!(
                "write it to a file with --output FILE{}",
                format.extension()
            )
            .into(),
        );
    }
    if error.is::<NoReadableRow>() {
        return Some("if the texts are in another column, name it with --text-column".into());
    }
    if let Some(error) = error.downcast_ref::<TextIsFile>() {
        return Some(error.hint().into());
    }
    if let Some(error) = error.downcast_ref::<ThresholdWithoutLabel>() {
        return Some(error.hint().into());
    }
    let hint = error.chain().find_map(|cause| {
        let corpus = cause.downcast_ref().and_then(corpus_hint);
        let model = || cause.downcast_ref().and_then(model_hint);
        let training = || cause.downcast_ref().and_then(training_hint);
        let evaluation = || cause.downcast_ref().and_then(evaluation_hint);
        let explain = || cause.downcast_ref().and_then(explain_hint);
        let text = || cause.downcast_ref().and_then(text_hint);
        let embeddings = || cause.downcast_ref().and_then(embeddings_hint);
        let vector_training = || cause.downcast_ref().and_then(vector_training_hint);
        let device = || cause.downcast_ref().map(device_hint);
        #[cfg(feature = "serve")]
        let serve = || cause.downcast_ref().and_then(serve_hint);
        #[cfg(not(feature = "serve"))]
        let serve = || None;
        #[cfg(feature = "hub")]
        let hub = || cause.downcast_ref().and_then(hub_hint);
        #[cfg(not(feature = "hub"))]
        let hub = || None;
        corpus
            .or_else(embeddings)
            .or_else(vector_training)
            .or_else(text)
            .or_else(model)
            .or_else(training)
            .or_else(evaluation)
            .or_else(explain)
            .or_else(device)
            .or_else(serve)
            .or_else(hub)
    });
    hint.map(Cow::Borrowed)
}

fn device_hint(error: &DeviceError) -> &'static str {
    match error {
        DeviceError::NotBuilt => {
            "build with `cargo build --release --features cuda`, or use --device cpu"
        }
        _ => "list the GPUs with `nvidia-smi`, or use --device cpu",
    }
}

fn text_hint(error: &TextError) -> Option<&'static str> {
    match error {
        TextError::UnknownLanguage { .. } => {
            Some("omit --language: only --stopwords and --stem use it")
        }
        TextError::NoStopwords { .. } => Some("use --stopwords nltk, none or FILE"),
        TextError::NoStemmer { .. } => Some("omit --stem, or choose another --language"),
        TextError::UnknownTokenizer { .. } => None,
        TextError::TokenizerNotBuilt { .. } => Some(
            "use --tokenizer characters, or build with the default features (chinese, dictionaries)",
        ),
        TextError::NoDictionary { .. } => Some("omit --dictionary, or use --tokenizer jieba"),
        TextError::DictionaryFile(_) | TextError::DictionaryLine { .. } => Some(
            "--dictionary expects a file with a word a line, maybe with its frequency: `云计算 100`",
        ),
        TextError::UnknownVersion { .. } | TextError::NeedsVersion { .. } => None,
        TextError::TooLong { .. } => Some("the file should be a list of words, not a corpus"),
        TextError::File(_) => Some(
            "--stopwords expects negation-safe, nltk, none or a file of words; --same-words expects none or a file",
        ),
        TextError::WordInTwoGroups { .. } => Some("write each word on one line only"),
    }
}

fn model_hint(error: &ModelError) -> Option<&'static str> {
    match error {
        ModelError::Missing { .. } => {
            Some("train a model with `sentiment train`, or set its folder with --model DIR")
        }
        ModelError::NotBuilt { .. } => Some("build with the default features (chinese)"),
        ModelError::NoNeutral { .. } => Some("omit --two-classes"),
        ModelError::Newer { .. } | ModelError::Preprocessing { .. } => {
            Some("use the version of sentiment that wrote the model, or a newer one")
        }
        ModelError::Config { .. } | ModelError::Weights { .. } | ModelError::Vocabulary(_) => {
            Some("the model is damaged or incomplete; copy the whole folder again, or train again")
        }
        _ => None,
    }
}

fn evaluation_hint(error: &EvaluationError) -> Option<&'static str> {
    match error {
        EvaluationError::Corpus(error) => corpus_hint(error),
        EvaluationError::Model(error) => model_hint(error),
        EvaluationError::UnknownLabel { .. } => {
            Some("set the label column with --label-column NAME")
        }
    }
}

fn explain_hint(error: &ExplainError) -> Option<&'static str> {
    match error {
        ExplainError::TooManyFeatures { .. } => {
            Some("use --method gradient, which takes texts of any length")
        }
        ExplainError::NoAttention => {
            Some("use --method gradient, or train a model with --pooling attention")
        }
        ExplainError::Model(error) => model_hint(error),
        _ => None,
    }
}
