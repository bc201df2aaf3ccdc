"""The server that people write by hand: FastAPI before a PyTorch LSTM, for serving_load.py.

    python3 -m venv peers && peers/bin/pip install torch fastapi "uvicorn[standard]"
    peers/bin/uvicorn --app-dir benches/peers --workers 2 --port 8601 --log-level warning fastapi_server:app

As large as the model in the program, without its n-grams: 46,099 words of 100 numbers, 128 hidden units in two directions,
attention. The weights are random: only the time is measured. It takes and gives what `sentiment serve` does.
"""

import re
import zlib

import torch
from fastapi import FastAPI
from pydantic import BaseModel

torch.set_num_threads(1)
WORDS, MAX_LENGTH = 46_099, 600
TOKEN = re.compile(r"\w+|[^\w\s]")


class Network(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(WORDS, 100)
        self.lstm = torch.nn.LSTM(100, 128, batch_first=True, bidirectional=True)
        self.attention = torch.nn.Linear(256, 256)
        self.context = torch.nn.Parameter(torch.randn(256) / 16)
        self.linear = torch.nn.Linear(256, 2)

    def forward(self, texts):
        lengths = torch.tensor([len(text) for text in texts])
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            self.embedding(padded), lengths, batch_first=True, enforce_sorted=False
        )
        hidden, _ = torch.nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        padding = torch.arange(hidden.shape[1]) >= lengths[:, None]
        scores = torch.tanh(self.attention(hidden)) @ self.context
        weights = scores.masked_fill(padding, float("-inf")).softmax(1)
        return self.linear((hidden * weights[:, :, None]).sum(1)).softmax(1)


class Body(BaseModel):
    instances: list[str]


network = Network().eval()
vocabulary = {str(number): number for number in range(WORDS)}
app = FastAPI()


def encode(text):
    tokens = TOKEN.findall(text.lower())[-MAX_LENGTH:]
    return [vocabulary.get(token, zlib.crc32(token.encode()) % WORDS) for token in tokens] or [0]


@app.post("/v1/models/general:predict")
def predict(body: Body):
    with torch.inference_mode():
        rows = network([encode(text) for text in body.instances]).tolist()
    names = ["negative", "positive"]
    return {
        "predictions": [
            {"label": names[row[1] > row[0]], "score": max(row), "probabilities": dict(zip(names, row))}
            for row in rows
        ]
    }
