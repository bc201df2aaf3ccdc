//! What a person can do about an error: the library says what went wrong, this says which flag or
//! command helps.

use sentiment::model::ModelError;
use sentiment::training::TrainingError;

/// What to do about an error, where we know.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| {
        let model = cause.downcast_ref().and_then(of_model);
        let training = || cause.downcast_ref().and_then(of_training);
        model.or_else(training).map(String::from)
    })
}

fn of_model(error: &ModelError) -> Option<&'static str> {
    match error {
        ModelError::Missing { .. } => {
            Some("`sentiment train` makes one; --model DIR names another folder")
        }
        ModelError::Newer { .. } => Some("use the version of sentiment that the model was made with"),
        ModelError::Config { .. } | ModelError::Weights { .. } | ModelError::Vocabulary(_) => {
            Some("the model's files do not belong together or are damaged: train it again")
        }
        _ => None,
    }
}

fn of_training(error: &TrainingError) -> Option<&'static str> {
    match error {
        TrainingError::Diverged { .. } => Some("a lower --learning-rate or --clip-norm helps"),
        TrainingError::NothingToResume { .. } => {
            Some("the run is finished or never began: start one without --resume")
        }
        TrainingError::OtherRun { .. } => {
            Some("name the corpus that the run began with, or start a new one without --resume")
        }
        TrainingError::TooFew { .. } => Some("--validation FILE names texts to validate on"),
        TrainingError::Model(error) => of_model(error),
        _ => None,
    }
}
