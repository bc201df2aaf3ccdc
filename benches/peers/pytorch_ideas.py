"""Validation accuracy of ideas that are not in the program, tried on its network in PyTorch.

    python3 -m venv peers && peers/bin/pip install torch scikit-learn
    peers/bin/python benches/peers/pytorch_ideas.py sst/train.csv sst/validation.csv glove.6B.100d.txt.gz \
        --unlabelled imdb-unlabelled.csv.gz [--only "NAME;NAME"] [--seeds 1,2,3]

The network is that of the preset `sentences` without pre-training: a vocabulary of the training words and the first 50,000
words of the vector file, a bidirectional LSTM with hidden size 128, attention, dropout 0.5, and Adam with a linear schedule.
Each row shows the network alone, and the network combined with n-grams of up to three tokens (logistic regression on log-count
ratios). The stacking weights are fitted on the validation set, as in the program. The best of six epochs is selected by the
combined model. Texts are split at spaces, because SST-2 is already tokenized.
"""

import argparse
import copy
import csv
import functools
import gzip
import io
import math
import re
import statistics
import sys
import time
import zlib
from collections import Counter

import numpy
import torch
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

BATCH, EPOCHS, RATE, HIDDEN, WORD_DROPOUT = 32, 6, 1e-3, 128, 0.1
VECTOR_WORDS = 50_000
UNLABELLED_SENTENCES = 10_000
BIGRAM_ROWS, PIECE_ROWS = 1 << 15, 1 << 16


def opened(path):
    raw = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    return io.TextIOWrapper(raw, encoding="utf-8", newline="")


def corpus(path):
    rows = list(csv.DictReader(opened(path)))
    return [row["text"].lower().split() for row in rows], [int(row["label"] == "positive") for row in rows]


def sentences(path, count, seed=1):
    """Returns sentences of 5 to 40 words from unlabelled texts."""
    csv.field_size_limit(1 << 30)
    found = []
    for row in csv.DictReader(opened(path)):
        text = re.sub(r"<[^>]*>", " ", row["text"].lower())
        for sentence in re.split(r"(?<=[.!?])\s+", text):
            words = re.findall(r"n't|'\w+|\w+(?=n't)|\w+|[^\w\s]", sentence)
            if 5 <= len(words) <= 40:
                found.append(words)
        if len(found) > 20 * count:
            break
    torch.manual_seed(seed)
    return [found[i] for i in torch.randperm(len(found))[:count]]


class Words:
    """The vocabulary, its word vectors, and which words the vector file contains."""

    def __init__(self, texts, others, path):
        counts = Counter(word for text in texts for word in text)
        vectors, first = {}, []
        for line in opened(path):
            word, *numbers = line.rstrip().split(" ")
            if len(first) < VECTOR_WORDS:
                first.append(word)
            vectors[word] = numpy.array(numbers, dtype=numpy.float32)
        # Words of the file that occur in no text would only cost time.
        read = {word for text in others for word in text}
        self.ids = {"<unk>": 0}
        for word in [word for word, _ in counts.most_common(30_000)] + [word for word in first if word in read]:
            self.ids.setdefault(word, len(self.ids))
        deviation = numpy.std(numpy.stack([vectors[word] for word in first]))
        self.vectors, self.in_file = vectors, numpy.zeros(len(self.ids), bool)
        table = numpy.random.RandomState(1).uniform(-1, 1, (len(self.ids), 100)) * deviation * math.sqrt(3)
        for word, place in self.ids.items():
            if word in vectors:
                table[place], self.in_file[place] = vectors[word], True
        self.table = torch.tensor(table, dtype=torch.float32)

    def encode(self, text):
        return torch.tensor([self.ids.get(word, 0) for word in text])


def pieces(word):
    """Returns the rows of a word's character n-grams of length 3 to 5."""
    marked = f"<{word}>"
    grams = {marked[i : i + n] for n in (3, 4, 5) for i in range(len(marked) - n + 1)}
    return [zlib.crc32(gram.encode()) % PIECE_ROWS for gram in grams] or [0]


