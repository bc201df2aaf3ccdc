"""Writes tests/fixtures/metrics.json: metrics of synthetic predictions by scikit-learn, scipy and numpy.

    python3 -m venv peers && peers/bin/pip install scikit-learn
    peers/bin/python benches/peers/metrics.py > tests/fixtures/metrics.json

A case contains each row's probabilities and label, and scikit-learn's metrics. Expected calibration error and Wilson's
interval, which scikit-learn lacks, are implemented here from their papers.
"""

import json

import numpy
import scipy
import sklearn
from scipy.stats import binomtest, norm
from sklearn import metrics

BINS = [1, 10, 15]
# How often only the first, and only the second, classifier is correct.
PAIRS = [(0, 0), (0, 1), (5, 12), (12, 5), (6, 6), (0, 40), (300, 350), (1000, 800), (5000, 5200)]
# Correct rows and total rows.
SHARES = [(0, 10), (1, 10), (10, 10), (87, 100), (22431, 25000)]


def calibration_error(confidences, correct, bins):
    """Expected calibration error (Guo et al., 2017, equation 3); bins include their upper bound."""
    edges = numpy.arange(bins + 1) / bins
    gaps = 0.0
    for lower, upper in zip(edges, edges[1:]):
        inside = (confidences > lower) & (confidences <= upper)
        if inside.any():
            gap = abs(correct[inside].mean() - confidences[inside].mean())
            gaps += inside.sum() / len(confidences) * gap
    return gaps


def wilson(correct, total):
    """Wilson's interval: the shares p that lie z of their own standard errors from the sample share (roots of a quadratic)."""
    z, share = norm.ppf(0.975), correct / total
    return sorted(numpy.roots([1 + z * z / total, -2 * share - z * z / total, share * share]).real.tolist())


def case(probabilities, labels):
    predictions = probabilities.argmax(axis=1)
    confidences, correct = probabilities.max(axis=1), predictions == labels
    classes = range(probabilities.shape[1])
    one_against_rest = [(labels == label, probabilities[:, label]) for label in classes]
    # With two labels, scikit-learn expects only the probability of label 1.
    scores = probabilities[:, 1] if len(classes) == 2 else probabilities
    false_positive_rate, true_positive_rate, _ = metrics.roc_curve(*one_against_rest[1], drop_intermediate=False)
    precision, recall, thresholds = metrics.precision_recall_curve(*one_against_rest[1])
    return {
        "probabilities": probabilities.tolist(),
        "labels": labels.tolist(),
        "roc_auc": [metrics.roc_auc_score(*rows) for rows in one_against_rest],
        "average_precision": [metrics.average_precision_score(*rows) for rows in one_against_rest],
        "roc_curve": numpy.transpose([false_positive_rate, true_positive_rate]).tolist(),
        # In order of falling threshold, without the point that has no threshold.
        "precision_recall_curve": numpy.transpose([thresholds, precision[:-1], recall[:-1]])[::-1].tolist(),
        "log_loss": metrics.log_loss(labels, probabilities),
        "brier_score": metrics.brier_score_loss(labels, scores),
        "matthews_correlation": metrics.matthews_corrcoef(labels, predictions),
        "cohens_kappa": metrics.cohen_kappa_score(labels, predictions),
        "calibration_error": {bins: calibration_error(confidences, correct, bins) for bins in BINS},
    }


def made_up(rows, classes, generator):
    """Returns labels and informative probabilities, rounded to hundredths so that some are tied."""
    labels = generator.integers(classes, size=rows)
    logits = generator.normal(size=(rows, classes)) + 1.2 * numpy.eye(classes)[labels]
    shares = numpy.exp(1.5 * logits) / numpy.exp(1.5 * logits).sum(axis=1, keepdims=True)
    hundredths = numpy.floor(100 * shares)
    hundredths[:, 0] += 100 - hundredths.sum(axis=1)
    return hundredths / 100, labels


generator = numpy.random.default_rng(42)
fixture = {
    "scikit_learn": sklearn.__version__,
    "scipy": scipy.__version__,
    "numpy": numpy.__version__,
    "cases": [case(*made_up(200, 2, generator)), case(*made_up(150, 3, generator))],
    "wilson": [[correct, total, *wilson(correct, total)] for correct, total in SHARES],
    "mcnemar": [[b, c, binomtest(b, b + c).pvalue if b + c else 1.0] for b, c in PAIRS],
}
print(json.dumps(fixture))
