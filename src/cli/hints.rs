//! What a person can do about an error: the library says what went wrong, this says which flag or
//! command helps.

use std::borrow::Cow;

use sentiment::DeviceError;
use sentiment::corpus::CorpusError;
use sentiment::embeddings::{EmbeddingsError, VectorRowError, VectorWriteError};
use sentiment::evaluation::EvaluationError;
use sentiment::explain::ExplainError;
use sentiment::model::ModelError;
#[cfg(feature = "serve")]
use sentiment::serve::ServeError;
use sentiment::text::TextError;
use sentiment::training::{Stage, TrainingError};

use super::interrupt::Interrupted;

/// What to do about an error, where we know.
pub fn hint(error: &anyhow::Error) -> Option<Cow<'static, str>> {
    if let Some(interrupted) = error.downcast_ref::<Interrupted>() {
        return Some(format!("go on with: {}", interrupted.command).into());
    }
    let hint = error.chain().find_map(|cause| {
        let corpus = cause.downcast_ref().and_then(of_corpus);
        let model = || cause.downcast_ref().and_then(of_model);
        let training = || cause.downcast_ref().and_then(of_training);
        let evaluation = || cause.downcast_ref().and_then(of_evaluation);
        let explain = || cause.downcast_ref().and_then(of_explain);
        let text = || cause.downcast_ref().and_then(of_text);
        let embeddings = || cause.downcast_ref().and_then(of_embeddings);
        let device = || cause.downcast_ref().map(of_device);
        #[cfg(feature = "serve")]
        let serve = || cause.downcast_ref().and_then(of_serve);
        #[cfg(not(feature = "serve"))]
        let serve = || None;
        corpus
            .or_else(embeddings)
            .or_else(text)
            .or_else(model)
            .or_else(training)
            .or_else(evaluation)
            .or_else(explain)
            .or_else(device)
            .or_else(serve)
    });
    hint.map(Cow::Borrowed)
}

fn of_device(error: &DeviceError) -> &'static str {
    match error {
        DeviceError::NotBuilt => {
            "build with `cargo build --release --features cuda`, or use --device cpu"
        }
        _ => "list the GPUs with `nvidia-smi`, or use --device cpu",
    }
}

fn of_corpus(error: &CorpusError) -> Option<&'static str> {
    match error {
        CorpusError::Truncated { .. } => Some("copy or download the file again"),
        CorpusError::UnknownFormat { .. } => {
            Some("name the format: --corpus-format csv, tsv, jsonl, fasttext, folder or lines")
        }
        CorpusError::NoLabels { .. } => {
            Some("use --corpus-format fasttext for lines that start with __label__")
        }
        CorpusError::NoLabelFolders { .. } => {
            Some("a folder corpus has a folder per label with a file per text: pos/1.txt")
        }
        CorpusError::UnknownColumn { .. } => {
            Some("name the columns with --text-column NAME and --label-column NAME")
        }
        CorpusError::UnclosedQuote { .. } => {
            Some("close the quote; double a quote inside a quoted text")
        }
        CorpusError::OneClass { .. } => {
            Some("name the column of the labels with --label-column NAME")
        }
        CorpusError::BadRow { .. } => Some("skip and count such rows with --skip-bad-rows"),
        _ => None,
    }
}

fn of_text(error: &TextError) -> Option<&'static str> {
    match error {
        TextError::UnknownLanguage { .. } => {
            Some("omit --language: only --stopwords and --stem use it")
        }
        TextError::NoStopwords { .. } => Some("use --stopwords nltk, none or FILE"),
        TextError::NoStemmer { .. } => Some("omit --stem, or choose another --language"),
        TextError::TooLong { .. } => Some("--stopwords FILE expects a list of words, not a corpus"),
        TextError::File(_) => {
            Some("--stopwords expects negation-safe, nltk, none or a file of words")
        }
        _ => None,
    }
}

