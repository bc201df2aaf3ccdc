"""A text classifier in PyTorch, with the weights beside this file.

    from model import Model
    model = Model.load(".")
    model([[12, 7, 5], [8]])     # probabilities of texts given as lists of token ids: [texts, labels]

vocabulary.txt has a token a line, whose id is the line number from 0. tokenizations.jsonl has texts with their tokens, ids and
probabilities, to compare a tokenizer with.
"""

import json
import pathlib

import safetensors.torch
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self, settings, weights):
        super().__init__()
        self.settings, self.labels = settings, settings["labels"]
        self.architecture = settings["architecture"]
        encoder = self.architecture["encoder"]
        self.embedding = nn.Embedding(*weights["embedding.weight"].shape)
        if encoder["kind"] in ("lstm", "gru"):
            sizes = self.architecture["embedding_size"], encoder["hidden_size"], encoder["layers"]
            layers = {"lstm": nn.LSTM, "gru": nn.GRU}[encoder["kind"]]
            layers = layers(*sizes, batch_first=True, bidirectional=encoder["bidirectional"])
            self.add_module(encoder["kind"], layers)
        elif encoder["kind"] == "sru":
            from sru import SRU

            sizes = self.architecture["embedding_size"], encoder["hidden_size"], encoder["layers"]
            self.sru = SRU(*sizes, encoder["bidirectional"])
        elif encoder["kind"] == "cnn":
            size, filters = self.architecture["embedding_size"], encoder["filters"]
            convolutions = {str(width): nn.Conv1d(size, filters, width, padding="same") for width in encoder["widths"]}
            self.cnn = nn.ModuleDict(convolutions)
        self.linear = nn.Linear(*reversed(weights["linear.weight"].shape))
        if "attention.weight" in weights:
            self.attention = nn.Linear(*weights["attention.weight"].shape)
            self.attention.register_parameter("context", nn.Parameter(weights["attention.context"]))
        self.ngrams = Ngrams(weights, len(self.labels))
        self.load_state_dict(weights)

    @classmethod
    def load(cls, folder):
        folder = pathlib.Path(folder)
        settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        return cls(settings, safetensors.torch.load_file(folder / "model.safetensors")).eval()

    def forward(self, texts):
        logits = self.logits(texts) / self.settings["temperature"]
        return logits.sigmoid() if self.settings["several_labels"] else logits.softmax(1)

    def logits(self, texts):
        """Returns the logits before the temperature, `[texts, labels]`."""
        device = self.linear.weight.device
        lengths = torch.tensor([len(text) for text in texts], device=device)
        rows = [torch.tensor(text or [0], device=device) for text in texts]
        vectors = self.embedding(nn.utils.rnn.pad_sequence(rows, batch_first=True))
        is_token = (torch.arange(vectors.shape[1], device=device) < lengths[:, None])[:, :, None]
        features = self.pool(self.encode(vectors, is_token, lengths), is_token, lengths) * (lengths > 0)[:, None]
        if self.architecture.get("word_mean"):
            features = torch.cat([features, mean(vectors, is_token)], 1)
        return self.linear(features) + torch.stack([self.ngrams(text) for text in texts])

    def encode(self, vectors, is_token, lengths):
        """Returns the state of each token, `[texts, time, features]`."""
        kind = self.architecture["encoder"]["kind"]
        if kind == "mean":
            return vectors
        if kind == "cnn":
            words = (vectors * is_token).transpose(1, 2)
            return torch.cat([convolution(words) for convolution in self.cnn.values()], 1).relu().transpose(1, 2)
        if kind == "sru":
            return self.sru(vectors, is_token)
        packed = nn.utils.rnn.pack_padded_sequence(vectors, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False)
        return nn.utils.rnn.pad_packed_sequence(getattr(self, kind)(packed)[0], batch_first=True)[0]

    def pool(self, hidden, is_token, lengths):
        pooling = self.architecture["pooling"]
        if pooling == "mean":
            return mean(hidden, is_token)
        if pooling == "max":
            return hidden.masked_fill(~is_token, -3e38).amax(1)
        if pooling == "last":
            ends = hidden[torch.arange(len(hidden)), lengths.clamp(min=1) - 1]
            if not self.architecture["encoder"].get("bidirectional"):
                return ends
            return torch.cat([ends.chunk(2, 1)[0], hidden[:, 0].chunk(2, 1)[1]], 1)
        scores = torch.tanh(self.attention(hidden)) @ self.attention.context
        weights = scores.masked_fill(~is_token[:, :, 0], -3e38).softmax(1)
        return (hidden * weights[:, :, None]).sum(1)


class Ngrams(nn.Module):
    """A linear model of the n-grams in a text, each of which counts once."""

    def __init__(self, weights, labels):
        super().__init__()
        self.labels, self.rows = labels, {}
        for name in ("ids", "weight", "idf"):
            if f"ngrams.{name}" in weights:
                self.register_buffer(name, torch.zeros_like(weights[f"ngrams.{name}"]))
        if "ngrams.ids" in weights:
            keys = weights["ngrams.ids"].int().tolist()
            self.rows = {tuple(id for id in key if id >= 0): row for row, key in enumerate(keys)}

    def forward(self, text):
        """Returns the logits of a text, `[labels]`."""
        spans = (tuple(text[start : start + length]) for start in range(len(text)) for length in (1, 2, 3))
        rows = sorted({self.rows[span] for span in spans if span in self.rows})
        if not rows:
            return self.weight.new_zeros(self.labels) if self.rows else torch.zeros(self.labels)
        logits = self.weight[rows].sum(0)
        return logits / self.idf[rows].norm() if hasattr(self, "idf") else logits


def mean(values, is_token):
    return (values * is_token).sum(1) / is_token.sum(1).clamp(min=1)
