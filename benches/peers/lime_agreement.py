"""Compares `sentiment explain` with the reference implementation of LIME: agreement of the weights, and time.

    python3 -m venv peers && peers/bin/pip install lime scipy torch
    peers/bin/python benches/peers/lime_agreement.py REVIEWS.csv --sentiment target/release/sentiment

Both explain the same model's probability of the second label on the same reviews. The reference obtains predictions through
`sentiment predict --format jsonl`. It explains each review twice: as it is, split into words by its own rule, where only
shared words are compared; and, for the first reviews, as the model's tokens joined by spaces, where all words are compared.
All words have weights. The agreement between two seeds of `sentiment explain` shows the sampling noise. Longer reviews need
more samples.

Times are for 1,000 samples of reviews of about 250 words. The reference then explains a PyTorch LSTM of the same size in the
same process, so no pipe slows it down. The times of `sentiment` are those of whole processes, including start-up and loading
the model.
"""

import argparse
import csv
import json
import random
import statistics
import subprocess
import sys
import time
import zlib
from functools import partial

import numpy
import torch
from lime.lime_text import LimeTextExplainer
from pytorch_shipped import WORDS, Network
from scipy.stats import spearmanr

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("reviews", help="CSV file with a column `text`")
parser.add_argument("--sentiment", default="target/release/sentiment", help="path of the program")
parser.add_argument("--model", default=None, help="model folder; the built-in model by default")
parser.add_argument("--count", type=int, default=50, help="reviews to compare")
parser.add_argument("--tokens", type=int, default=10, help="reviews to compare by tokens and with another seed")
parser.add_argument("--samples", type=int, default=20_000, help="samples per review")
parser.add_argument("--longest", type=int, default=150, help="maximum number of words of a compared review")
parser.add_argument("--skip-time", action="store_true", help="skip the measurement of times")
arguments = parser.parse_args()
MODEL = ["--model", arguments.model] if arguments.model else []
EVERYTHING = 100_000


def predict(texts):
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    command = [arguments.sentiment, "predict", *MODEL, "--input", "-", "--corpus-format", "jsonl", "--format", "jsonl"]
    out = subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout
    rows = [probabilities(json.loads(line)) for line in out.split("\n") if line]
    return numpy.array([list(row.values()) for row in rows])


def probabilities(row):
    prefix = "probability_"
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


def ours(text, label, samples=arguments.samples, features=EVERYTHING, seed=1):
    command = [arguments.sentiment, "explain", *MODEL, "--json", "--class", label, "--features", str(features)]
    command += ["--seed", str(seed)]
    out = subprocess.run(command + ["--samples", str(samples), "--", text], capture_output=True, text=True, check=True)
    return [(w["token"], w["weight"]) for w in json.loads(out.stdout)["classes"][label]["weights"]]


def theirs(text, split, classifier=predict, samples=arguments.samples):
    explainer = LimeTextExplainer(split_expression=split, random_state=1)
    explanation = explainer.explain_instance(text, classifier, labels=(1,), num_features=EVERYTHING, num_samples=samples)
    return explanation.as_list(label=1)


def compare(mine, reference):
    """Returns Spearman's correlation over the shared words, and whether the signs of the five strongest agree."""
    mine, reference = dict(mine), dict(reference)
    words = [word for word in mine if word in reference]
    correlation = spearmanr([mine[word] for word in words], [reference[word] for word in words]).statistic
    strongest = sorted(words, key=lambda word: -abs(mine[word]))[:5]
    return correlation, all(mine[word] * reference[word] > 0 for word in strongest)


def report(name, compared):
    if not compared:
        return
    correlations = [correlation for correlation, _ in compared]
    agree = sum(signs for _, signs in compared)
    print(
        f"{name}: Spearman median {statistics.median(correlations):.3f}, minimum {min(correlations):.3f}, "
        f"0.95 or more in {sum(c >= 0.95 for c in correlations)} of {len(correlations)}; "
        f"the signs of the five strongest agree in {agree} of {len(compared)}",
        flush=True,
    )


def tokens(text):
    """Returns the tokens of a text in order."""
    command = [arguments.sentiment, "explain", *MODEL, "--json", "--positions", "--samples", "2"]
    out = subprocess.run(command + ["--features", str(EVERYTHING), "--", text], capture_output=True, text=True, check=True)
    weights = next(iter(json.loads(out.stdout)["classes"].values()))["weights"]
    return [w["token"] for w in sorted(weights, key=lambda w: (w["start"], w["end"]))]


def probabilities(network, texts):
    ids = [[zlib.crc32(word.encode()) % WORDS for word in text.split()] or [0] for text in texts]
    order = sorted(range(len(ids)), key=lambda index: -len(ids[index]))
    result = numpy.zeros((len(ids), 2))
    with torch.inference_mode():
        for start in range(0, len(order), 128):
            rows = order[start : start + 128]
            result[rows] = network([ids[row] for row in rows]).numpy()
    return result


def seconds(run, texts):
    def of(text):
        begin = time.monotonic()
        run(text)
        return time.monotonic() - begin

    of(texts[0])
    return statistics.median(of(text) for text in texts)


with open(arguments.reviews) as file:
    reviews = [row["text"] for row in csv.DictReader(file)]
random.Random(2026).shuffle(reviews)
label = list(probabilities(json.loads(subprocess.run(
    [arguments.sentiment, "predict", *MODEL, "--format", "jsonl", "a"], capture_output=True, text=True, check=True
).stdout)))[1]

as_they_are, as_tokens, again = [], [], []
compared = [review for review in reviews if len(review.split()) <= arguments.longest]
for index, review in enumerate(compared[: arguments.count]):
    mine = ours(review, label)
    lower = {}
    for word, weight in theirs(review, r"\W+"):
        lower.setdefault(word.lower(), []).append(weight)
    # The reference distinguishes `Good` from `good`, so only words with one spelling are compared.
    as_they_are.append(compare(mine, {word: weights[0] for word, weights in lower.items() if len(weights) == 1}))
    print(f"review {index + 1}: {as_they_are[-1][0]:.3f}", file=sys.stderr, flush=True)
    if index >= arguments.tokens:
        continue
    joined = " ".join(tokens(review))
    as_tokens.append(compare(ours(joined, label), theirs(joined, r"\s+")))
    again.append(compare(mine, ours(review, label, seed=2)))
report("original reviews, shared words", as_they_are)
report("model tokens", as_tokens)
report("sentiment explain with another seed", again)

if not arguments.skip_time:
    medium = [review for review in reviews if 240 <= len(review.split()) <= 260][:9]
    network = Network().eval()
    of_network = partial(probabilities, network)
    mine = seconds(lambda text: ours(text, label, samples=1_000, features=10), medium)
    reference = seconds(lambda text: theirs(text, r"\W+", of_network, samples=1_000), medium)
    print(f"1,000 samples of a review of 250 words: sentiment {mine:.3f} s, reference with PyTorch {reference:.3f} s, "
          f"{reference / mine:.1f} times as long")
