//! The values of `--threshold` and `--find-threshold`: a threshold or a goal, for one label or for the model's default.

use std::str::FromStr;

use sentiment::evaluation::ThresholdGoal;
use sentiment::model::Thresholds;

use super::model_args::probability;
use super::styled_text::{LABEL_CHARACTERS, cut};

/// The maximum number of thresholds in a note.
const NOTED_THRESHOLDS: usize = 5;

/// A value of `--threshold`: `LABEL=P`, or `P` for the second of two labels.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelThreshold {
    label: Option<String>,
    threshold: f64,
}

impl FromStr for LabelThreshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (label, threshold) = match text.rsplit_once('=') {
            Some((label, threshold)) => (Some(label.into()), threshold),
            None => (None, text),
        };
        Ok(Self {
            label,
            threshold: probability(threshold)?,
        })
    }
}

/// Sets thresholds from the command line for a model with these labels.
pub fn set_thresholds(
    arguments: &[LabelThreshold],
    labels: &[String],
    thresholds: &mut Thresholds,
) -> Result<(), ThresholdWithoutLabel> {
    for LabelThreshold { label, threshold } in arguments {
        let label = match (label, labels) {
            (Some(label), _) | (None, [_, label]) => label,
            (None, _) => {
                return Err(ThresholdWithoutLabel {
                    threshold: *threshold,
                    labels: labels.len(),
                });
            }
        };
        thresholds.set(label, *threshold);
    }
    Ok(())
}

/// The error of a threshold that could be of several labels.
#[derive(Debug, thiserror::Error)]
#[error("a threshold without a label requires two labels, and the model has {labels}")]
pub struct ThresholdWithoutLabel {
    threshold: f64,
    labels: usize,
}

impl ThresholdWithoutLabel {
    /// Returns the flag that names the label.
    pub fn hint(&self) -> String {
        format!("use --threshold LABEL={}", self.threshold)
    }
}

/// Returns a note on the thresholds of a model, if it has any.
pub fn thresholds_note(thresholds: &Thresholds) -> Option<String> {
    let named: Vec<String> = thresholds
        .iter()
        .take(NOTED_THRESHOLDS)
        .map(|(label, threshold)| format!("{} {threshold:.4}", cut(label, LABEL_CHARACTERS)))
        .collect();
    if let ([_], Some((label, threshold))) = (&*named, thresholds.iter().next()) {
        let label = cut(label, LABEL_CHARACTERS);
        return Some(format!(
            "{label} is predicted at a probability of {threshold:.4} or more"
        ));
    }
    let more = thresholds.iter().len() - named.len();
    let more = (more > 0).then(|| format!(" and {more} more"));
    (!named.is_empty()).then(|| {
        format!(
            "decision thresholds: {}{}",
            named.join(", "),
            more.unwrap_or_default()
        )
    })
}

/// A value of `--find-threshold`: `LABEL=GOAL`, or `GOAL` for the second of two labels or for each of more.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelGoal {
    /// The label, if one is named.
    pub label: Option<String>,
    /// What its threshold optimises.
    pub goal: ThresholdGoal,
}

impl FromStr for LabelGoal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unlabelled = text.parse();
        if let Ok(goal) = unlabelled {
            return Ok(Self { label: None, goal });
        }
        // A label may contain `=`, and so do goals.
        let labelled = text.match_indices('=').find_map(|(position, _)| {
            let goal = text[position + 1..].parse().ok()?;
            let label = Some(text[..position].into());
            Some(Self { label, goal })
        });
        labelled.ok_or_else(|| unlabelled.expect_err("goals have returned"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_may_contain_equals_signs() {
        let threshold = |text: &str| text.parse::<LabelThreshold>().ok();
        let of = |label: Option<&str>, threshold| {
            let label = label.map(String::from);
            Some(LabelThreshold { label, threshold })
        };
        assert_eq!(threshold("0.25"), of(None, 0.25));
        assert_eq!(threshold("a=b=0.25"), of(Some("a=b"), 0.25));
        assert_eq!(threshold("=1"), of(Some(""), 1.0));
        for text in ["a", "a=", "a=2", "-0.1", "a=nan"] {
            assert_eq!(threshold(text), None, "{text}");
        }
        let goal = |text: &str| {
            let goal: Option<LabelGoal> = text.parse().ok();
            goal.map(|found| (found.label.unwrap_or("-".into()), found.goal))
        };
        let of = |label: &str, goal| Some((label.to_string(), goal));
        assert_eq!(goal("f1"), of("-", ThresholdGoal::F1));
        assert_eq!(goal("recall=0.5"), of("-", ThresholdGoal::Recall(0.5)));
        assert_eq!(goal("f1=f1"), of("f1", ThresholdGoal::F1));
        assert_eq!(goal("recall=f1"), of("recall", ThresholdGoal::F1));
        let precision = ThresholdGoal::Precision(0.9);
        assert_eq!(goal("x=y=precision=0.9"), of("x=y", precision));
        assert_eq!(goal("x=precision=2"), None);
    }

    #[test]
    fn notes_are_short() {
        let thresholds = |count: usize| {
            let labels = (0..count).map(|label| (format!("label {label}"), 0.25));
            thresholds_note(&labels.collect())
        };
        assert_eq!(thresholds(0), None);
        assert_eq!(
            thresholds(1).unwrap(),
            "label 0 is predicted at a probability of 0.2500 or more"
        );
        assert_eq!(
            thresholds(2).unwrap(),
            "decision thresholds: label 0 0.2500, label 1 0.2500"
        );
        assert!(
            thresholds(77)
                .unwrap()
                .ends_with("label 12 0.2500 and 72 more")
        );
    }
}
