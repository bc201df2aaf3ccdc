//! The result of `train`: the metrics of the saved model, beside those of the model it started from or could start from.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use sentiment::Device;
use sentiment::classifier::Classifier;
use sentiment::evaluation::{Doubt, Evaluation, Intervals, Metric, MultiLabelEvaluation};
use sentiment::model::{BuiltIn, ModelLocation, OutputKind, ScoringPrecision};
use sentiment::training::{
    Base, Calibration, ClassWeights, Dataset, Epoch, LabelledTexts, Run, Trainer,
};
use sentiment::vocabulary::UNKNOWN_ID;

use super::console::Console;
use super::evaluation_table::{Detail, write_evaluation};
use super::multi_label_table::write_multi_label;
use super::styled_text::{sparkline, styled_output};

/// The least share of tokens that the built-in model must know to be offered.
const LEAST_KNOWN_SHARE: f64 = 0.5;

/// The number of texts that tell whether another model reads them.
const SAMPLED_TEXTS: usize = 1_000;

/// A trained model with its evaluation.
pub struct TrainingResult<'a> {
    /// The saved model.
    #[cfg(feature = "report")]
    pub classifier: Classifier,
    /// The evaluated texts.
    pub texts: &'a LabelledTexts,
    /// Their evaluation.
    pub evaluation: Evaluation,
    /// Its confidence intervals.
    pub intervals: Intervals,
    /// The number of folds if each text was scored by a model that was not fitted to it; else the texts are a validation
    /// set.
    folds: Option<usize>,
}

impl<'a> TrainingResult<'a> {
    /// Reads the saved model back from its folder and evaluates it on the validation set. Without one, the evaluation is
    /// that of cross-validation.
    pub fn of(
        trainer: &Trainer,
        dataset: &'a Dataset,
        folder: &Path,
        device: &Device,
    ) -> anyhow::Result<Self> {
        let classifier = Classifier::load_with(folder, device, ScoringPrecision::F32)?;
        let validation = &dataset.validation;
        let (texts, evaluation, folds) = match trainer.cross_validated() {
            Some(evaluation) if validation.texts.is_empty() => {
                (&dataset.train, evaluation.clone(), Some(trainer.folds()))
            }
            _ => {
                let evaluation =
                    Evaluation::of_texts(&classifier, &validation.texts, &validation.labels)?;
                (validation, evaluation, None)
            }
        };
        let intervals = evaluation.intervals(trainer.recipe().seed);
        Ok(Self {
            #[cfg(feature = "report")]
            classifier,
            texts,
            evaluation,
            intervals,
            folds,
        })
    }

    /// Writes the metrics, and the losses of the epochs.
    pub fn write(&self, trainer: &Trainer, folder: &Path, console: &Console) -> anyhow::Result<()> {
        let mut out = styled_output();
        let texts = self.texts.texts.len();
        match self.folds {
            None => writeln!(out, "validation set, {texts} texts\n")?,
            Some(folds) => writeln!(out, "cross-validation, {texts} texts in {folds} folds\n")?,
        }
        let detail = Detail::of(console);
        write_evaluation(&mut out, &self.evaluation, &self.intervals, detail)?;
        let calibration = Run::read(folder)?.calibration;
        Ok(write_curves(&mut out, trainer.history(), calibration)?)
    }

    /// Writes the accuracy of the model that training started from, or of the built-in model for the language, on the same texts, if it has
    /// the labels and reads the texts.
    pub fn write_comparison(
        &self,
        base: Option<&Arc<Base>>,
        device: &Device,
        console: &Console,
    ) -> anyhow::Result<()> {
        let labels = &self.evaluation.labels;
        let has_labels = |base: &Base| base.has_labels(labels, OutputKind::Single);
        let other = match base {
            Some(base) => Arc::clone(base),
            None => Arc::new(Base::read(self.built_in().name(), device)?),
        };
        let other = other.for_labels(labels, OutputKind::Single)?;
        let is_hinted = base.is_none() && self.folds.is_some();
        if !has_labels(&other) && !is_hinted {
            return Ok(());
        }
        let classifier = other.classifier(device)?;
        if !self.are_read_by(&classifier) {
            return Ok(());
        }
        if has_labels(&other) {
            let name = match base {
                Some(base) => format!("the model {}", base.name()),
                None => ModelLocation::BuiltIn(self.built_in()).to_string(),
            };
            let of_other = self.write_accuracy_of(&name, &classifier)?;
            if of_other > self.intervals[Metric::Accuracy as usize].high {
                console.note(format!(
                    "warning: the new model is less accurate than {name}: predict with --model {}, or train on more texts",
                    other.name()
                ));
            }
        }
        if is_hinted {
            console.note(match self.built_in() {
                BuiltIn::Chinese => "hint: --from chinese starts from the built-in Chinese model",
                _ => "hint: --from general starts from the built-in English model",
            });
        }
        Ok(())
    }

