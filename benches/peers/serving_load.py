"""Throughput and latency of `sentiment serve` and of FastAPI with a PyTorch LSTM, on loopback.

    python3 -m venv peers && peers/bin/pip install torch fastapi "uvicorn[standard]" requests
    peers/bin/python benches/peers/serving_load.py REVIEWS.csv --sentiment target/release/sentiment

Needs `wrk` from the system's packages. `wrk` runs as a separate process with one thread and sends one text per request: whole
reviews, and first sentences of reviews with at most 200 characters. It uses 1, 16 and 256 connections. Both servers and `wrk`
share the machine's cores.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

PATH = "/v1/models/general:predict"
SCRIPT = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local at = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
  at = at %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end
"""
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 60e3}


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]


def load(port, script, connections, seconds):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s", script]
    out = subprocess.run([*command, f"http://127.0.0.1:{port}{PATH}"], capture_output=True, text=True, check=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "requests": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
        "p50": milliseconds(re.search(r"\n\s+50%\s+(\S+)", out)[1]),
        "p99": milliseconds(re.search(r"\n\s+99%\s+(\S+)", out)[1]),
        "refused": int(refused[1]) if refused else 0,
    }


def wait(port):
    for _ in range(600):
        try:
            if requests.post(f"http://127.0.0.1:{port}{PATH}", json={"instances": ["good"]}, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"no server responds on port {port}")


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("reviews", help="CSV file with a column `text`")
parser.add_argument("--sentiment", default="target/release/sentiment", help="path of the program")
parser.add_argument("--seconds", type=int, default=10, help="seconds per row")
arguments = parser.parse_args()

with open(arguments.reviews) as file:
    reviews = [row["text"] for row in csv.DictReader(file)][:2000]
first = [re.split(r"(?<=[.!?])\s", review)[0] for review in reviews]
kinds = {"sentences": [text for text in first if len(text) <= 200], "reviews": reviews}

servers = {
    "sentiment": (8600, [arguments.sentiment, "serve", "--port", "8600"]),
    "FastAPI": (
        8601,
        [str(Path(sys.executable).parent / "uvicorn"), "--app-dir", str(Path(__file__).parent), "--workers", "2"]
        + ["--port", "8601", "--log-level", "warning", "fastapi_server:app"],
    ),
}
print("| texts | connections | server | requests/s | p50 ms | p99 ms | refused |")
print("| --- | --- | --- | --- | --- | --- | --- |")
with tempfile.TemporaryDirectory() as folder:
    for kind, texts in kinds.items():
        bodies = Path(folder) / f"{kind}.jsonl"
        bodies.write_text("".join(json.dumps({"instances": [text]}) + "\n" for text in texts))
        script = Path(folder) / f"{kind}.lua"
        script.write_text(SCRIPT % bodies)
        for name, (port, command) in servers.items():
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait(port)
                load(port, script, 4, 2)
                for connections in (1, 16, 256):
                    figures = load(port, script, connections, arguments.seconds)
                    print(
                        f"| {kind} | {connections} | {name} | {figures['requests']:.0f} | {figures['p50']:.2f} "
                        f"| {figures['p99']:.2f} | {figures['refused']} |",
                        flush=True,
                    )
            finally:
                server.terminate()
                server.wait()