fn of_embeddings(error: &EmbeddingsError) -> Option<&'static str> {
    match error {
        EmbeddingsError::Truncated { .. } => Some("copy or download the file again"),
        EmbeddingsError::Empty { .. }
        | EmbeddingsError::BadRow {
            reason: VectorRowError::NoVector,
            ..
        } => Some("--embeddings takes a GloVe file or a word2vec file, text or binary"),
        EmbeddingsError::BadRow { .. } => {
            Some("the file is damaged or of another format: download it again")
        }
        EmbeddingsError::WordCount { .. } => Some(
            "the file is cut short or was edited: download it again, or correct its first line",
        ),
        EmbeddingsError::UnknownWord { .. } => {
            Some("most files have words in lower case; --embeddings FILE names a larger one")
        }
        EmbeddingsError::Tensors { .. } => Some(
            "`sentiment embeddings convert` writes such files: the tensor `vectors`, and the words",
        ),
        EmbeddingsError::Unwritable {
            reason: VectorWriteError::Empty,
            ..
        } => Some("no word of --vocabulary has a vector: most files have words in lower case"),
        EmbeddingsError::Unwritable {
            reason: VectorWriteError::NumberType { .. },
            ..
        } => Some("leave out --half, or end the name in .safetensors"),
        _ => None,
    }
}

fn of_model(error: &ModelError) -> Option<&'static str> {
    match error {
        ModelError::Missing { .. } => {
            Some("`sentiment train` makes one; --model DIR names another folder")
        }
        ModelError::Newer { .. } => {
            Some("use the version of sentiment that the model was made with")
        }
        ModelError::Config { .. } | ModelError::Weights { .. } | ModelError::Vocabulary(_) => Some(
            "the model's files do not belong together or are damaged: copy the whole folder anew, or train again",
        ),
        _ => None,
    }
}

fn of_training(error: &TrainingError) -> Option<&'static str> {
    match error {
        TrainingError::Diverged { stage, .. } => Some(match stage {
            Stage::Pretraining => "a lower --clip-norm or --pretraining-epochs 0 helps",
            Stage::Supervised => "a lower --learning-rate or --clip-norm helps",
        }),
        TrainingError::LargeVocabulary { .. } => {
            Some("a smaller --max-vocabulary or --vector-words helps")
        }
        TrainingError::NothingToResume { .. } => {
            Some("the run is finished or never began: start one without --resume")
        }
        TrainingError::OtherRun { .. } => Some(
            "repeat its command with its corpus, validation and seed, or start a new run without --resume",
        ),
        TrainingError::NothingToSearch { .. } => {
            Some("leave one of them out of the command line and of --config")
        }
        TrainingError::TooFew { .. } => Some("--validation FILE names texts to validate on"),
        TrainingError::Corpus(error) => of_corpus(error),
        TrainingError::Text(error) => of_text(error),
        TrainingError::Embeddings(error) => of_embeddings(error),
        TrainingError::Model(error) => of_model(error),
        _ => None,
    }
}

fn of_evaluation(error: &EvaluationError) -> Option<&'static str> {
    match error {
        EvaluationError::Corpus(error) => of_corpus(error),
        EvaluationError::Model(error) => of_model(error),
        EvaluationError::UnknownLabel { .. } => {
            Some("name the column of the model's labels with --label-column NAME")
        }
        _ => None,
    }
}

fn of_explain(error: &ExplainError) -> Option<&'static str> {
    match error {
        ExplainError::TooManyFeatures { .. } => Some("--method gradient takes texts of any length"),
        ExplainError::NoAttention => Some(
            "--method gradient weighs words of every model; `train --pooling attention` makes one with attention",
        ),
        ExplainError::Model(error) => of_model(error),
        _ => None,
    }
}

#[cfg(feature = "serve")]
fn of_serve(error: &ServeError) -> Option<&'static str> {
    match error {
        ServeError::Model { source, .. } => of_model(source),
        ServeError::NoVersion { .. } => Some(
            "`sentiment train --out DIR` makes a model; DIR may also be a number in the model's folder",
        ),
        ServeError::NoLabelledVersion { .. } => {
            Some("--label NAME:LABEL=VERSION names a version that is a folder of the model's")
        }
        ServeError::Keys { .. } => Some("write a key on a line: `openssl rand -hex 32` makes one"),
        ServeError::Tls { .. } => Some(
            "--tls-cert takes a certificate in PEM, its chain below it; --tls-key its private key",
        ),
        ServeError::Listen { .. } => {
            Some("--port takes another port, or 0 for any that is free; --host another address")
        }
        _ => None,
    }
}
