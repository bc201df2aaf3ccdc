"""Speed comparison with PyTorch and Keras on one machine in one run. Prints a table of medians over --runs.

    python3 -m venv peers && peers/bin/pip install torch keras tensorflow-cpu
    cargo build --release
    peers/bin/python benches/peers/speed.py REVIEWS.csv.gz --vectors GLOVE.txt.gz
    peers/bin/python benches/peers/speed.py REVIEWS.csv.gz --encoder gru

All systems train the same network on the same token ids: an embedding table of 30,000 words by 100, a unidirectional LSTM with
hidden size 128, last-state pooling and a linear layer. The optimizer is Adam. Texts have at most 256 tokens and are batched by
length. All use two threads. For `sentiment`, the words are written to a file as `w1`, `w2`, … in order of frequency.

Throughput is the number of tokens without padding, divided by the time of an epoch's steps, including embedding and optimizer.
Each peer runs in its fastest configuration here. PyTorch uses padded batches, because packed sequences took three times as
long. Keras is compiled, with TensorFlow and without masking, because masking is slower. PyTorch is also measured with
SparseAdam for the embedding, which updates only the rows of the batch, as `sentiment` does.

With `--encoder`, `sentiment` and PyTorch have another encoder, and only training in mini-batches of 32 and inference are measured:
`gru`, a GRU of the same size; `cnn`, convolutions with 100 filters of each of the widths 3, 4 and 5 and max pooling, in which PyTorch
does not mask the padding; `mean`, the mean word vector.
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
FILTERS, WIDTHS = 100, (3, 4, 5)
RECURRENT = ["--hidden-size", str(HIDDEN), "--bidirectional=false", "--pooling", "last"]
ENCODERS = {
    "lstm": RECURRENT,
    "gru": RECURRENT,
    "cnn": ["--filters", str(FILTERS), "--widths", ",".join(map(str, WIDTHS)), "--pooling", "max"],
    "mean": ["--pooling", "mean"],
}
SHAPE = ["--embeddings", "none", "--embedding-size", str(SIZE)]
SHAPE += ["--max-length", str(LENGTH), "--stopwords", "none", "--dropout", "0", "--word-dropout", "0"]
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
    """Trains one epoch and returns tokens per second."""
    subprocess.run([BINARY, "train", corpus, "--out", folder, *SHAPE, *options], check=True, stdout=subprocess.DEVNULL)
    return json.loads(Path(folder, "history.jsonl").read_text().splitlines()[0])["tokens_per_second"]


def ours_scoring(folder, corpus):
    command = ["cargo", "bench", "--quiet", "--bench", "whole_step", "--", "--score", folder, corpus]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def pytorch_encoder(name):
    """Returns a module, the function from padded vectors `[time, texts, size]` and lengths to features, and their number."""
    import torch
    from torch import nn

    if name == "cnn":
        # For "same" padding and an even width, PyTorch would copy the vectors.
        convolutions = nn.ModuleList(nn.Conv1d(SIZE, FILTERS, width, padding=width // 2) for width in WIDTHS)

        def features(vectors, _):
            vectors = vectors.permute(1, 2, 0)
            return torch.cat([torch.relu(convolution(vectors)).amax(2) for convolution in convolutions], 1)

        return convolutions, features, FILTERS * len(WIDTHS)
    if name == "mean":
        # The vector of the padding is zero.
        return nn.Identity(), lambda vectors, lengths: vectors.sum(0) / lengths[:, None], SIZE
    recurrent = {"lstm": nn.LSTM, "gru": nn.GRU}[name](SIZE, HIDDEN)
    return recurrent, lambda vectors, lengths: recurrent(vectors)[0][lengths - 1, torch.arange(len(lengths))], HIDDEN


def pytorch(batches, encoder, sparse=False, score=False):
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    module, features, size = pytorch_encoder(encoder)
    embedding, linear = nn.Embedding(WORDS, SIZE, sparse=sparse, padding_idx=0), nn.Linear(size, 2)
    dense = [*module.parameters(), *linear.parameters()]
    optimizers = [torch.optim.SparseAdam(embedding.parameters()), torch.optim.Adam(dense)]
    if not sparse:
        optimizers = [torch.optim.Adam([*embedding.parameters(), *dense])]
    tensors = [([torch.tensor(text) for text, _ in batch], torch.tensor([label for _, label in batch])) for batch in batches]

    def logits(texts):
        lengths = torch.tensor([len(text) for text in texts])
        return linear(features(embedding(nn.utils.rnn.pad_sequence(texts)), lengths))

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
            # Padding precedes the text, so that the last state belongs to the text.
            longest = max(len(text) for text, _ in batch)
            ids = np.array([[0] * (longest - len(text)) + text for text, _ in batch], np.int32)
            yield ids, np.array([label for _, label in batch], np.int32)

    kinds = (tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32))
    data = tf.data.Dataset.from_generator(padded, output_signature=kinds).prefetch(2)
    network.fit(data.take(2), verbose=0)  # Compilation is not measured.
    begin = time.perf_counter()
    network.fit(data, verbose=0)
    return sum(len(text) for batch in batches for text, _ in batch) / (time.perf_counter() - begin)


def vocabulary_ratio(texts, labels, folder):
    """Returns the step time with a vocabulary of 400,000, relative to 10,000. All texts but one are equal."""
    texts = [[id for id in text if id < 9_000] or [1] for text in texts]
    speeds = []
    for words in (10_000, 400_000):
        more = list(range(9_000, words))
        corpus = f"{folder}/{words}.csv"
        write(corpus, [*texts, more], [*labels, 0])
        sizes = ["--max-vocabulary", str(words), "--min-count", "1", *RECURRENT]
        speeds.append(ours(corpus, f"{folder}/vocabulary", *sizes))
    return speeds[0] / speeds[1]


def seconds(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def peak_memory(arguments, folder):
    """Returns the peak memory in MB. A small helper process measures it, because a child's figure starts at its parent's."""
    command = [BINARY, "train", arguments.corpus, "--embeddings", arguments.vectors, "--epochs", "1", "--out", folder, "--quiet"]
    ask = "import os, resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    ask += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    asked = subprocess.run([sys.executable, "-c", ask, *command], check=True, capture_output=True, text=True)
    return float(asked.stdout) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", help="CSV file with columns `text` and `label`, plain or .gz")
    parser.add_argument("--vectors", help="word vector file; measures peak memory too")
    parser.add_argument("--encoder", choices=ENCODERS, default="lstm", help="encoder of all systems")
    parser.add_argument("--texts", type=int, default=4000, help="texts to use")
    parser.add_argument("--runs", type=int, default=5, help="runs per measurement")
    arguments = parser.parse_args()
    encoder, is_lstm = arguments.encoder, arguments.encoder == "lstm"
    texts, labels = read(arguments.corpus, arguments.texts)
    rows = collections.defaultdict(list)

    with tempfile.TemporaryDirectory() as folder:
        corpus, model = f"{folder}/tokens.csv", f"{folder}/model"
        write(corpus, texts, labels)
        sizes = ["--max-vocabulary", str(WORDS), "--min-count", "1", "--encoder", encoder, *ENCODERS[encoder]]
        for _ in range(arguments.runs):
            for size in (32, 128) if is_lstm else (32,):
                batches = batches_by_length(texts, labels, size)
                mine = ours(corpus, model, *sizes, "--batch-size", str(size))
                rows[f"Training, mini-batch size {size}, PyTorch with Adam"].append((mine, pytorch(batches, encoder)))
                rows[f"Training, mini-batch size {size}, PyTorch with SparseAdam"].append((mine, pytorch(batches, encoder, sparse=True)))
                if size == 32 and is_lstm:
                    rows["Training, mini-batch size 32, Keras"].append((mine, keras(batches)))
            scoring = max(pytorch(batches_by_length(texts, labels, size), encoder, score=True) for size in (32, 128))
            rows["Inference, PyTorch in inference mode"].append((ours_scoring(model, corpus), scoring))
            if is_lstm:
                rows["Step time, vocabulary of 400,000 relative to 10,000"].append((vocabulary_ratio(texts, labels, folder), 1))
        predict = [BINARY, "predict", "--model", model, "w1 w2 w3 w5 w8 w13"]
        predict = statistics.median(seconds(predict) for _ in range(20))
        memory = peak_memory(arguments, f"{folder}/imdb") if arguments.vectors else float("nan")

    print("| Measure | sentiment, tokens/s | Peer, tokens/s | Ratio |\n| --- | --- | --- | --- |")
    for name, pairs in rows.items():
        mine, peer = (statistics.median(figures) for figures in zip(*pairs))
        ratio = statistics.median(mine / peer for mine, peer in pairs)
        print(f"| {name} | {mine:,.0f} | {peer:,.0f} | {ratio:.2f} |" if peer > 1 else f"| {name} | | | {ratio:.2f} |")
    print(f"| Wall time of one `predict` process, vocabulary of 30,000 | | | {predict * 1000:.0f} ms |")
    print(f"| Peak memory, training on the reviews with GloVe vectors | | | {memory:.0f} MB |")


main()
