"""Trains the convolutional network of Kim (2014) with PyTorch and prints its accuracy, for docs/accuracy.md.

    python3 -m venv peers && peers/bin/pip install torch numpy
    peers/bin/python benches/peers/kim_cnn.py phrases.csv sst/validation.csv sst2-dev.csv --vectors glove.6B.100d.txt.gz --seed 1

Texts are lower-cased and split at spaces. The validation set selects the epoch. The defaults are Kim's settings: widths 3, 4 and 5
with 100 filters each, dropout 0.5, mini-batches of 50, Adadelta, and rows of the linear layer of norm 3 at most.
"""

import argparse
import csv
import gzip

import torch
from torch import nn
from torch.nn import functional

LABELS = ("negative", "positive")
WIDTHS, FILTERS = (3, 4, 5), 100


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
        return [(row["text"].lower().split(), LABELS.index(row["label"])) for row in csv.DictReader(file)]


def vectors(path, words):
    """Returns the ids of the words and their vectors. Words without a vector have small random ones."""
    found = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            word, *numbers = line.split(" ")
            if word in words:
                found[word] = torch.tensor([float(number) for number in numbers])
    size = len(next(iter(found.values())))
    deviation = torch.stack(list(found.values())).std().item()
    ids = {word: index for index, word in enumerate(sorted(words), start=1)}
    rows = [found.get(word, (torch.rand(size) * 2 - 1) * 3**0.5 * deviation) for word in ids]
    return ids, torch.stack([torch.zeros(size), *rows])


class Network(nn.Module):
    def __init__(self, weights):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(weights, freeze=False, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(weights.shape[1], FILTERS, w, padding=w - 1) for w in WIDTHS)
        self.linear = nn.Linear(FILTERS * len(WIDTHS), len(LABELS))

    def forward(self, ids):
        words = self.embedding(ids).transpose(1, 2)
        pooled = torch.cat([functional.relu(c(words)).amax(2) for c in self.convolutions], dim=1)
        return self.linear(functional.dropout(pooled, 0.5, self.training))


def batches(texts, order, size):
    for chunk in order.split(size):
        rows = [torch.tensor(texts[index][0]) for index in chunk.tolist()]
        yield nn.utils.rnn.pad_sequence(rows, batch_first=True), torch.tensor([texts[index][1] for index in chunk.tolist()])


def accuracy(network, texts):
    network.eval()
    with torch.no_grad():
        right = sum((network(ids).argmax(1) == labels).sum().item() for ids, labels in batches(texts, torch.arange(len(texts)), 200))
    return right / len(texts)


def epoch(network, optimizer, texts, size, max_norm):
    network.train()
    # Texts of similar length share a mini-batch; the mini-batches are in random order.
    order = torch.randperm(len(texts)).split(50 * size)
    groups = [chunk for part in order for chunk in torch.tensor(sorted(part.tolist(), key=lambda i: len(texts[i][0]))).split(size)]
    for index in torch.randperm(len(groups)).tolist():
        ids, labels = next(batches(texts, groups[index], size))
        optimizer.zero_grad()
        functional.cross_entropy(network(ids), labels).backward()
        optimizer.step()
        if max_norm > 0:
            with torch.no_grad():
                network.linear.weight.renorm_(2, 0, max_norm)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("train", "validation", "test"):
        parser.add_argument(name)
    parser.add_argument("--vectors", required=True)
    parser.add_argument("--optimizer", choices=("adadelta", "adam"), default="adadelta")
    parser.add_argument("--max-norm", type=float, default=3.0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--patience", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    sets = [read(path) for path in (arguments.train, arguments.validation, arguments.test)]
    ids, weights = vectors(arguments.vectors, {word for texts in sets for words, _ in texts for word in words})
    train, validation, test = ([([ids[word] for word in words], label) for words, label in texts] for texts in sets)
    network = Network(weights)
    rates = {"adadelta": lambda p: torch.optim.Adadelta(p, rho=0.95, eps=1e-6), "adam": lambda p: torch.optim.Adam(p, lr=1e-3)}
    optimizer = rates[arguments.optimizer](network.parameters())
    best = (0.0, 0, 0.0)
    for number in range(1, arguments.epochs + 1):
        epoch(network, optimizer, train, 50, arguments.max_norm)
        scores = accuracy(network, validation), accuracy(network, test)
        print(f"epoch {number}: validation {scores[0]:.4f}, test {scores[1]:.4f}", flush=True)
        best = max(best, (scores[0], -number, scores[1]))
        if number + best[1] >= arguments.patience:
            break
    print(f"seed {arguments.seed}: best epoch {-best[1]}, validation {best[0]:.4f}, test {best[2]:.4f}")


main()