def subword_vectors(words):
    """Fits character n-gram vectors whose sum approximates the vectors in the file (Zhao et al., 2018)."""
    torch.manual_seed(1)
    known = list(words.vectors)[:100_000]
    target = torch.tensor(numpy.stack([words.vectors[word] for word in known]))
    bag = nn.EmbeddingBag(PIECE_ROWS, 100, mode="sum")
    nn.init.zeros_(bag.weight)
    rows = [torch.tensor(pieces(word)) for word in known]
    optimizer = torch.optim.Adam(bag.parameters(), 0.01)
    for _ in range(5):
        for chosen in torch.randperm(len(known)).split(1000):
            of_batch = [rows[i] for i in chosen.tolist()]
            starts = torch.tensor([0] + [len(row) for row in of_batch[:-1]]).cumsum(0)
            loss = functional.mse_loss(bag(torch.cat(of_batch), starts), target[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return bag


class Network(nn.Module):
    def __init__(self, table, bigrams, poolings):
        super().__init__()
        self.poolings = poolings
        self.embedding = nn.Embedding.from_pretrained(table.clone(), freeze=False)
        self.bigrams = nn.Embedding(BIGRAM_ROWS, 100) if bigrams else None
        if bigrams:
            nn.init.zeros_(self.bigrams.weight)
        self.lstm = nn.LSTM(100, HIDDEN, batch_first=True, bidirectional=True)
        for name, weight in self.lstm.named_parameters():
            if "weight_hh" in name:
                for gate in weight.data.chunk(4):
                    nn.init.orthogonal_(gate)
            elif "weight_ih" in name:
                nn.init.xavier_uniform_(weight.data)
            else:
                weight.data.zero_()
                if "bias_ih" in name:
                    weight.data[HIDDEN : 2 * HIDDEN] = 1
        self.attention = nn.Linear(2 * HIDDEN, 2 * HIDDEN)
        self.context = nn.Parameter(torch.empty(2 * HIDDEN).uniform_(-0.15, 0.15))
        self.linear = nn.Linear(2 * HIDDEN * len(poolings), 2)

    def embed(self, ids):
        vectors = self.embedding(ids)
        if self.bigrams is not None:
            before = functional.pad(ids, (1, 0))[:, :-1]
            vectors = vectors + self.bigrams((before * 1_000_003 + ids * 10_007) % BIGRAM_ROWS)
        return vectors

    def forward(self, vectors, lengths, drop=0.5, locked=0.0):
        if self.training and locked:
            kept = torch.rand(vectors.shape[0], 1, vectors.shape[2]) >= locked
            vectors = vectors * kept / (1 - locked)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        alive = torch.arange(hidden.shape[1]) < lengths[:, None]
        scores = torch.tanh(self.attention(hidden)) @ self.context
        weights = scores.masked_fill(~alive, float("-inf")).softmax(1)
        pools = {
            "attention": lambda: (hidden * weights[:, :, None]).sum(1),
            "max": lambda: hidden.masked_fill(~alive[:, :, None], float("-inf")).max(1).values,
            "mean": lambda: (hidden * alive[:, :, None]).sum(1) / lengths[:, None],
        }
        pooled = torch.cat([pools[name]() for name in self.poolings], 1)
        return self.linear(functional.dropout(pooled, drop, self.training))


def virtual_adversarial(network, vectors, lengths, share):
    """Virtual adversarial loss: the divergence of the prediction when the vectors move by a share of their norm in the
    worst direction (Miyato et al., 2018, algorithm 1, with one step of power iteration)."""
    with torch.no_grad():
        target = network(vectors, lengths, drop=0).softmax(1)

    def divergence(moved):
        return functional.kl_div(network(moved, lengths, drop=0).log_softmax(1), target, reduction="batchmean")

    alive = (torch.arange(vectors.shape[1]) < lengths[:, None])[:, :, None]
    norm = (vectors.detach() * alive).flatten(1).norm(dim=1)[:, None, None]

    def scaled(direction, size):
        direction = direction * alive
        return direction / (direction.flatten(1).norm(dim=1)[:, None, None] + 1e-12) * norm * size

    probe = scaled(torch.randn_like(vectors), 1e-2).requires_grad_()
    (gradient,) = torch.autograd.grad(divergence(vectors.detach() + probe), probe)
    return divergence(vectors + scaled(gradient, share))


def batches(texts, generator):
    order = torch.randperm(len(texts), generator=generator).tolist()
    pools = [sorted(order[i : i + 50 * BATCH], key=lambda text: len(texts[text])) for i in range(0, len(order), 50 * BATCH)]
    of_pools = [pool[i : i + BATCH] for pool in pools for i in range(0, len(pool), BATCH)]
    return [of_pools[i] for i in torch.randperm(len(of_pools), generator=generator).tolist()]


def packed(texts):
    return pad_sequence(texts, batch_first=True), torch.tensor([len(text) for text in texts])


@torch.no_grad()
def logits(network, texts):
    network.eval()
    found = [network(network.embed(ids), lengths) for ids, lengths in map(packed, chunks(texts, 256))]
    network.train()
    return torch.cat(found).numpy()


def chunks(items, size):
    return [items[i : i + size] for i in range(0, len(items), size)]


def train(
    setup,
    seed,
    table=None,
    targets=None,
    bigrams=False,
    poolings=("attention",),
    frozen_epochs=0,
    locked=0.0,
    adversarial=0.0,
    unlabelled=(),
):
    """Trains a network. Returns the validation logits of the best epoch, and the network of that epoch."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    texts, targets = setup.train, setup.one_hot if targets is None else targets
    network = Network(setup.words.table if table is None else table, bigrams, poolings)
    optimizer = torch.optim.Adam(network.parameters(), RATE)
    total = EPOCHS * math.ceil(len(texts) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.05 * total), (total - step) / (0.95 * total))
    )
    best = None
    for epoch in range(EPOCHS):
        network.embedding.weight.requires_grad_(epoch >= frozen_epochs)
        others = iter(batches(unlabelled, generator)) if unlabelled else None
        for chosen in batches(texts, generator):
            ids, lengths = packed([texts[i] for i in chosen])
            dropped = torch.where(torch.rand(ids.shape, generator=generator) < WORD_DROPOUT, 0, ids)
            found = network(network.embed(dropped), lengths, locked=locked)
            loss = functional.cross_entropy(found, targets[chosen])
            if adversarial:
                loss = loss + virtual_adversarial(network, network.embed(ids), lengths, adversarial)
                if others and (more := next(others, None)):
                    more, their_lengths = packed([unlabelled[i] for i in more])
                    loss = loss + virtual_adversarial(network, network.embed(more), their_lengths, adversarial)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        found = logits(network, setup.validation)
        accuracy, loss = judged(beside(found, [setup.ngrams], setup.validation_labels), setup.validation_labels)
        if best is None or (accuracy, -loss) > best[0]:
            best = (accuracy, -loss), found, copy.deepcopy(network)
    return best[1], best[2]


def judged(found, labels):
    accuracy = float((found.argmax(1) == labels).mean())
    loss = functional.cross_entropy(torch.tensor(found), torch.tensor(labels)).item()
    return accuracy, loss


def ngram_logits(train, labels, validation):
    """Returns the log-odds of the validation texts: logistic regression on log-count ratios (Wang and Manning, 2012)."""

    def grams(text):
        return {tuple(text[i : i + n]) for n in (1, 2, 3) for i in range(len(text) - n + 1)}

    counts = Counter(gram for text in train for gram in grams(text))
    places = {gram: place for place, (gram, count) in enumerate((g, c) for g, c in counts.items() if c >= 2)}

    def matrix(texts):
        rows = [[places[gram] for gram in grams(text) if gram in places] for text in texts]
        ends = numpy.cumsum([0] + [len(row) for row in rows])
        columns = numpy.concatenate([numpy.array(row, dtype=int) for row in rows])
        return csr_matrix((numpy.ones(len(columns)), columns, ends), (len(texts), len(places)))

    features = matrix(train)
    positive, negative = (1 + features[labels == label].sum(0).A1 for label in (1, 0))
    ratios = numpy.log(positive / positive.sum()) - numpy.log(negative / negative.sum())
    features = features.multiply(ratios).tocsr()
    strength = 20 / features.multiply(features).sum(1).mean()
    model = LogisticRegression(C=strength, fit_intercept=False, max_iter=1000).fit(features, labels)
    return model.decision_function(matrix(validation).multiply(ratios).tocsr())


def character_logits(train, labels, validation):
    """Returns the log-odds of the validation texts: logistic regression on tf-idf of character n-grams of length 2 to 6."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(2, 6), sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform([" ".join(text) for text in train])
    model = LogisticRegression(max_iter=1000).fit(features, labels)
    return model.decision_function(vectorizer.transform([" ".join(text) for text in validation]))


def beside(network, others, labels):
    """Combines the logits of a network and of other models, with stacking weights fitted on the validation set."""
    parts = numpy.stack([network[:, 1] - network[:, 0], *others], 1)
    model = LogisticRegression(C=1e3, fit_intercept=False).fit(parts, labels)
    odds = model.decision_function(parts).astype(numpy.float32)
    return numpy.stack([-odds / 2, odds / 2], 1)


class Setup:
    def __init__(self, given):
        self.train_texts, labels = corpus(given.train)
        self.validation_texts, validation_labels = corpus(given.validation)
        self.train_labels, self.validation_labels = numpy.array(labels), numpy.array(validation_labels)
        unlabelled = sentences(given.unlabelled, UNLABELLED_SENTENCES)
        self.words = Words(self.train_texts, self.validation_texts + unlabelled, given.vectors)
        self.unlabelled = [self.words.encode(text) for text in unlabelled]
        self.train = [self.words.encode(text) for text in self.train_texts]
        self.validation = [self.words.encode(text) for text in self.validation_texts]
        self.one_hot = functional.one_hot(torch.tensor(labels), 2).float()
        self.ngrams = ngram_logits(self.train_texts, self.train_labels, self.validation_texts)

    @functools.cached_property
    def characters(self):
        return character_logits(self.train_texts, self.train_labels, self.validation_texts)

    @functools.cached_property
    def subwords(self):
        return subword_vectors(self.words)

    @functools.cache
    def five(self, seed):
        """Returns the logits of five networks on the validation texts and on the training texts."""
        trained = [train(self, 100 * seed + i) for i in range(5)]
        return [(found, logits(network, self.train)) for found, network in trained]


def mean(of_networks):
    return torch.stack([torch.tensor(one).softmax(1) for one in of_networks]).mean(0)


@functools.cache
def as_they_are(setup, seed):
    return train(setup, seed)[0]


def with_unseen_words(setup, seed):
    """Composes vectors from character n-grams for out-of-vocabulary words of the validation texts, and for words of the
    training texts that the vector file lacks."""
    bag = setup.subwords
    changed = copy.copy(setup)
    changed.words = copy.copy(setup.words)
    changed.words.ids = dict(setup.words.ids)
    known = setup.words.table.clone()
    table = [known]
    with torch.no_grad():
        for word, place in setup.words.ids.items():
            if place and not setup.words.in_file[place]:
                known[place] = bag(torch.tensor([pieces(word)]))[0]
        for word in sorted({word for text in setup.validation_texts for word in text} - set(setup.words.ids)):
            changed.words.ids[word] = len(changed.words.ids)
            table.append(bag(torch.tensor([pieces(word)])))
    changed.validation = [changed.words.encode(text) for text in setup.validation_texts]
    return train(changed, seed, table=torch.cat(table))[0]


def mean_of_five(setup, seed):
    return mean([found for found, _ in setup.five(seed)]).log().numpy()


def taught_by_five(setup, seed):
    """Distillation: the targets are the mean of the labels and of the predictions of five networks with other seeds."""
    said = mean([said for _, said in setup.five(seed)])
    return train(setup, seed, targets=(said + setup.one_hot) / 2)[0]


BESIDE_CHARACTERS = "character n-grams"

IDEAS = {
    "baseline": as_they_are,
    BESIDE_CHARACTERS: as_they_are,
    "attention, max and mean": lambda setup, seed: train(
        setup, seed, poolings=("attention", "max", "mean")
    )[0],
    "hashed bigrams": lambda setup, seed: train(setup, seed, bigrams=True)[0],
    "character vectors for unknown words": with_unseen_words,
    "frozen for two epochs": lambda setup, seed: train(setup, seed, frozen_epochs=2)[0],
    "frozen for four epochs": lambda setup, seed: train(setup, seed, frozen_epochs=4)[0],
    "variational dropout 0.3": lambda setup, seed: train(setup, seed, locked=0.3)[0],
    "virtual adversarial 0.02": lambda setup, seed: train(setup, seed, adversarial=0.02)[0],
    "virtual adversarial 0.1": lambda setup, seed: train(setup, seed, adversarial=0.1)[0],
    "virtual adversarial 0.02, unlabelled": lambda setup, seed: train(
        setup, seed, adversarial=0.02, unlabelled=setup.unlabelled
    )[0],
    "ensemble of five": mean_of_five,
    "distilled from five": taught_by_five,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", help="training set")
    parser.add_argument("validation", help="validation set")
    parser.add_argument("vectors", help="GloVe text file, plain or .gz")
    parser.add_argument("--unlabelled", required=True, help="CSV file of unlabelled texts")
    parser.add_argument("--seeds", default="1,2,3", help="random seeds, separated by commas")
    parser.add_argument("--only", default="", help="names of the ideas to run, separated by semicolons")
    parser.add_argument("--threads", type=int, default=1, help="threads for PyTorch")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    setup = Setup(given)
    unknown = sum(int((text == 0).sum()) for text in setup.validation) / sum(map(len, setup.validation))
    alone = numpy.stack([-setup.ngrams / 2, setup.ngrams / 2], 1).astype(numpy.float32)
    accuracy, loss = judged(alone, setup.validation_labels)
    print(f"out-of-vocabulary tokens {100 * unknown:.2f}%; n-grams alone {100 * accuracy:.2f}%, loss {loss:.4f}", file=sys.stderr)
    print("| idea | network alone, % | loss | with n-grams, % | loss | seconds |\n| --- | --- | --- | --- | --- | --- |")
    for name, idea in IDEAS.items():
        if given.only and name not in given.only.split(";"):
            continue
        rows, seconds = [], []
        for seed in map(int, given.seeds.split(",")):
            begin = time.monotonic()
            found = idea(setup, seed)
            seconds.append(time.monotonic() - begin)
            others = [setup.ngrams, setup.characters] if name == BESIDE_CHARACTERS else [setup.ngrams]
            joined = beside(found, others, setup.validation_labels)
            rows.append([*judged(found, setup.validation_labels), *judged(joined, setup.validation_labels)])
        (alone, loss, both, both_loss) = zip(*rows)

        def shares(values):
            values = [100 * value for value in values]
            return f"{statistics.mean(values):.2f} ± {statistics.stdev(values) if len(values) > 1 else 0:.2f}"

        print(
            f"| {name} | {shares(alone)} | {statistics.mean(loss):.4f} | {shares(both)} | {statistics.mean(both_loss):.4f} "
            f"| {statistics.median(seconds):.0f} |",
            flush=True,
        )


main()
