//! Conversion of an evaluation to a report.

use super::contents::{
    ClassRow, ConfidenceBar, ConfusedRow, Curve, GroupRow, Headline, MistakeRow, ReliabilityBar,
    Report,
};
use crate::evaluation::{
    self, Average, ConfusionMatrix, Evaluation, Group, Interval, Intervals, Metric,
    average_precision, precision_recall_curve, reliability_diagram, roc_auc, roc_curve, wilson,
};
use crate::printable::grouped;

/// The number of bins of the reliability diagram and of the confidence histogram. The calibration error uses more bins;
/// fewer bins hold more texts each.
const BARS: usize = 10;

/// The metrics with large figures.
const MAIN_METRICS: [Metric; 4] = [
    Metric::Accuracy,
    Metric::MacroF1,
    Metric::RocAuc,
    Metric::CalibrationError,
];

impl Report {
    /// Builds a report from an evaluation and the confidence intervals of its metrics.
    pub fn of(
        title: String,
        evaluation: &Evaluation,
        intervals: &Intervals,
        mistakes: &[evaluation::Mistake],
    ) -> Self {
        let labels = &evaluation.labels;
        let matrix = evaluation.confusion_matrix();
        let confused = matrix.confused_pairs().into_iter();
        let mistakes = mistakes.iter().map(|mistake| MistakeRow {
            text: mistake.text.clone(),
            label: labels[mistake.actual].clone(),
            predicted: labels[mistake.predicted].clone(),
            score: mistake.score,
            weights: Vec::new(),
        });
        Self {
            title,
            finding: finding(evaluation, intervals),
            headlines: headlines(evaluation, intervals),
            classes: classes(evaluation),
            roc: curves(evaluation, roc_auc, roc_points, |counts| {
                (counts.false_positive_rate(), counts.recall())
            }),
            precision_recall: curves(evaluation, average_precision, recall_points, |counts| {
                (counts.recall(), counts.precision())
            }),
            reliability: reliability_bars(evaluation),
            lengths: group_rows(Group::by_length(evaluation)),
            coverage: group_rows(Group::by_coverage(evaluation)),
            confidences: confidence_bars(evaluation),
            mistakes: mistakes.collect(),
            confused: confused
                .map(|pair| ConfusedRow {
                    actual: labels[pair.actual].clone(),
                    predicted: labels[pair.predicted].clone(),
                    count: pair.count,
                })
                .collect(),
            labels: labels.to_vec(),
            confusion: matrix.counts,
            ..Self::default()
        }
    }
}

/// Returns the accuracy as a sentence.
fn finding(evaluation: &Evaluation, intervals: &Intervals) -> String {
    let percent = |share: f64| format!("{:.1}", 100.0 * share);
    let [Interval { low, high }, ..] = *intervals;
    format!(
        "{}% of {} texts right, 95% interval {} to {}",
        percent(evaluation.confusion_matrix().accuracy()),
        grouped(evaluation.rows.len()),
        percent(low),
        percent(high)
    )
}

/// Returns the metrics, the main ones first.
fn headlines(evaluation: &Evaluation, intervals: &Intervals) -> Vec<Headline> {
    let metrics = Metric::all_of(&evaluation.labels)
        .iter()
        .zip(evaluation.metrics());
    let mut metrics: Vec<_> = metrics.zip(intervals).collect();
    metrics.sort_by_key(|((metric, _), _)| !MAIN_METRICS.contains(metric));
    let headlines = metrics
        .into_iter()
        .map(|((metric, value), interval)| Headline {
            name: metric.name().into(),
            value,
            interval: Some((interval.low, interval.high)),
        });
    headlines.collect()
}

fn classes(evaluation: &Evaluation) -> Vec<ClassRow> {
    let matrix = evaluation.confusion_matrix();
    let labels = evaluation.labels.iter().enumerate();
    let of_labels = labels.map(|(label, name)| (name.as_str(), matrix.class(label)));
    let means = [
        ("macro avg", matrix.average(Average::Macro)),
        ("weighted avg", matrix.average(Average::Weighted)),
    ];
    let rows = of_labels.chain(means).map(|(name, figures)| ClassRow {
        label: name.into(),
        precision: figures.precision,
        recall: figures.recall,
        f1: figures.f1_score,
        support: figures.support,
    });
    rows.collect()
}

