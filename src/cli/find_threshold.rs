//! `sentiment eval --find-threshold`: chooses decision thresholds on a corpus.

use std::io::{self, Write};

use anyhow::Context;
use sentiment::evaluation::{
    Average, ConfusionMatrix, Evaluation, OperatingPoint, ThresholdGoal, highest_precision,
};
use sentiment::model::{Decision, Thresholds};

use super::columns::{left, width};
use super::styled_text::{HEAD, LABEL_CHARACTERS, cut, styled};
use super::threshold_args::LabelGoal;

/// Returns the decision rule with the best thresholds on a corpus, which is named in errors. A goal without a label
/// replaces all thresholds of the model, a goal for a label only that of the label.
pub fn best_thresholds(
    goals: &[LabelGoal],
    decision: &Decision,
    evaluation: &Evaluation,
    corpus: &str,
) -> anyhow::Result<Decision> {
    let labels = &evaluation.labels;
    let mut thresholds = decision.thresholds.clone();
    let set = |thresholds: &mut Thresholds, index: usize, best: OperatingPoint| {
        thresholds.set(&labels[index], best.threshold);
    };
    // Goals of labels replace the threshold that a goal for all labels found.
    for LabelGoal { goal, .. } in goals.iter().filter(|goal| goal.label.is_none()) {
        thresholds = Thresholds::default();
        let indices = if labels.len() == 2 {
            1..2
        } else {
            0..labels.len()
        };
        for index in indices.clone() {
            if let Some(best) = goal.best(evaluation, index) {
                set(&mut thresholds, index, best);
            }
        }
        anyhow::ensure!(
            !thresholds.is_empty(),
            unreachable_goal(*goal, evaluation, indices.start, corpus)
        );
    }
    for LabelGoal { label, goal } in goals {
        let Some(label) = label else { continue };
        let index = labels.iter().position(|known| known == label);
        let index = index.with_context(|| format!("the model has no label {label:?}"))?;
        let best = goal.best(evaluation, index);
        let best = best.with_context(|| unreachable_goal(*goal, evaluation, index, corpus))?;
        set(&mut thresholds, index, best);
    }
    Ok(Decision {
        thresholds,
        ..decision.clone()
    })
}

/// Returns why no threshold of a label reaches the goal.
fn unreachable_goal(
    goal: ThresholdGoal,
    evaluation: &Evaluation,
    label: usize,
    corpus: &str,
) -> String {
    let name = &evaluation.labels[label];
    match (goal, highest_precision(evaluation, label)) {
        (ThresholdGoal::Precision(min), Some(highest)) => {
            // Rounded down, so that the printed value is reachable.
            let highest = (highest * 1e4).floor() / 1e4;
            format!(
                "{corpus}: no threshold of {name:?} reaches precision {min}; the highest is {highest:.4}"
            )
        }
        _ => format!("{corpus}: no text has the label {name:?}"),
    }
}

/// Returns a note for each label whose predictions miss its goal. A text that reaches no threshold still gets a label, and
/// one that reaches several gets only one, so a threshold that reaches the goal alone may miss it beside others.
pub fn missed_goals(goals: &[LabelGoal], after: &Evaluation) -> Vec<String> {
    let matrix = after.confusion_matrix();
    let missed = goals.iter().filter_map(|LabelGoal { label, goal }| {
        let label = label.as_ref()?;
        let index = after.labels.iter().position(|known| known == label)?;
        let class = matrix.class(index);
        let (name, least, reached) = match *goal {
            ThresholdGoal::Precision(least) => ("precision", least, class.precision),
            ThresholdGoal::Recall(least) => ("recall", least, class.recall),
            ThresholdGoal::F1 | ThresholdGoal::Accuracy => return None,
        };
        (reached < least).then(|| {
            let label = cut(label, LABEL_CHARACTERS);
            format!(
                "{label} has {name} {reached:.4} instead of {least} beside the thresholds of other labels"
            )
        })
    });
    missed.collect()
}

/// Writes the thresholds with the precision and recall of the predictions: `before` without thresholds, `after` with
/// them.
pub fn write_thresholds(
    out: &mut impl Write,
    thresholds: &Thresholds,
    before: &ConfusionMatrix,
    after: &Evaluation,
) -> io::Result<()> {
    let matrix = after.confusion_matrix();
    let labels = after.labels.iter().enumerate();
    let of_labels = labels.map(|(index, label)| {
        let threshold = thresholds.get(label);
        (cut(label, LABEL_CHARACTERS), threshold, matrix.class(index))
    });
    if thresholds.iter().len() == 1 {
        for (label, threshold, class) in of_labels {
            let Some(threshold) = threshold else { continue };
            writeln!(
                out,
                "{label} at a probability of {threshold:.4} or more: precision {:.4}, recall {:.4} on this corpus",
                class.precision, class.recall
            )?;
        }
        return Ok(());
    }
    let widths = of_labels.clone().map(|(label, ..)| width(&label));
    let name_width = widths.max().unwrap_or(0).max("label".len());
    let heading = format!(
        "{:name_width$}  threshold  precision  recall      f1",
        "label"
    );
    writeln!(out, "{}", styled(HEAD, heading))?;
    for (label, threshold, class) in of_labels {
        let threshold = threshold.map_or("-".into(), |threshold| format!("{threshold:.4}"));
        writeln!(
            out,
            "{}  {threshold:>9}  {:>9.4}  {:>6.4}  {:>6.4}",
            left(&label, name_width),
            class.precision,
            class.recall,
            class.f1_score
        )?;
    }
    let figures = |name: &str, before: f64, after: f64| {
        format!("{name} {before:.4} without thresholds, {after:.4} with them")
    };
    let macro_f1 = |matrix: &ConfusionMatrix| matrix.average(Average::Macro).f1_score;
    let accuracies = figures("accuracy", before.accuracy(), matrix.accuracy());
    let means = figures("macro F1", macro_f1(before), macro_f1(&matrix));
    writeln!(out, "{accuracies}\n{means}")
}
