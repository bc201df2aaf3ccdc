"""Trains one recipe after the other and prints what each makes of a validation split.

    python3 benches/ablations.py ROWS BINARY TRAIN VALIDATION VECTORS [--seeds 1,2,3] [--threads N]
                                 [--base "ARGUMENTS"] [--results FILE.jsonl] [--only NAME,NAME]

ROWS is a file of lines `name: arguments of sentiment train`. A result that is in the results file already is
not measured again, so that a run that was stopped goes on. Standard library only.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import tempfile
import time
from pathlib import Path


def rows(path):
    for line in Path(path).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, arguments = line.partition(":")
            yield name.strip(), arguments.split()


def measure(command, out):
    begin = time.monotonic()
    done = subprocess.run(command + ["--out", out, "--quiet"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{shlex.join(command)}\n{done.stderr}")
    best = json.loads((Path(out) / "metrics.json").read_text())["best"]
    return {
        "accuracy": best["validation_accuracy"],
        "loss": best["validation_loss"],
        "epoch": best["epoch"],
        "seconds": time.monotonic() - begin,
    }


def main():
    parser = argparse.ArgumentParser()
    for name in ("rows", "binary", "train", "validation", "vectors"):
        parser.add_argument(name)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--base", default="")
    parser.add_argument("--results", default="ablations.jsonl")
    parser.add_argument("--only", default="")
    given = parser.parse_args()

    results = Path(given.results)
    known = {}
    for line in results.read_text().splitlines() if results.exists() else ():
        result = json.loads(line)
        known[result["row"], result["seed"]] = result
    print("| recipe | accuracy | loss | seconds | arguments |\n| --- | --- | --- | --- | --- |")
    for row, arguments in rows(given.rows):
        if given.only and row not in given.only.split(","):
            continue
        for seed in given.seeds.split(","):
            if (row, seed) in known:
                continue
            base = [given.binary, "train", given.train, "--validation", given.validation]
            base += ["--embeddings", given.vectors, "--seed", seed, "--threads", given.threads]
            with tempfile.TemporaryDirectory() as out:
                result = measure(base + shlex.split(given.base) + arguments, out)
            result |= {"row": row, "seed": seed, "arguments": arguments}
            known[row, seed] = result
            with results.open("a") as file:
                file.write(json.dumps(result) + "\n")
        of_row = [known[row, seed] for seed in given.seeds.split(",")]
        accuracies = [100 * result["accuracy"] for result in of_row]
        spread = statistics.stdev(accuracies) if len(accuracies) > 1 else float("nan")
        loss = statistics.mean(result["loss"] for result in of_row)
        seconds = statistics.median(result["seconds"] for result in of_row)
        print(
            f"| {row} | {statistics.mean(accuracies):.2f} ± {spread:.2f} | {loss:.4f} | {seconds:.0f} "
            f"| `{' '.join(arguments)}` |",
            flush=True,
        )


main()
