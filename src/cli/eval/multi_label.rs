//! `sentiment eval` of a model that predicts any number of labels.

use std::io::Write;

use anyhow::{Context, ensure};
use sentiment::classifier::Classifier;
use sentiment::corpus::Example;
use sentiment::evaluation::{LabelledText, MultiLabelAverage, MultiLabelEvaluation};
use sentiment::files::write_whole_with;
use sentiment::model::{Decision, Thresholds, config_file};
use sentiment::model::{ModelLocation, folder};

use super::EvalArgs;
use crate::cli::console::Console;
use crate::cli::dataset_reader::DatasetReader;
use crate::cli::multi_label_table::{write_multi_label, write_thresholds};
use crate::cli::scored_writer::ScoredWriter;
use crate::cli::styled_text::styled_output;
use crate::cli::threshold_args::{LabelGoal, thresholds_note};

impl EvalArgs {
    /// Evaluates a multi-label model.
    pub(super) fn run_multi_label(
        &self,
        classifier: &Classifier,
        location: &ModelLocation,
        console: &Console,
    ) -> anyhow::Result<()> {
        ensure!(
            self.compare.is_none(),
            "--compare does not support models trained with --multi-label"
        );
        #[cfg(feature = "report")]
        ensure!(
            !self.report.is_requested(),
            "--report and --plots do not support models trained with --multi-label"
        );
        let evaluation = match &self.predictions {
            None => self.evaluate_sets(classifier, console, |_, _| Ok(()))?,
            Some(file) => write_whole_with(file, |out| {
                let mut table = ScoredWriter::new(out, classifier.labels())?;
                let evaluation = self.evaluate_sets(classifier, console, |example, row| {
                    Ok(table.write_set(example, row)?)
                })?;
                table.finish()?;
                anyhow::Ok(evaluation)
            })?,
        };
        if !self.find_threshold.is_empty() {
            return self.find_thresholds_of_sets(classifier, location, evaluation);
        }
        let intervals = evaluation.intervals(self.seed);
        if self.write_json(&evaluation.summary(Some(intervals)))? {
            return Ok(());
        }
        if let Some(note) = thresholds_note(&classifier.config().decision.thresholds) {
            console.note(note);
        }
        write_multi_label(&mut styled_output(), &evaluation, &intervals)?;
        Ok(())
    }

    /// Measures a multi-label classifier on the corpus.
    fn evaluate_sets(
        &self,
        classifier: &Classifier,
        console: &Console,
        each: impl FnMut(&Example, &LabelledText) -> anyhow::Result<()>,
    ) -> anyhow::Result<MultiLabelEvaluation> {
        let output = classifier.config().decision.output;
        let reader = DatasetReader::new(&self.reading, console).for_output(output);
        let mut examples = reader.with_labels(&self.corpus, classifier.labels())?;
        let evaluation = MultiLabelEvaluation::of(classifier, examples.by_ref(), each)?;
        reader.note_examples(&examples);
        ensure!(
            !evaluation.rows.is_empty(),
            "{}: no examples to evaluate on",
            self.corpus_name()
        );
        Ok(evaluation)
    }

    /// Chooses thresholds and saves them in the model's configuration.
    fn find_thresholds_of_sets(
        &self,
        classifier: &Classifier,
        location: &ModelLocation,
        mut evaluation: MultiLabelEvaluation,
    ) -> anyhow::Result<()> {
        let config = classifier.config();
        let thresholds = best_thresholds(
            &self.find_threshold,
            &config.decision.thresholds,
            &evaluation,
        );
        let thresholds = thresholds.with_context(|| self.corpus_name())?;
        let Some(model) = location.folder() else {
            unreachable!("a built-in model was refused");
        };
        let decision = Decision {
            thresholds,
            ..config.decision.clone()
        };
        folder::replace(model, &config_file(&config.with_decision(decision.clone())))?;
        evaluation.decide(&Decision {
            thresholds: Thresholds::default(),
            ..decision.clone()
        });
        let before = evaluation.average(MultiLabelAverage::Micro).f1_score;
        evaluation.decide(&decision);
        let mut out = styled_output();
        write_thresholds(&mut out, &decision.thresholds, before, &evaluation)?;
        writeln!(out, "saved in {}", model.display())?;
        Ok(())
    }
}

/// Returns the best thresholds. A goal without a label is for each label and replaces all thresholds; labels that cannot
/// reach it have none.
fn best_thresholds(
    goals: &[LabelGoal],
    thresholds: &Thresholds,
    evaluation: &MultiLabelEvaluation,
) -> anyhow::Result<Thresholds> {
    let labels = &evaluation.labels;
    let best = |goal: &LabelGoal, index: usize| {
        let (scores, has_label) = evaluation.label_scores(index);
        goal.goal.best_of(&scores, &has_label)
    };
    let mut thresholds = thresholds.clone();
    for goal in goals.iter().filter(|goal| goal.label.is_none()) {
        thresholds = Thresholds::default();
        for (index, label) in labels.iter().enumerate() {
            if let Some(best) = best(goal, index) {
                thresholds.set(label, best.threshold);
            }
        }
        ensure!(
            !thresholds.is_empty(),
            "no threshold of any label reaches the goal"
        );
    }
    for goal in goals {
        let Some(label) = &goal.label else { continue };
        let index = labels.iter().position(|known| known == label);
        let index = index.with_context(|| format!("the model has no label {label:?}"))?;
        let best = best(goal, index)
            .with_context(|| format!("no threshold of {label:?} reaches the goal"))?;
        thresholds.set(label, best.threshold);
    }
    Ok(thresholds)
}
