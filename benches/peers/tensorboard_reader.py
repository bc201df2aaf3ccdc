"""Checks with TensorBoard's own reader that the event files of a run agree with its history.jsonl.

    python3 -m venv peers && peers/bin/pip install tensorboard
    target/release/sentiment train --tensorboard curves --out model
    peers/bin/python benches/peers/tensorboard_reader.py curves model

Prints the points and steps of each curve, then each epoch's validation metrics beside those of history.jsonl. Fails if a value
differs by more than 32-bit rounding, or if an epoch has no value.
"""

import argparse
import json
import math
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

FIGURES = {"validation/accuracy": "validation_accuracy", "validation/loss": "validation_loss"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("curves", help="the folder given to --tensorboard")
    parser.add_argument("model", type=Path, help="the folder given to --out")
    args = parser.parse_args()

    # 0 loads every point instead of a sample.
    curves = EventAccumulator(args.curves, size_guidance={"scalars": 0})
    curves.Reload()
    for tag in curves.Tags()["scalars"]:
        points = curves.Scalars(tag)
        first, last = points[0], points[-1]
        print(f"{tag:<24} {len(points):>5} points, step {first.step} ({first.value:.4g}) to {last.step} ({last.value:.4g})")

    epochs = [json.loads(line) for line in (args.model / "history.jsonl").read_text().splitlines()]
    for tag, name in FIGURES.items():
        points = curves.Scalars(tag)
        assert len(points) == len(epochs), f"{tag}: {len(points)} points for {len(epochs)} epochs"
        for point, epoch in zip(points, epochs):
            print(f"{tag:<20} epoch {epoch['epoch']:>2}, step {point.step:>6}: {point.value:.6f}, history {epoch[name]:.6f}")
            assert math.isclose(point.value, epoch[name], rel_tol=1e-6), f"{tag}: {point.value} is not {epoch[name]}"
    print(f"all values of {len(epochs)} epochs agree")


main()
