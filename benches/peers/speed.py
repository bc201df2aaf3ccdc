"""Speed beside PyTorch's and Keras's, on one machine in one run: prints a table, medians of --runs.

    python3 -m venv peers && peers/bin/pip install torch keras tensorflow-cpu
    cargo build --release
    peers/bin/python benches/peers/speed.py REVIEWS.csv.gz --vectors GLOVE.txt.gz

Everyone trains the same network on the same ids: an embedding of 30,000 words by 100, an LSTM of 128 in one
direction, its last state, a linear layer; Adam; texts of at most 256 tokens, batched by length; two threads.
A word of the reviews is called `w1`, `w2`, … by frequency in the file that `sentiment` reads. A figure is
tokens, padding not counted, by the seconds of an epoch's steps, embedding and optimizer included. The peers
run the way that is fastest for them here: on padded batches of equal length (packed sequences took PyTorch
three times as long), Keras compiled, with TensorFlow, without the mask that slows it down. PyTorch is also
measured with SparseAdam for the embedding, which changes only the batch's rows, as `sentiment` does.
"""

import argparse
import collections
import csv
import gzip
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ |= {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}

WORDS, SIZE, HIDDEN, LENGTH, THREADS = 30_000, 100, 128, 256, 2
BINARY = "target/release/sentiment"
SHAPE = ["--embeddings", "none", "--embedding-size", str(SIZE), "--hidden-size", str(HIDDEN), "--bidirectional=false"]
SHAPE += ["--pooling", "last", "--max-length", str(LENGTH), "--stopwords", "none", "--dropout", "0", "--word-dropout", "0"]
SHAPE += ["--threads", str(THREADS), "--validation-split", "0.01", "--epochs", "1", "--quiet"]


def read(path, count):
    csv.field_size_limit(1 << 24)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:count]
    texts = [re.findall("[a-z]+", row["text"].lower()) for row in rows]
    frequent = collections.Counter(word for text in texts for word in text).most_common(WORDS - 1)
    ids = {word: number for number, (word, _) in enumerate(frequent, start=1)}
    names = sorted({row["label"] for row in rows})
    texts = [[ids[word] for word in text if word in ids][:LENGTH] or [1] for text in texts]
    return texts, [names.index(row["label"]) for row in rows]


def write(path, texts, labels):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((" ".join(f"w{id}" for id in text), f"label{label}") for text, label in zip(texts, labels))


def batches_by_length(texts, labels, size):
    pairs = sorted(zip(texts, labels), key=lambda pair: -len(pair[0]))
    batches = [pairs[i : i + size] for i in range(0, len(pairs), size)]
    random.Random(1).shuffle(batches)
    return batches


def ours(corpus, folder, *options):
    """Trains for an epoch; gives tokens a second."""
    subprocess.run([BINARY, "train", corpus, "--out", folder, *SHAPE, *options], check=True, stdout=subprocess.DEVNULL)
    return json.loads(Path(folder, "history.jsonl").read_text().splitlines()[0])["tokens_per_second"]


def ours_scoring(folder, corpus):
    command = ["cargo", "bench", "--quiet", "--bench", "whole_step", "--", "--score", folder, corpus]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pytorch(batches, sparse=False, score=False):
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    embedding, lstm, linear = nn.Embedding(WORDS, SIZE, sparse=sparse), nn.LSTM(SIZE, HIDDEN), nn.Linear(HIDDEN, 2)
    dense = [*lstm.parameters(), *linear.parameters()]
    optimizers = [torch.optim.SparseAdam(embedding.parameters()), torch.optim.Adam(dense)]
    if not sparse:
        optimizers = [torch.optim.Adam([*embedding.parameters(), *dense])]
    tensors = [([torch.tensor(text) for text, _ in batch], torch.tensor([label for _, label in batch])) for batch in batches]

    def logits(texts):
        hidden, _ = lstm(embedding(nn.utils.rnn.pad_sequence(texts)))
        return linear(hidden[torch.tensor([len(text) - 1 for text in texts]), torch.arange(len(texts))])

    begin = time.perf_counter()
    for texts, labels in tensors:
        if score:
            with torch.inference_mode():
                logits(texts)
            continue
        loss = nn.functional.cross_entropy(logits(texts), labels)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(dense, 1.0)
        for optimizer in optimizers:
            optimizer.step()
    return sum(len(text) for batch in batches for text, _ in batch) / (time.perf_counter() - begin)


