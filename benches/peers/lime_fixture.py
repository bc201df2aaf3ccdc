"""Writes tests/fixtures/lime.json: results of the reference implementation of LIME on fixed samples.

    python3 -m venv peers && peers/bin/pip install lime
    peers/bin/python benches/peers/lime_fixture.py > tests/fixtures/lime.json

A sample states which of 12 features are present; the first sample has all. There are two targets. For each target and each
requested number of features, the fixture contains the reference's intercept, weights, R² and local prediction.
"""

import json
from importlib.metadata import version

import numpy
from lime.lime_text import LimeTextExplainer
from lime.submodular_pick import SubmodularPick
from sklearn.metrics import pairwise_distances

FEATURES, SAMPLES = 12, 60
random = numpy.random.RandomState(5)
data = numpy.ones((SAMPLES, FEATURES))
for row in data[1:]:
    row[random.choice(FEATURES, random.randint(1, FEATURES + 1), replace=False)] = 0
logits = data @ random.randn(FEATURES, 2) + data[:, :1] * data[:, 1:2] * 2
targets = 1 / (1 + numpy.exp(-logits))
distances = pairwise_distances(data, data[:1], metric="cosine").ravel() * 100

base = LimeTextExplainer().base
fits = []
for most in (3, 6, 8, 12, 20):
    for target in range(2):
        intercept, weights, r2, local = base.explain_instance_with_data(
            data, targets, distances, target, most, feature_selection="auto"
        )
        fits.append({
            "features": most,
            "target": target,
            "intercept": float(intercept),
            "weights": [[int(feature), float(weight)] for feature, weight in weights],
            "r2": float(r2),
            "local_prediction": float(local[0]),
        })


class Explained:
    """The interface that SP-LIME expects of an explanation."""

    mode = "classification"

    def __init__(self, weights):
        self.weights = weights

    def explain_instance(self, example, _, **_settings):
        return Explained(example)

    def available_labels(self):
        return [1]

    def as_list(self, label):
        return self.weights


texts = []
for _ in range(20):
    words = random.choice(60, random.randint(2, 7), replace=False)
    texts.append([(f"w{word}", float(random.randn())) for word in words])
pick = SubmodularPick(Explained(None), texts, None, method="full", num_exps_desired=6)

print(json.dumps({
    "lime": version("lime"),
    "samples": ["".join(str(int(value)) for value in row) for row in data],
    "targets": targets.tolist(),
    "fits": fits,
    "texts": texts,
    "picked": [int(index) for index in pick.V],
}))
