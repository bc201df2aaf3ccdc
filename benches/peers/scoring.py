"""Throughput, peak memory and accuracy of scoring: `sentiment` in f32 and int8, PyTorch, onnxruntime, fastText, TF-IDF with logistic
regression, and VADER, in one interleaved run.

    python3 -m venv peers && peers/bin/pip install torch onnx onnxruntime scikit-learn fasttext-wheel vaderSentiment
    cargo build --release
    peers/bin/python benches/peers/scoring.py --sentences SENTENCES.csv --reviews REVIEWS.csv \
        --train-sentences SST2.csv --train-reviews IMDB.csv --test-sentences DEV.csv --test-reviews TEST.csv

Files have the columns `text` and `label` (negative or positive), plain or .gz. SENTENCES and REVIEWS are timed; accuracy is of the
test files, by systems trained on the training files or, for the network, with the weights of the built-in model.

`sentiment` is timed as a whole process, from reading the file to writing the predictions, with --threads threads. The others are
timed without reading the file, loading the model and, for the network, tokenizing. PyTorch and onnxruntime score the network of the
built-in model without its n-grams, with as many threads, in padded batches of 128 texts of similar length: packed sequences take
longer. So the accuracy of their networks is of texts with a little padding. Their int8 models are quantized dynamically, the LSTM and the linear layers. fastText, TF-IDF and VADER use one thread.

Each system runs in a process of its own, --runs times, in turn. Prints medians of the texts per second, and of the texts per second of
processor time, which other processes disturb less. A system that is not installed is left out. --before PROGRAM is an
older build of `sentiment`, without --precision.
"""

import argparse
import collections
import csv
import gzip
import json
import os
import re
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODEL = Path("models/general")
BATCH = 128
MAX_LENGTH = 600
LABELS = ["negative", "positive"]
TOKEN = re.compile(r"n't|'(?:s|m|re|ve|ll|d)\b|[a-z]+?(?=n't)|[a-z]+|[^\sa-z]")
# VADER takes minutes for the whole files.
VADER_TEXTS = {"sentences": 20_000, "reviews": 2_000}
KINDS = ("sentences", "reviews")


def read(path):
    csv.field_size_limit(1 << 24)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(file)]
    return [text for text, _ in rows], [label for _, label in rows]


# The network of the built-in model.


