//! Hints for errors of training.

use sentiment::training::{Stage, TrainingError};

use super::corpus::corpus_hint;
use super::embeddings::embeddings_hint;
use super::{model_hint, text_hint};

pub(super) fn training_hint(error: &TrainingError) -> Option<&'static str> {
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
