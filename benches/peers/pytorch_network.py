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


class Network(nn.Module):
    def __init__(self, layers, bidirectional, pooling):
        super().__init__()
        self.pooling = pooling
        features = HIDDEN * (2 if bidirectional else 1)
        self.embedding = nn.Embedding(WORDS, EMBEDDING)
        self.lstm = nn.LSTM(EMBEDDING, HIDDEN, layers, batch_first=True, bidirectional=bidirectional)
        self.linear = nn.Linear(features, LABELS)
        if pooling == "attention":
            self.attention = nn.Linear(features, features)
            self.attention.register_parameter("context", nn.Parameter(torch.randn(features)))

    def forward(self, texts):
        lengths = torch.tensor([len(text) for text in texts])
        padded = pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
        return self.logits(self.embedding(padded), lengths)

    def logits(self, vectors, lengths):
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        output, (last, _) = self.lstm(packed)
        hidden, _ = pad_packed_sequence(output, batch_first=True)
        alive = (torch.arange(hidden.shape[1]) < lengths[:, None])[:, :, None]
        if self.pooling == "last":
            directions = 2 if self.lstm.bidirectional else 1
            pooled = torch.cat(list(last[-directions:]), dim=1)
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


def case(layers, bidirectional, pooling):
    torch.manual_seed(7)
    network = Network(layers, bidirectional, pooling)
    logits = network(TEXTS)
    nn.functional.cross_entropy(logits, torch.tensor(TARGETS)).backward()
    gradients = tensors((name, p.grad.clone()) for name, p in network.named_parameters())
    attributions = integrated_gradients(network, TEXTS[0])
    network([TEXTS[0]])
    return {
        "architecture": {
            "embedding_size": EMBEDDING,
            "hidden_size": HIDDEN,
            "layers": layers,
            "bidirectional": bidirectional,
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


cases = [
    case(1, False, "last"),
    case(1, True, "max"),
    case(2, True, "last"),
    case(2, False, "mean"),
    case(1, True, "attention"),
]
print(json.dumps({"torch": torch.__version__, "cases": cases}))