def weights():
    """Returns the weights of the built-in model, as numpy arrays by name."""
    import numpy

    content = (MODEL / "model.safetensors").read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    tensors = {}
    for name, tensor in json.loads(content[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = tensor["data_offsets"]
        kind = {"F16": numpy.float16, "F32": numpy.float32, "I8": numpy.int8}[tensor["dtype"]]
        values = numpy.frombuffer(content[8 + size + begin : 8 + size + end], kind)
        tensors[name] = values.reshape(tensor["shape"]).astype(numpy.float32)
    tensors["embedding.weight"] *= tensors.pop("embedding.weight.scale")[:, None]
    return {name: values for name, values in tensors.items() if not name.startswith(("ngrams", "further"))}


def network():
    import torch

    class Network(torch.nn.Module):
        def __init__(self, words, labels):
            super().__init__()
            self.embedding = torch.nn.Embedding(words, 100)
            self.lstm = torch.nn.LSTM(100, 128, batch_first=True, bidirectional=True)
            self.attention = torch.nn.Linear(256, 256)
            self.context = torch.nn.Parameter(torch.zeros(256))
            self.linear = torch.nn.Linear(256, labels)

        def forward(self, ids):
            """Returns the logits, `[texts, labels]`, of padded texts, `[texts, tokens]`."""
            hidden, _ = self.lstm(self.embedding(ids))
            weights = (torch.tanh(self.attention(hidden)) @ self.context).softmax(1)
            return self.linear((hidden * weights[:, :, None]).sum(1))

    trained = weights()
    made = Network(len(trained["embedding.weight"]), len(trained["linear.bias"]))
    trained["context"] = trained.pop("attention.context")
    made.load_state_dict({name: torch.from_numpy(values) for name, values in trained.items()})
    return made.eval()


def encoder():
    lines = (MODEL / "vocabulary.txt").read_text(encoding="utf-8").splitlines()
    ids = {token: number for number, token in enumerate(lines)}
    return lambda text: [ids.get(token, 0) for token in TOKEN.findall(text.lower())][-MAX_LENGTH:] or [0]


def in_batches(texts, logits):
    """Returns the labels of encoded texts. `logits` scores a padded batch of texts of similar length."""
    import numpy

    indices = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    answers = [None] * len(texts)
    for start in range(0, len(indices), BATCH):
        batch = indices[start : start + BATCH]
        ids = numpy.zeros((len(batch), len(texts[batch[-1]])), numpy.int64)
        for row, index in zip(ids, batch):
            row[: len(texts[index])] = texts[index]
        # The labels are negative, neutral and positive.
        for index, (negative, _, positive) in zip(batch, logits(ids)):
            answers[index] = LABELS[int(positive > negative)]
    return answers


def pytorch(int8, arguments):
    import torch

    torch.set_num_threads(arguments.threads)
    scored = network()
    if int8:
        scored = torch.ao.quantization.quantize_dynamic(scored, {torch.nn.LSTM, torch.nn.Linear}, torch.qint8)

    def logits(ids):
        with torch.inference_mode():
            return scored(torch.from_numpy(ids)).tolist()

    return lambda texts: in_batches(texts, logits)


def onnx(int8, arguments):
    import onnxruntime
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    path = str(Path(arguments.folder, "network.onnx"))
    if not Path(path).exists():
        axes = {"ids": {0: "texts", 1: "tokens"}, "logits": {0: "texts"}}
        example = torch.zeros(2, 7, dtype=torch.int64)
        torch.onnx.export(network(), (example,), path, input_names=["ids"], output_names=["logits"], dynamic_axes=axes, dynamo=False)
    if int8:
        quantized = path.replace(".onnx", "-int8.onnx")
        if not Path(quantized).exists():
            quantize_dynamic(path, quantized, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM", "MatMul", "Gemm"])
        path = quantized
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda texts: in_batches(texts, lambda ids: session.run(["logits"], {"ids": ids})[0].tolist())


# Systems that learn from the training file.


def tf_idf(arguments):
    import pickle

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    path = Path(arguments.folder, f"tf-idf-{arguments.kind}.pickle")
    if not path.exists():
        pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=1000))
        path.write_bytes(pickle.dumps(pipeline.fit(*read(arguments.train))))
    pipeline = pickle.loads(path.read_bytes())
    return lambda texts: pipeline.predict(texts).tolist()


def fasttext(arguments):
    import fasttext as library

    path = Path(arguments.folder, f"fasttext-{arguments.kind}.bin")
    words = lambda text: " ".join(re.findall(r"[a-z']+|[^\sa-z]", text.lower()))
    if not path.exists():
        corpus = Path(arguments.folder, "fasttext.txt")
        texts, labels = read(arguments.train)
        corpus.write_text("".join(f"__label__{label} {words(text)}\n" for text, label in zip(texts, labels)))
        library.train_supervised(str(corpus), epoch=10, wordNgrams=2, dim=50, lr=0.5, thread=1, verbose=0).save_model(str(path))
    model = library.load_model(str(path))
    # `predict` of fastText 0.9 fails with numpy 2; the method below it does not.
    return lambda texts: [model.f.predict(words(text) + "\n", 1, 0.0, "strict")[0][1].removeprefix("__label__") for text in texts]


def vader():
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return lambda texts: [LABELS[int(analyzer.polarity_scores(text)["compound"] >= 0)] for text in texts]


# Measurements.

PEERS = {
    "PyTorch, f32": lambda arguments: pytorch(False, arguments),
    "PyTorch, int8": lambda arguments: pytorch(True, arguments),
    "onnxruntime, f32": lambda arguments: onnx(False, arguments),
    "onnxruntime, int8": lambda arguments: onnx(True, arguments),
    "fastText": fasttext,
    "TF-IDF and logistic regression": tf_idf,
    "VADER": lambda arguments: vader(),
}
NETWORKS = [name for name in PEERS if "f32" in name or "int8" in name]


def work(arguments):
    """Measures one peer in this process."""
    score = PEERS[arguments.work](arguments)
    if arguments.prepare:
        return
    encode = encoder() if arguments.work in NETWORKS else lambda text: text
    (tests, labels), (texts, _) = read(arguments.test), read(arguments.file)
    if arguments.work == "VADER":
        texts = texts[: VADER_TEXTS[arguments.kind]]
    tests, texts = [encode(text) for text in tests], [encode(text) for text in texts]
    answers = score(tests)
    correct = sum(answer == label for answer, label in zip(answers, labels))
    begin, processor = time.perf_counter(), time.process_time()
    score(texts)
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([len(texts) / seconds, len(texts) / processor, peak, correct / len(labels)]))


