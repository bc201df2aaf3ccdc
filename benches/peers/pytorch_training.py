"""Training speed beside PyTorch's: the same tokens, the same network, two threads, one run after the other.

    python3 -m venv peers && peers/bin/pip install torch
    cargo build --release
    peers/bin/python benches/peers/pytorch_training.py REVIEWS.csv.gz --batch 32

Both train an embedding of 30,000 words by 100, an LSTM of 128 in one direction, its last state, and a linear
layer, with Adam (for the embedding SparseAdam in PyTorch and lazy rows in ours), for an epoch of texts of at most 256 tokens that are batched by length. The words of the
reviews become `w1`, `w2`, … by frequency in a file that both read, so that they see the same tokens. PyTorch
runs on packed sequences and on padded ones, and the faster counts. Prints tokens a second (padding is no
token), the median of --runs and the ratio.
"""

import argparse
import collections
import csv
import gzip
import json
import random
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence, pad_sequence

WORDS, SIZE, HIDDEN, LENGTH, THREADS = 30_000, 100, 128, 256, 2


def encode(path, count):
    csv.field_size_limit(1 << 24)
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:count]
    texts = [re.findall("[a-z]+", row["text"].lower()) for row in rows]
    frequent = collections.Counter(word for text in texts for word in text).most_common(WORDS - 1)
    ids = {word: number for number, (word, _) in enumerate(frequent, start=1)}
    return [[ids[word] for word in text if word in ids][:LENGTH] or [1] for text in texts], [row["label"] for row in rows]


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, SIZE, sparse=True)
        self.lstm = nn.LSTM(SIZE, HIDDEN)
        self.linear = nn.Linear(HIDDEN, 2)

    def forward(self, texts, is_packed):
        if is_packed:
            packed = pack_sequence(texts)
            embedded = torch.nn.utils.rnn.PackedSequence(self.embedding(packed.data), packed.batch_sizes)
            return self.linear(self.lstm(embedded)[1][0][0])
        hidden, _ = self.lstm(self.embedding(pad_sequence(texts)))
        last = torch.tensor([len(text) - 1 for text in texts])
        return self.linear(hidden[last, torch.arange(len(texts))])


def pytorch(texts, labels, batch_size, is_packed):
    torch.set_num_threads(THREADS)
    network = Network()
    dense = torch.optim.Adam([*network.lstm.parameters(), *network.linear.parameters()])
    sparse = torch.optim.SparseAdam(network.embedding.parameters())
    names = sorted(set(labels))
    data = [(torch.tensor(text), names.index(label)) for text, label in zip(texts, labels)]
    data.sort(key=lambda item: -len(item[0]))
    batches = [data[i : i + batch_size] for i in range(0, len(data), batch_size)]
    random.Random(1).shuffle(batches)
    begin = time.perf_counter()
    for batch in batches:
        loss = nn.functional.cross_entropy(network([text for text, _ in batch], is_packed), torch.tensor([label for _, label in batch]))
        dense.zero_grad(set_to_none=True)
        sparse.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_([*network.lstm.parameters(), *network.linear.parameters()], 1.0)
        dense.step()
        sparse.step()
    return sum(map(len, texts)) / (time.perf_counter() - begin)


def ours(corpus, batch_size, folder):
    subprocess.run(
        ["target/release/sentiment", "train", corpus, "--out", folder, "--quiet", "--epochs", "1"]
        + ["--threads", str(THREADS), "--stopwords", "none", "--max-length", str(LENGTH), "--max-vocabulary", str(WORDS)]
        + ["--embedding-size", str(SIZE), "--hidden-size", str(HIDDEN), "--bidirectional=false", "--pooling", "last"]
        + ["--batch-size", str(batch_size), "--dropout", "0", "--word-dropout", "0", "--validation-split", "0.01"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return json.loads(Path(folder, "history.jsonl").read_text().splitlines()[0])["tokens_per_second"]


parser = argparse.ArgumentParser()
parser.add_argument("corpus")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--texts", type=int, default=6000)
parser.add_argument("--runs", type=int, default=5)
arguments = parser.parse_args()

texts, labels = encode(arguments.corpus, arguments.texts)
with tempfile.TemporaryDirectory() as folder:
    corpus = Path(folder, "tokens.csv")
    with corpus.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows((" ".join(f"w{id}" for id in text), label) for text, label in zip(texts, labels))
    pairs = [
        (
            ours(str(corpus), arguments.batch, folder + "/model"),
            max(pytorch(texts, labels, arguments.batch, is_packed) for is_packed in (True, False)),
        )
        for _ in range(arguments.runs)
    ]
mine, peer = (statistics.median(figures) for figures in zip(*pairs))
ratio = statistics.median(ours / theirs for ours, theirs in pairs)
print(f"batch {arguments.batch}: sentiment {mine:.0f}, PyTorch {torch.__version__} {peer:.0f} tokens/s, ratio {ratio:.2f}")
