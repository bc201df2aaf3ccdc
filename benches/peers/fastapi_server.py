"""Baseline server for serving_load.py: FastAPI with a PyTorch LSTM.

    python3 -m venv peers && peers/bin/pip install torch fastapi "uvicorn[standard]"
    peers/bin/uvicorn --app-dir benches/peers --workers 2 --port 8601 --log-level warning fastapi_server:app

The network has the size of the built-in model without its n-grams (pytorch_shipped.py). Requests and responses are those of
`sentiment serve`.
"""

import re
import zlib

import torch
from fastapi import FastAPI
from pydantic import BaseModel
from pytorch_shipped import WORDS, Network

torch.set_num_threads(1)
MAX_LENGTH = 600
TOKEN = re.compile(r"\w+|[^\w\s]")


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
