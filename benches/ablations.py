"""Ablation study: trains several configurations and prints their validation accuracy and loss.

    python3 benches/ablations.py ROWS BINARY TRAIN VALIDATION VECTORS [--seeds 1,2,3] [--threads N]
                                 [--base "ARGUMENTS"] [--results FILE.jsonl] [--only NAME,NAME]

ROWS is a file with one configuration per line: `name: arguments of sentiment train`. Results already in the results file are
not measured again, so an interrupted study continues where it stopped. Uses only the standard library.
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", help="file of configurations, one per line")
    parser.add_argument("binary", help="path of the program `sentiment`")
    parser.add_argument("train", help="training set")
    parser.add_argument("validation", help="validation set")
    parser.add_argument("vectors", help="word vector file")
    parser.add_argument("--seeds", default="1,2,3", help="random seeds, separated by commas")
    parser.add_argument("--threads", default="2", help="threads per run")
    parser.add_argument("--base", default="", help="arguments of `sentiment train` for every configuration")
    parser.add_argument("--results", default="ablations.jsonl", help="file of finished results")
    parser.add_argument("--only", default="", help="names of the configurations to run, separated by commas")
    given = parser.parse_args()

    results = Path(given.results)
    known = {}
    for line in results.read_text().splitlines() if results.exists() else ():
        result = json.loads(line)
        known[result["row"], result["seed"]] = result
    print("| configuration | accuracy, % | loss | seconds | arguments |\n| --- | --- | --- | --- | --- |")
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
