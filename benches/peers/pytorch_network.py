"""Writes tests/fixtures/pytorch_network.json: small PyTorch networks with their logits and gradients.

    python3 -m venv peers && peers/bin/pip install torch
    peers/bin/python benches/peers/pytorch_network.py > tests/fixtures/pytorch_network.json

A case contains an architecture, its weights under PyTorch's names, texts as token ids, the logits of each text, and the gradient
of the mean cross-entropy with respect to every weight. For the first text it also contains the integrated gradients of the
second label's probability (baseline: the unknown token's vectors; Gauss-Legendre quadrature), and the attention weights if the
network has attention.
"""

import json

import numpy
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

WORDS, EMBEDDING, HIDDEN, LABELS = 9, 4, 3, 3
TEXTS = [[1, 5, 5, 2], [7], [3, 8, 0, 1, 4, 6, 2], [2, 2]]
TARGETS = [0, 2, 1, 1]
STEPS = 16


class SRU(nn.Module):
    """Lei et al. (2018), equations 3 to 7, one step after the other."""

    def __init__(self, inputs, hidden, layers, bidirectional):
        super().__init__()
        self.hidden, self.layers, self.suffixes = hidden, layers, ["", "_reverse"][: 1 + bidirectional]
        features = hidden * len(self.suffixes)
        for layer in range(layers):
            size = features if layer else inputs
            rows = (3 if size == features else 4) * hidden
            for suffix in self.suffixes:
                for name, shape in [("weight", (rows, size)), ("weight_c", (2 * hidden,)), ("bias", (2 * hidden,))]:
                    self.register_parameter(f"{name}_l{layer}{suffix}", nn.Parameter(torch.randn(shape) / 2))

    def forward(self, x, lengths):
        alive = (torch.arange(x.shape[1]) < lengths[:, None])[:, :, None]
        for layer in range(self.layers):
            directions = []
            for direction, suffix in enumerate(self.suffixes):
                weight, weight_c, bias = (self.get_parameter(f"{n}_l{layer}{suffix}") for n in ["weight", "weight_c", "bias"])
                (v_f, v_r), (b_f, b_r) = weight_c.chunk(2), bias.chunk(2)
                w, w_f, w_r, *w_x = (x @ weight.T).split(self.hidden, dim=2)
                skip = w_x[0] if w_x else x[:, :, direction * self.hidden :][:, :, : self.hidden]
                cell, hidden = torch.zeros(x.shape[0], self.hidden), [None] * x.shape[1]
                for t in reversed(range(x.shape[1])) if direction else range(x.shape[1]):
                    f = torch.sigmoid(w_f[:, t] + v_f * cell + b_f)
                    r = torch.sigmoid(w_r[:, t] + v_r * cell + b_r)
                    cell = torch.where(alive[:, t], f * cell + (1 - f) * w[:, t], cell)
                    hidden[t] = r * cell + (1 - r) * 3**0.5 * skip[:, t]
                directions.append(torch.stack(hidden, dim=1))
            x = torch.cat(directions, dim=2)
        return x


class Network(nn.Module):
    def __init__(self, kind, layers, bidirectional, pooling):
        super().__init__()
        self.kind, self.pooling = kind, pooling
        features = HIDDEN * (2 if bidirectional else 1)
        self.embedding = nn.Embedding(WORDS, EMBEDDING)
        if kind == "sru":
            encoder = SRU(EMBEDDING, HIDDEN, layers, bidirectional)
        else:
            recurrent = {"lstm": nn.LSTM, "gru": nn.GRU}[kind]
            encoder = recurrent(EMBEDDING, HIDDEN, layers, batch_first=True, bidirectional=bidirectional)
        self.add_module(kind, encoder)
        self.linear = nn.Linear(features, LABELS)
        if pooling == "attention":
            self.attention = nn.Linear(features, features)
            self.attention.register_parameter("context", nn.Parameter(torch.randn(features)))

    def forward(self, texts):
        lengths = torch.tensor([len(text) for text in texts])
        padded = pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
        return self.logits(self.embedding(padded), lengths)

    def logits(self, vectors, lengths):
        encoder = self.get_submodule(self.kind)
        if self.kind == "sru":
            hidden = encoder(vectors, lengths)
        else:
            packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
            hidden, _ = pad_packed_sequence(encoder(packed)[0], batch_first=True)
        alive = (torch.arange(hidden.shape[1]) < lengths[:, None])[:, :, None]
        if self.pooling == "last":
            at_end = hidden[torch.arange(len(lengths)), lengths - 1]
            pooled = torch.cat([at_end[:, :HIDDEN], hidden[:, 0, HIDDEN:]], dim=1)
        elif self.pooling == "mean":
            pooled = (hidden * alive).sum(1) / lengths[:, None]
        elif self.pooling == "max":
            pooled = hidden.masked_fill(~alive, float("-inf")).max(1).values
        else:
            scores = torch.tanh(self.attention(hidden)) @ self.attention.context
            weights = scores.masked_fill(~alive[:, :, 0], float("-inf")).softmax(1)
            self.attended = weights
            pooled = (hidden * weights[:, :, None]).sum(1)
        return self.linear(pooled)


def integrated_gradients(network, text):
    """Returns each token's contribution to the second label's probability."""
    unknown = network.embedding(torch.zeros(1, len(text), dtype=torch.long)).detach()
    differences = network.embedding(torch.tensor([text])).detach() - unknown
    sums = torch.zeros_like(differences)
    for point, weight in zip(*numpy.polynomial.legendre.leggauss(STEPS)):
        at = (unknown + differences * (point + 1) / 2).requires_grad_()
        network.logits(at, torch.tensor([len(text)])).softmax(1)[0, 1].backward()
        sums += at.grad * weight / 2
    return (sums * differences).sum(2)[0].tolist()


def tensors(named):
    return {name: {"shape": list(t.shape), "values": t.detach().flatten().tolist()} for name, t in named}


def case(kind, layers, bidirectional, pooling):
    torch.manual_seed(7)
    network = Network(kind, layers, bidirectional, pooling)
    logits = network(TEXTS)
    nn.functional.cross_entropy(logits, torch.tensor(TARGETS)).backward()
    gradients = tensors((name, p.grad.clone()) for name, p in network.named_parameters())
    attributions = integrated_gradients(network, TEXTS[0])
    network([TEXTS[0]])
    return {
        "architecture": {
            "embedding_size": EMBEDDING,
            "encoder": {"kind": kind, "hidden_size": HIDDEN, "layers": layers, "bidirectional": bidirectional},
            "pooling": pooling,
        },
        "weights": tensors(network.named_parameters()),
        "texts": TEXTS,
        "targets": TARGETS,
        "logits": logits.tolist(),
        "gradients": gradients,
        "steps": STEPS,
        "attributions": attributions,
        "attention": network.attended[0].tolist() if pooling == "attention" else None,
    }


SIZES = [
    (1, False, "last"),
    (1, True, "max"),
    (2, True, "last"),
    (2, False, "mean"),
    (1, True, "attention"),
]
cases = [case(kind, *sizes) for kind in ["lstm", "gru", "sru"] for sizes in SIZES]
print(json.dumps({"torch": torch.__version__, "cases": cases}))
