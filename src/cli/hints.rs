//! Hints: the flag or command that resolves an error of the library.

use std::borrow::Cow;

use sentiment::DeviceError;
use sentiment::corpus::{ColumnRole, CorpusError, CorpusRowError, RowPosition, label_key};
use sentiment::embeddings::training::VectorTrainingError;
use sentiment::embeddings::{
    ArchiveError, EmbeddingsError, FastTextError, VectorRowError, VectorWriteError,
};
use sentiment::evaluation::EvaluationError;
use sentiment::explain::ExplainError;
#[cfg(feature = "hub")]
use sentiment::hub::{HubError, RepositoryKind};
use sentiment::model::ModelError;
#[cfg(feature = "serve")]
use sentiment::serve::ServeError;
use sentiment::text::TextError;
use sentiment::training::{Stage, TrainingError};

use super::interrupt::Interrupted;
use super::partial_output::NotResumable;
use super::prediction_output::BinaryOnTerminal;
use super::prediction_rows::NoReadableRow;
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

fn corpus_hint(error: &CorpusError) -> Option<&'static str> {
    match error {
        CorpusError::Truncated { .. } => Some("copy or download the file again"),
        CorpusError::UnknownFormat { .. } => Some(
            "use --corpus-format csv, tsv, json, fasttext, folder, lines, parquet, arrow or xlsx",
        ),
        CorpusError::NoLabels { .. } => {
            Some("use --corpus-format fasttext for lines that start with __label__")
        }
        CorpusError::NoLabelFolders { .. } => {
            Some("a corpus folder needs one folder per label with one file per text: pos/1.txt")
        }
        CorpusError::UnknownColumn { location, role, .. } => {
            // Only text files have a header line, and may lack it.
            let has_line = matches!(location.position, RowPosition::Line(_));
            Some(column_hint(*role, has_line))
        }
        CorpusError::UnclosedQuote { .. } => {
            Some("use --quoting none if quotes are text, or close the quote")
        }
        CorpusError::NoProbabilities { .. } => Some(
            "`sentiment predict --input FILE --output SCORED.csv` writes them; omit --soft-labels for a label column",
        ),
        CorpusError::OneClass { .. } => Some("set the label column with --label-column NAME"),
        CorpusError::Binary { .. } => Some("set the encoding with --encoding NAME"),
        CorpusError::Foreign { format, .. } if format.is_compressed() => {
            Some("decompress it first; gzip, Zstandard and zip are read as they are")
        }
        CorpusError::Foreign { .. } => {
            Some("write the table as CSV or Parquet, such as with pandas' to_csv or to_parquet")
        }
        CorpusError::JsonOrient { .. } => {
            Some("write it with to_json(FILE, orient=\"records\", lines=True)")
        }
        CorpusError::CopyTooLarge { .. } => Some("extract it and use the file"),
        CorpusError::WrongFormat { .. } => Some("omit --corpus-format, or rename the file"),
        CorpusError::Archive { .. } => Some("extract the archive and use the file in it"),
        CorpusError::NestedArchive { .. } => Some("extract the inner archive first"),
        CorpusError::Members { .. } | CorpusError::NoMember { .. } => {
            Some("choose one with --corpus-member NAME")
        }
        CorpusError::UnclosedJson { .. } => {
            Some("the file is damaged or truncated; write it again")
        }
        CorpusError::BadRow { error, .. } => Some(row_hint(error)),
        _ => None,
    }
}

fn column_hint(role: ColumnRole, has_header_line: bool) -> &'static str {
    match (role, has_header_line) {
        (ColumnRole::Text, true) => {
            "set the text column with --text-column NAME; for a file without a header, by its number: --no-header --text-column 2"
        }
        (ColumnRole::Text, false) => "set the text column with --text-column NAME",
        (ColumnRole::Label, true) => {
            "set the label column with --label-column NAME; for a file without a header, by its number: --no-header --text-column 2 --label-column 1"
        }
        (ColumnRole::Label, false) => "set the label column with --label-column NAME",
        (ColumnRole::Kept, _) => "name columns of the input in --columns, separated by commas",
    }
}