    /// Writes the accuracy of the model that training learned from on the same texts.
    pub fn write_teacher(&self, teacher: &Arc<Base>, device: &Device) -> anyhow::Result<()> {
        let teacher = teacher.for_labels(&self.evaluation.labels, OutputKind::Single)?;
        let name = format!("the teacher {}", teacher.name());
        self.write_accuracy_of(&name, &teacher.classifier(device)?)?;
        Ok(())
    }

    /// Writes the accuracy of a model with the same labels beside that of the new one. Returns it.
    fn write_accuracy_of(&self, name: &str, classifier: &Classifier) -> anyhow::Result<f64> {
        let predictions = classifier.predict(&self.texts.texts)?;
        let labels = &self.evaluation.labels;
        let evaluation = Evaluation::new(labels, &self.texts.labels, predictions);
        let of_other = evaluation.confusion_matrix().accuracy();
        let accuracy = self.evaluation.confusion_matrix().accuracy();
        writeln!(
            styled_output(),
            "\naccuracy of {name} on these texts  {of_other:.4}; of the new model  {accuracy:.4}"
        )?;
        Ok(of_other)
    }

    /// Returns whether a model knows at least half of the tokens of the texts and their language, by a sample of the texts.
    fn are_read_by(&self, classifier: &Classifier) -> bool {
        let texts = &self.texts.texts;
        let encoded = classifier.encode(&texts[..texts.len().min(SAMPLED_TEXTS)]);
        let ids = encoded.iter().flatten();
        let known = ids.filter(|&&id| id != UNKNOWN_ID).count();
        let foreign = (0..encoded.len()).filter(|&text| encoded.foreign_language(text).is_some());
        known as f64 >= LEAST_KNOWN_SHARE * encoded.tokens() as f64
            && 2 * foreign.count() <= encoded.len()
    }

    /// Returns the built-in model for the language of the texts.
    fn built_in(&self) -> BuiltIn {
        BuiltIn::for_texts(self.texts.texts.iter().map(String::as_str))
    }

    /// Prints a warning if the model may have learned nothing.
    pub fn warn(&self, trainer: &Trainer, console: &Console) {
        let advice = match trainer.base() {
            None => format!(
                "check the labels, train on more texts, or start from a model with --from {}",
                self.built_in().name()
            ),
            Some(_) => "check the labels, or train on more texts".into(),
        };
        let has_weights = trainer.recipe().class_weights != ClassWeights::None;
        match self.evaluation.doubt() {
            None => {}
            Some(Doubt::OneLabel { label, share }) => console.note(format!(
                "warning: the model predicts {label} for {:.1}% of the texts: it may have learned nothing; {advice}",
                100.0 * share
            )),
            // The weights give up accuracy for the recall of rare labels.
            Some(Doubt::NotBetterThanMajority { .. }) if has_weights => {}
            Some(Doubt::NotBetterThanMajority { label, share }) => console.note(format!(
                "warning: always predicting {label} has accuracy {share:.4}, which may be as good as the model; {advice}, or weight rare labels with --class-weights balanced"
            )),
        }
    }
}

/// Writes the metrics of a multi-label model on the validation set, and the losses of the epochs.
pub fn write_multi_label_result(
    trainer: &Trainer,
    dataset: &Dataset,
    folder: &Path,
    device: &Device,
) -> anyhow::Result<()> {
    let classifier = Classifier::load_with(folder, device, ScoringPrecision::F32)?;
    let LabelledTexts {
        texts, label_sets, ..
    } = &dataset.validation;
    let evaluation = MultiLabelEvaluation::of_texts(&classifier, texts, label_sets)?;
    let intervals = evaluation.intervals(trainer.recipe().seed);
    let mut out = styled_output();
    writeln!(out, "validation set, {} texts\n", texts.len())?;
    write_multi_label(&mut out, &evaluation, &intervals)?;
    let calibration = Run::read(folder)?.calibration;
    Ok(write_curves(&mut out, trainer.history(), calibration)?)
}

/// Writes the loss curves and the calibration.
fn write_curves(
    out: &mut impl Write,
    history: &[Epoch],
    calibration: Option<Calibration>,
) -> io::Result<()> {
    let curve = |loss: fn(&Epoch) -> f64| {
        let losses: Vec<f64> = history.iter().map(loss).collect();
        let (first, last) = (losses.first().copied(), losses.last().copied());
        let ends = first.zip(last);
        let ends = ends.map_or(String::new(), |(a, b)| format!("  {a:.4} to {b:.4}"));
        sparkline(&losses) + &ends
    };
    // One point is not a curve.
    if history.len() > 1 {
        writeln!(
            out,
            "\ntraining loss     {}\nvalidation loss   {}",
            curve(|epoch| epoch.train_loss),
            curve(|epoch| epoch.validation_loss)
        )?;
    }
    if let Some(calibration) = calibration {
        writeln!(
            out,
            "calibration       temperature {:.3}, error {:.4} before and {:.4} after",
            calibration.temperature, calibration.error_before, calibration.error_after
        )?;
    }
    Ok(())
}
