//! Fits the linear layer of a run whose encoder is fixed.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::Trainer;
use crate::evaluation::AnyEvaluation;
use crate::training::error::TrainingError;
use crate::training::head::HeadProblem;
use crate::training::run::checkpoint;
use crate::training::run::progress::{Outcome, Progress};
use crate::training::run::record::Epoch;
use crate::training::supervised::validation::Validation;

impl Trainer {
    /// Fits the linear layer and saves the model. The fit counts as one epoch, with the metrics of cross-validation.
    pub(super) fn fit_head(
        &mut self,
        interrupted: &AtomicBool,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, TrainingError> {
        let begin = Instant::now();
        let labels = &self.model.config.labels;
        let problem = HeadProblem {
            network: &self.model.network,
            labels,
            output: self.recipe().output,
            base: self.base.as_deref(),
            train: &self.train,
            longest_ngram: self.model.config.longest_ngram(),
            folds: &self.folds,
        };
        let fitted = problem.fit(interrupted, &mut |candidate, candidates, loss| {
            progress(Progress::CrossValidation {
                candidate,
                candidates,
                loss,
            });
        })?;
        let Some(mut fitted) = fitted else {
            self.write_checkpoint()?;
            return Ok(Outcome::Interrupted);
        };
        let targets = &self.train.targets;
        let held_out = Validation::of_encoded(self.train.texts.clone(), targets.labels().to_vec())
            .with_distributions(targets.distributions().to_vec());
        let result = held_out.result(labels, fitted.held_out_logits.clone(), None);
        let (calibration, _) = held_out.calibrate(&result, self.recipe().no_calibration);
        let temperature = calibration.temperature;
        fitted.weight_classes(self.model.class_weights(), temperature);
        let evaluation = held_out.evaluation(labels, &fitted.held_out_logits, temperature);

        let mut weights = self.model.weights();
        fitted.layer.install(&mut weights)?;
        let seconds = begin.elapsed().as_secs_f64();
        self.run.history = vec![Epoch {
            epoch: 1,
            train_loss: fitted.train_loss,
            validation_loss: evaluation.log_loss(),
            validation_accuracy: evaluation.accuracy(),
            learning_rate: 0.0,
            seconds,
            tokens_per_second: self.train.tokens() as f64 / seconds,
        }];
        self.write_model(&weights, fitted.ngrams.as_ref(), calibration, &evaluation)?;
        checkpoint::remove(&self.folder)?;
        // The texts of a run with a fixed encoder have one label each.
        if let AnyEvaluation::OneLabel(evaluation) = evaluation {
            self.cross_validated = Some(evaluation);
        }
        Ok(Outcome::Finished)
    }
}