fn row_hint(error: &CorpusRowError) -> &'static str {
    match error {
        CorpusRowError::UnknownLabel { label, .. } => match label_key(label).as_str() {
            "pos" | "neg" => {
                "use --map-labels \"neg=negative;pos=positive\", with the labels of the model"
            }
            "0" | "1" | "2" | "3" | "4" | "5" => {
                "use --map-labels \"0=negative;1=positive\", \"0=negative;2=;4=positive\" or, for stars, \"1,2=negative;3=;4,5=positive\", with the labels of the model"
            }
            "neutral" => {
                "leave these rows out by mapping their label to nothing, as in --map-labels \"neutral=\"; or omit --two-classes"
            }
            _ => {
                "rename labels with --map-labels \"OLD=NEW\" (\"OLD=\" leaves rows out), or set --label-column NAME"
            }
        },
        CorpusRowError::LabelList { .. } => {
            "train a model of several labels a text with --multi-label (and --label-separator \"|\" for \"a|b\"), or rename the list with --map-labels \"a|b=a\""
        }
        CorpusRowError::NoLabelSeparator { .. } => {
            "separate labels with --label-separator \"|\", or rename the label with --map-labels \"a|b=a\""
        }
        CorpusRowError::InvalidUtf8 => "set the encoding with --encoding NAME",
        _ => "use --skip-bad-rows to skip and count invalid rows",
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

fn embeddings_hint(error: &EmbeddingsError) -> Option<&'static str> {
    match error {
        EmbeddingsError::Truncated { .. } => Some("copy or download the file again"),
        EmbeddingsError::Empty { .. }
        | EmbeddingsError::BadRow {
            reason: VectorRowError::NoVector,
            ..
        } => {
            Some("--embeddings expects vectors in GloVe, word2vec, fastText or safetensors format")
        }
        EmbeddingsError::BadRow { .. } => {
            Some("the file is damaged or in another format; download it again")
        }
        EmbeddingsError::Archive { reason, .. } => archive_hint(reason),
        EmbeddingsError::FastText { reason, .. } => Some(match reason {
            FastTextError::Quantised => {
                "use the model before quantisation (.bin), or its .vec file"
            }
            FastTextError::Truncated => "copy or download the file again",
            _ => "the file is damaged; download it again, or use the .vec file of the model",
        }),
        EmbeddingsError::UnknownWord { .. } => Some(
            "most vector files have lower-case words; use a larger file with --embeddings FILE",
        ),
        EmbeddingsError::Tensors { .. } => Some(
            "`sentiment embeddings convert` writes valid files: a tensor `vectors` and the words",
        ),
        EmbeddingsError::Unwritable {
            reason: VectorWriteError::Empty,
            ..
        } => Some("no word of --vocabulary has a vector; most vector files have lower-case words"),
        EmbeddingsError::Unwritable {
            reason: VectorWriteError::NumberType { .. },
            ..
        } => Some("omit --half, or use a file name that ends in .safetensors"),
        _ => None,
    }
}

fn archive_hint(reason: &ArchiveError) -> Option<&'static str> {
    match reason {
        ArchiveError::SeveralMembers { .. } | ArchiveError::NoMember { .. } => {
            Some("select a file of the archive with --member NAME")
        }
        ArchiveError::NotAnArchive { .. } => Some("omit --member"),
        ArchiveError::Invalid { .. } => {
            Some("copy or download the archive again, or extract it and use the file in it")
        }
        ArchiveError::Stream => Some("extract the archive and use the file in it"),
        _ => None,
    }
}

