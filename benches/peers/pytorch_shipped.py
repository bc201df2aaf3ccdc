"""The network of the built-in model, without its n-grams, in PyTorch with random weights. Used where only the time of a peer is
measured.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

WORDS = 46_099


class Network(torch.nn.Module):
    """Embedding dimension 100, bidirectional LSTM with hidden size 128, attention pooling."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(WORDS, 100)
        self.lstm = torch.nn.LSTM(100, 128, batch_first=True, bidirectional=True)
        self.attention = torch.nn.Linear(256, 256)
        self.context = torch.nn.Parameter(torch.randn(256) / 16)
        self.linear = torch.nn.Linear(256, 2)

    def forward(self, texts):
        """Returns the probabilities, `[texts, 2]`, of texts given as lists of token ids."""
        lengths = torch.tensor([len(text) for text in texts])
        padded = pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
        packed = pack_padded_sequence(self.embedding(padded), lengths, batch_first=True, enforce_sorted=False)
        hidden, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        padding = torch.arange(hidden.shape[1]) >= lengths[:, None]
        scores = torch.tanh(self.attention(hidden)) @ self.context
        weights = scores.masked_fill(padding, float("-inf")).softmax(1)
        return self.linear((hidden * weights[:, :, None]).sum(1)).softmax(1)
