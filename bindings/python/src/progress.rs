//! The progress of training as Python is given it.

use sentiment::training::Progress;
use serde_json::{Value, json};

/// Returns progress as the callback is given it: a dictionary with the stage and its numbers.
pub fn report(progress: &Progress) -> Value {
    match progress {
        Progress::CrossValidation {
            candidate,
            candidates,
            loss,
        } => json!({
            "stage": "cross-validation",
            "candidate": candidate,
            "candidates": candidates,
            "loss": loss,
        }),
        Progress::Step {
            stage,
            epoch,
            epochs,
            tokens,
            epoch_tokens,
            loss,
            step,
            tokens_per_second,
            ..
        } => json!({
            "stage": format!("step of {}", stage.epoch_name()),
            "epoch": epoch,
            "epochs": epochs,
            "step": step,
            "fraction": *tokens as f64 / (*epoch_tokens).max(1) as f64,
            "loss": loss,
            "tokens_per_second": tokens_per_second,
        }),
        Progress::PretrainingEpoch {
            epoch,
            epochs,
            loss,
            ..
        } => json!({
            "stage": "pre-training epoch",
            "epoch": epoch,
            "epochs": epochs,
            "loss": loss,
        }),
        Progress::Epoch { epoch, is_best, .. } => {
            let mut report = json!({"stage": "epoch", "is_best": is_best});
            if let (Value::Object(report), Ok(Value::Object(metrics))) =
                (&mut report, serde_json::to_value(epoch))
            {
                report.extend(metrics);
            }
            report
        }
    }
}