def peer(name, kind, arguments, prepare=False):
    files = {part: str(getattr(arguments, f"{part}_{kind}")) for part in ("train", "test")}
    command = [sys.executable, __file__, "--work", name, "--kind", kind, "--folder", arguments.folder]
    command += ["--threads", str(arguments.threads), "--file", getattr(arguments, kind), "--train", files["train"], "--test", files["test"]]
    done = subprocess.run(command + ["--prepare"] * prepare, capture_output=True, text=True)
    if done.returncode:
        return (done.stderr.splitlines() or ["failed"])[-1]
    return None if prepare else json.loads(done.stdout.splitlines()[-1])


def program(binary, options, kind, arguments):
    output = str(Path(arguments.folder, "predictions.csv"))
    common = [*options, "--two-classes", "--threads", str(arguments.threads), "--quiet", "--only-predictions"]

    def predict(file):
        Path(output).unlink(missing_ok=True)
        command = [binary, "predict", "--model", "general", "--input", file, "--output", output, *common]
        # A small process measures the peak, because a child's figure starts at its parent's.
        ask = "import resource, subprocess, sys, time; begin = time.perf_counter(); subprocess.run(sys.argv[1:], check=True);"
        ask += "seconds = time.perf_counter() - begin; used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        ask += "print(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
        done = subprocess.run([sys.executable, "-S", "-c", ask, *command], check=True, capture_output=True, text=True)
        with open(output, encoding="utf-8", newline="") as file:
            answers = [row["predicted"] for row in csv.DictReader(file)]
        return answers, *map(float, done.stdout.split())

    answers, *_ = predict(getattr(arguments, f"test_{kind}"))
    labels = read(getattr(arguments, f"test_{kind}"))[1]
    accuracy = sum(answer == label for answer, label in zip(answers, labels)) / len(labels)
    answers, seconds, processor, peak = predict(getattr(arguments, kind))
    return [len(answers) / seconds, len(answers) / processor, peak, accuracy]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for kind in KINDS:
        parser.add_argument(f"--{kind}", help=f"{kind} to time")
        parser.add_argument(f"--train-{kind}", help="training file of the systems without a model")
        parser.add_argument(f"--test-{kind}", help="test file of the accuracy")
    parser.add_argument("--program", default="target/release/sentiment")
    parser.add_argument("--before", help="an older program to time beside it, without --precision")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", default=list(PEERS), help="the peers to run")
    for name in ("work", "kind", "folder", "file", "train", "test"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": str(arguments.threads), "TOKENIZERS_PARALLELISM": "false"}
    if arguments.work:
        work(arguments)
        return

    programs = {f"sentiment, {name}": (arguments.program, ["--precision", name]) for name in ("f32", "int8")}
    if arguments.before:
        programs = {"sentiment before": (arguments.before, []), **programs}
    with tempfile.TemporaryDirectory() as arguments.folder:
        results = collections.defaultdict(list)
        failed = {}
        for kind in KINDS:
            for name in arguments.only:
                if (reason := peer(name, kind, arguments, prepare=True)) is not None:
                    failed[name] = reason
        for _ in range(arguments.runs):
            for kind in KINDS:
                for name, (binary, options) in programs.items():
                    results[name, kind].append(program(binary, options, kind, arguments))
                for name in arguments.only:
                    if name in failed:
                        continue
                    measured = peer(name, kind, arguments)
                    if isinstance(measured, str):
                        failed[name] = measured
                    else:
                        results[name, kind].append(measured)

    columns = [f"{kind}/{unit}" for unit in ("s", "CPU-s") for kind in KINDS]
    print("| System |", " | ".join(columns), "| Peak memory, MB | Accuracy, sentences | Accuracy, reviews |")
    print("| --- " * 8 + "|")
    for name in dict.fromkeys(name for name, _ in results):
        speed, processor, memory, accuracy = zip(*(map(statistics.median, zip(*results[name, kind])) for kind in KINDS))
        speeds = " | ".join(f"{value:,.0f}" for value in (*speed, *processor))
        print(f"| {name} | {speeds} | {max(memory):.0f} |", " | ".join(f"{value:.3f}" for value in accuracy), "|")
    for name, reason in failed.items():
        print(f"left out: {name}: {reason}", file=sys.stderr)


main()