/// The (x, y) points of a curve.
type Points = Vec<(f64, f64)>;

fn roc_points(scores: &[f64], has_label: &[bool]) -> Points {
    let points = roc_curve(scores, has_label).into_iter();
    points
        .map(|point| (point.false_positive_rate, point.true_positive_rate))
        .collect()
}

fn recall_points(scores: &[f64], has_label: &[bool]) -> Points {
    let points = precision_recall_curve(scores, has_label).into_iter();
    points
        .map(|point| (point.recall, point.precision))
        .collect()
}

/// The numbers of texts with a label and with its prediction.
struct LabelRates {
    texts: f64,
    actual: f64,
    predicted: f64,
    both: f64,
}

impl LabelRates {
    fn of(matrix: &ConfusionMatrix, label: usize) -> Self {
        let counts = &matrix.counts;
        let sum = |counts: &mut dyn Iterator<Item = &u64>| counts.sum::<u64>() as f64;
        Self {
            texts: sum(&mut counts.iter().flatten()),
            actual: sum(&mut counts[label].iter()),
            predicted: sum(&mut counts.iter().map(|row| &row[label])),
            both: counts[label][label] as f64,
        }
    }

    fn recall(&self) -> f64 {
        self.both / self.actual
    }

    fn precision(&self) -> f64 {
        self.both / self.predicted
    }

    fn false_positive_rate(&self) -> f64 {
        (self.predicted - self.both) / (self.texts - self.actual)
    }
}

/// Returns one curve per label. With two labels, returns only the second label's curve; the first label's is
/// equivalent.
fn curves(
    evaluation: &Evaluation,
    area: fn(&[f64], &[bool]) -> Option<f64>,
    points: fn(&[f64], &[bool]) -> Points,
    operating_point: fn(&LabelRates) -> (f64, f64),
) -> Vec<Curve> {
    let labels = match evaluation.labels.len() {
        2 => 1..2,
        count => 0..count,
    };
    let matrix = evaluation.confusion_matrix();
    let curves = labels.map(|label| {
        let (scores, has_label) = evaluation.label_scores(label);
        let counts = LabelRates::of(&matrix, label);
        Curve {
            name: evaluation.labels[label].clone(),
            area: area(&scores, &has_label),
            points: points(&scores, &has_label),
            operating_point: Some(operating_point(&counts)),
            prevalence: Some(counts.actual / counts.texts),
        }
    });
    // A curve is undefined if all texts, or none, have the label.
    curves.filter(|curve| curve.area.is_some()).collect()
}

fn group_rows(groups: Vec<Group>) -> Vec<GroupRow> {
    let rows = groups.into_iter().map(|group| GroupRow {
        accuracy: group.accuracy(),
        name: group.name,
        count: group.texts,
        interval: Some((group.interval.low, group.interval.high)),
    });
    rows.collect()
}

fn reliability_bars(evaluation: &Evaluation) -> Vec<ReliabilityBar> {
    let (confidences, correct) = evaluation.confidences();
    let bins = reliability_diagram(&confidences, &correct, BARS).into_iter();
    let bars = bins.map(|bin| {
        let correct = (bin.accuracy * bin.count as f64).round() as u64;
        let Interval { low, high } = wilson(correct, bin.count);
        ReliabilityBar {
            lower: bin.lower,
            upper: bin.upper,
            confidence: bin.confidence,
            accuracy: bin.accuracy,
            interval: Some((low, high)),
            count: bin.count,
        }
    });
    bars.collect()
}

fn confidence_bars(evaluation: &Evaluation) -> Vec<ConfidenceBar> {
    let mut bars: Vec<ConfidenceBar> = (0..BARS)
        .map(|bar| ConfidenceBar {
            lower: bar as f64 / BARS as f64,
            upper: (bar + 1) as f64 / BARS as f64,
            ..ConfidenceBar::default()
        })
        .collect();
    let (confidences, are_right) = evaluation.confidences();
    for (confidence, is_right) in confidences.into_iter().zip(are_right) {
        let bar = (confidence * BARS as f64) as usize;
        let ConfidenceBar { right, wrong, .. } = &mut bars[bar.min(BARS - 1)];
        *(if is_right { right } else { wrong }) += 1;
    }
    bars
}