def keras(batches):
    import keras
    import numpy as np
    import tensorflow as tf

    if not tf.config.threading.get_intra_op_parallelism_threads():
        tf.config.threading.set_intra_op_parallelism_threads(THREADS)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    layers = [keras.layers.Embedding(WORDS, SIZE), keras.layers.LSTM(HIDDEN), keras.layers.Dense(2)]
    network = keras.Sequential(layers)
    network.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))

    def padded():
        for batch in batches:
            # Padding goes before the text, so that the last state is the text's.
            longest = max(len(text) for text, _ in batch)
            ids = np.array([[0] * (longest - len(text)) + text for text, _ in batch], np.int32)
            yield ids, np.array([label for _, label in batch], np.int32)

    kinds = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32))
    data = tf.data.Dataset.from_generator(padded, output_signature=kinds).prefetch(2)
    network.fit(data.take(2), verbose=0)  # Compiling is not measured.
    begin = time.perf_counter()
    network.fit(data, verbose=0)
    return sum(len(text) for batch in batches for text, _ in batch) / (time.perf_counter() - begin)


def vocabulary_ratio(texts, labels, folder):
    """Step time with 400,000 words over 10,000, where all but one text are the same."""
    texts = [[id for id in text if id < 9_000] or [1] for text in texts]
    speeds = []
    for words in (10_000, 400_000):
        more = list(range(9_000, words))
        corpus = f"{folder}/{words}.csv"
        write(corpus, [*texts, more], [*labels, 0])
        sizes = ["--max-vocabulary", str(words), "--min-count", "1"]
        speeds.append(ours(corpus, f"{folder}/vocabulary", *sizes))
    return speeds[0] / speeds[1]


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def peak_memory(arguments, folder):
    """Megabytes. Asked by a small process, because a child's figure begins with its parent's."""
    command = [BINARY, "train", arguments.corpus, "--embeddings", arguments.vectors, "--epochs", "1", "--out", folder, "--quiet"]
    ask = "import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    ask += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    asked = subprocess.run([sys.executable, "-c", ask, *command], check=True, capture_output=True, text=True)
    return float(asked.stdout) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("--vectors")
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    texts, labels = read(arguments.corpus, arguments.texts)
    rows = collections.defaultdict(list)

    with tempfile.TemporaryDirectory() as folder:
        corpus, model = f"{folder}/tokens.csv", f"{folder}/model"
        write(corpus, texts, labels)
        sizes = ["--max-vocabulary", str(WORDS), "--min-count", "1"]
        for _ in range(arguments.runs):
            for size in (32, 128):
                batches = batches_by_length(texts, labels, size)
                mine = ours(corpus, model, *sizes, "--batch-size", str(size))
                rows[f"training, batch {size}, PyTorch with Adam"].append((mine, pytorch(batches)))
                rows[f"training, batch {size}, PyTorch with SparseAdam"].append((mine, pytorch(batches, sparse=True)))
                if size == 32:
                    rows["training, batch 32, Keras"].append((mine, keras(batches)))
            scoring = max(pytorch(batches_by_length(texts, labels, size), score=True) for size in (32, 128))
            rows["scoring, PyTorch in inference mode"].append((ours_scoring(model, corpus), scoring))
            rows["step time, 400,000 words over 10,000"].append((vocabulary_ratio(texts, labels, folder), 1))
        predict = [BINARY, "predict", "--model", model, "w1 w2 w3 w5 w8 w13"]
        predict = statistics.median(seconds(predict) for _ in range(20))
        memory = peak_memory(arguments, f"{folder}/imdb") if arguments.vectors else float("nan")

    print("| measure | sentiment, tokens/s | peer, tokens/s | ratio |\n| --- | --- | --- | --- |")
    for name, pairs in rows.items():
        mine, peer = (statistics.median(figures) for figures in zip(*pairs))
        ratio = statistics.median(mine / peer for mine, peer in pairs)
        print(f"| {name} | {mine:,.0f} | {peer:,.0f} | {ratio:.2f} |" if peer > 1 else f"| {name} | | | {ratio:.2f} |")
    print(f"| one `predict`, 30,000 words, whole process | | | {predict * 1000:.0f} ms |")
    print(f"| peak memory, training that network on the reviews with the vectors | | | {memory:.0f} MB |")


main()