fn vector_training_hint(error: &VectorTrainingError) -> Option<&'static str> {
    match error {
        VectorTrainingError::Spill(_) => Some("choose a folder with free space with --out FILE"),
        VectorTrainingError::NoWords { .. } => Some("use a larger corpus or a lower --min-count"),
        _ => None,
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

fn training_hint(error: &TrainingError) -> Option<&'static str> {
    match error {
        TrainingError::Diverged { stage, .. } => Some(match stage {
            Stage::Pretraining => "use a lower --clip-norm or --pretraining-epochs 0",
            Stage::Supervised => "use a lower --learning-rate or --clip-norm",
        }),
        TrainingError::UnknownSetting { similar: None, .. } => {
            Some("`sentiment train --help` lists the settings in its section Recipe")
        }
        TrainingError::LargeVocabulary { .. } => {
            Some("use a smaller --max-vocabulary or --vector-words")
        }
        TrainingError::NothingToResume { .. } => {
            Some("the run is finished or was never started; train without --resume")
        }
        TrainingError::CheckpointMismatch { .. } => Some(
            "use the corpus, validation set, --distil-from and --seed of the run, or start a new run without --resume, which discards the checkpoint",
        ),
        TrainingError::ChangedSetting { .. } => Some(
            "omit the setting, or start a new run without --resume, which discards the checkpoint",
        ),
        TrainingError::RecipeMismatch { .. } => Some(
            "use the recipe and --from of the finished folds, or train without --resume, which discards them",
        ),
        TrainingError::DatasetMismatch { .. } => Some("use another folder with --out DIR"),
        TrainingError::NothingToSearch { .. } => {
            Some("omit at least one of them on the command line and in --config")
        }
        TrainingError::TooFewExamples { .. } => {
            Some("use a separate validation set with --validation FILE")
        }
        TrainingError::TeacherLabels { .. } => Some(
            "rename the labels of the corpus to those of the teacher, such as with --map-labels",
        ),
        TrainingError::OrdinalLabels { .. } => Some(
            "map the labels to numbers in their order, such as --map-labels \"bad=1;fair=2;good=3\", or train without --ordinal",
        ),
        TrainingError::Corpus(error) => corpus_hint(error),
        TrainingError::Text(error) => text_hint(error),
        TrainingError::Embeddings(error) => embeddings_hint(error),
        TrainingError::Model(error) => model_hint(error),
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

#[cfg(feature = "serve")]
fn serve_hint(error: &ServeError) -> Option<&'static str> {
    match error {
        ServeError::Model { source, .. } => model_hint(source),
        ServeError::NoVersion { .. } => Some(
            "train a version with `sentiment train --out DIR`; DIR is the model folder or a number in it",
        ),
        ServeError::NoLabelledVersion { .. } => {
            Some("VERSION in --label NAME:LABEL=VERSION must be a folder in the model folder")
        }
        ServeError::Keys { .. } => {
            Some("write one key per line; `openssl rand -hex 32` generates one")
        }
        ServeError::Tls { .. } => Some(
            "--tls-cert expects a PEM certificate followed by its chain, --tls-key its private key",
        ),
        ServeError::Listen { .. } => {
            Some("use another --port (0 selects a free port) or another --host")
        }
        _ => None,
    }
}

#[cfg(feature = "hub")]
fn hub_hint(error: &HubError) -> Option<&'static str> {
    match error {
        HubError::UnknownDownload { .. } => Some("hf:OWNER/NAME downloads any dataset of the hub"),
        HubError::NotFound {
            kind: RepositoryKind::Model,
            ..
        } => Some("models are hf:OWNER/NAME or hf:OWNER/NAME@REVISION"),
        HubError::BadName { .. } | HubError::NotFound { .. } => {
            Some("datasets are hf:OWNER/NAME or hf:OWNER/NAME/CONFIG")
        }
        HubError::OtherModel { .. } => Some("`sentiment import` reads models of Keras and PyTorch"),
        HubError::Denied {
            has_token: false, ..
        } => Some("check the name, or set HF_TOKEN to a token with access to it"),
        HubError::Denied { .. } => {
            Some("check the name, accept the terms on its page, or use another token in HF_TOKEN")
        }
        HubError::UnknownConfig { .. } => {
            Some("add the configuration to the name: hf:OWNER/NAME/CONFIG")
        }
        HubError::UnknownSplit { .. } => Some("choose a split with --split NAME"),
        HubError::NotCached { .. } => Some("unset HF_HUB_OFFLINE to download it"),
        HubError::Interrupted { .. } => Some("run the command again to resume the download"),
        HubError::Digest { .. } => Some("run the command again to download the file again"),
        HubError::Archive { .. } => {
            Some("delete the archive and run the command again to download it again")
        }
        HubError::Request { .. } => Some(
            "check the network; HF_ENDPOINT selects another hub, HF_HUB_OFFLINE=1 uses the cache only",
        ),
        _ => None,
    }
}
