//! Hints for errors of word vectors.

use sentiment::embeddings::training::VectorTrainingError;
use sentiment::embeddings::{
    ArchiveError, EmbeddingsError, FastTextError, VectorRowError, VectorWriteError,
};

pub(super) fn embeddings_hint(error: &EmbeddingsError) -> Option<&'static str> {
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

pub(super) fn vector_training_hint(error: &VectorTrainingError) -> Option<&'static str> {
    match error {
        VectorTrainingError::Spill(_) => Some("choose a folder with free space with --out FILE"),
        VectorTrainingError::NoWords { .. } => Some("use a larger corpus or a lower --min-count"),
        _ => None,
    }
}
