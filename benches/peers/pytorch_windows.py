"""Writes tests/fixtures/pytorch_windows.json: small PyTorch networks without recurrence, with their logits and gradients.

    python3 -m venv peers && peers/bin/pip install torch
    peers/bin/python benches/peers/pytorch_windows.py > tests/fixtures/pytorch_windows.json

The encoder is one `nn.Conv1d` with `padding="same"` for each width, or the word vectors themselves. A case has the form of those of
pytorch_network.py: an architecture, its weights under PyTorch's names, texts as token ids, the logits of each text, and the gradient
of the mean cross-entropy with respect to every weight. Texts are padded with zero vectors, and the states of the padding are left
out by the pooling.
"""

import json

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

WORDS, EMBEDDING, LABELS = 9, 4, 3
TEXTS = [[1, 5, 5, 2], [7], [3, 8, 0, 1, 4, 6, 2], [2, 2], [6, 0, 4], [5, 3, 1, 8, 2, 4, 4, 0, 7, 6]]
TARGETS = [0, 2, 1, 1, 0, 2]


class Network(nn.Module):
    def __init__(self, widths, filters, pooling):
        super().__init__()
        self.pooling = pooling
        features = filters * len(widths) if widths else EMBEDDING
        self.embedding = nn.Embedding(WORDS, EMBEDDING)
        convolutions = {str(width): nn.Conv1d(EMBEDDING, filters, width, padding="same") for width in widths}
        self.cnn = nn.ModuleDict(convolutions)
        self.linear = nn.Linear(features, LABELS)
        if pooling == "attention":
            self.attention = nn.Linear(features, features)
            self.attention.register_parameter("context", nn.Parameter(torch.randn(features)))

    def forward(self, texts):
        lengths = torch.tensor([len(text) for text in texts])
        padded = pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
        alive = (torch.arange(padded.shape[1]) < lengths[:, None])[:, :, None]
        states = self.embedding(padded) * alive
        if self.cnn:
            convolved = [torch.relu(convolution(states.transpose(1, 2))) for convolution in self.cnn.values()]
            states = torch.cat(convolved, dim=1).transpose(1, 2)
        if self.pooling == "last":
            pooled = states[torch.arange(len(texts)), lengths - 1]
        elif self.pooling == "mean":
            pooled = (states * alive).sum(1) / lengths[:, None]
        elif self.pooling == "max":
            pooled = states.masked_fill(~alive, float("-inf")).max(1).values
        else:
            scores = torch.tanh(self.attention(states)) @ self.attention.context
            weights = scores.masked_fill(~alive[:, :, 0], float("-inf")).softmax(1)
            pooled = (states * weights[:, :, None]).sum(1)
        return self.linear(pooled)


def tensors(named):
    return {name: {"shape": list(t.shape), "values": t.detach().flatten().tolist()} for name, t in named}


def case(encoder, pooling):
    torch.manual_seed(7)
    network = Network(encoder.get("widths", []), encoder.get("filters"), pooling)
    logits = network(TEXTS)
    nn.functional.cross_entropy(logits, torch.tensor(TARGETS)).backward()
    return {
        "architecture": {"embedding_size": EMBEDDING, "encoder": encoder, "pooling": pooling},
        "weights": tensors(network.named_parameters()),
        "texts": TEXTS,
        "targets": TARGETS,
        "logits": logits.tolist(),
        "gradients": tensors((name, p.grad) for name, p in network.named_parameters()),
    }


def cnn(filters, *widths):
    return {"kind": "cnn", "filters": filters, "widths": widths}


mean = {"kind": "mean"}
cases = [
    case(cnn(3, 3, 4, 5), "max"),
    case(cnn(2, 1, 2), "last"),
    case(cnn(3, 2, 5), "mean"),
    case(cnn(2, 3), "attention"),
    case(mean, "mean"),
    case(mean, "max"),
    case(mean, "attention"),
]
print(json.dumps({"torch": torch.__version__, "cases": cases}))
