"""Measures recipes on domains that they did not learn from.

    python3 models/leave_one_out.py PROGRAM DATA NAME --data "ARGUMENTS" --train "ARGUMENTS" --results FILE.jsonl
    python3 models/leave_one_out.py --report FILE.jsonl

For each fold, `corpora.py` leaves the fold's domains out, PROGRAM trains on a sample of the others and classifies the domains left
out and the development sets. Two classes: balanced accuracy after renormalising the probabilities over `negative` and `positive`.
Three classes: macro recall of corpora whose neutral texts are not texts with three stars. Both are means over corpora, then over
domains. Uses only the standard library.
"""

import argparse
import csv
import gzip
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

FOLDS = (("products", "work"), ("places", "social"), ("apps", "culture", "statements"))
# Never trained on. Their mean over the folds is reported apart.
DEVELOPMENT = ("sst2-dev", "tweeteval-sentiment-validation")
FURTHER = ("airline-tweets", "hotel-titles-3class", "amazon-phone-titles-3class", "financial-phrasebank-allagree")
LABELS = ("negative", "neutral", "positive")


def rows(path):
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scores(predicted):
    """Returns balanced accuracy over two classes and macro recall over three (None without neutral texts)."""
    two, three = defaultdict(list), defaultdict(list)
    for label, negative, neutral, positive in predicted:
        if label != "neutral":
            two[label].append((positive > negative) == (label == "positive"))
        best = max(zip((negative, neutral, positive), LABELS))[1]
        three[label].append(best == label)

    def mean(recalls):
        return sum(sum(right) / len(right) for right in recalls.values()) / len(recalls)

    return {
        "two": mean(two) if len(two) == 2 else None,
        "three": mean(three) if len(three) == 3 and len(three["neutral"]) >= 20 else None,
        "neutral": sum(three["neutral"]) / len(three["neutral"]) if three["neutral"] else None,
    }


def measure(given):
    csv.field_size_limit(1 << 30)
    here = Path(__file__).parent
    result = {"name": given.name, "data": given.data_arguments, "train": given.train_arguments, "corpora": {}, "seconds": 0}
    further = defaultdict(list)
    for fold in FOLDS:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            build = [sys.executable, here / "corpora.py", given.data, folder]
            build += ["--leave-out", ",".join(fold), "--table", folder / "table"]
            subprocess.run(build + shlex.split(given.data_arguments), check=True, capture_output=True)
            test = [(row["text"], row["label"], row["corpus"], row["domain"]) for row in rows(folder / "test.csv")]
            for name in DEVELOPMENT + FURTHER:
                path = next(path for path in Path(given.data).glob(f"{name}.csv*"))
                test += [(row["text"], row["label"], name, "development") for row in rows(path)[: given.development_rows]]
            with open(folder / "test.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(("text", "label", "corpus", "domain"))
                writer.writerows(test)
            begin = time.monotonic()
            command = [given.program, "train", folder / "train.csv", "--validation", folder / "validation.csv"]
            command += ["--quiet", "--out", folder / "model", "--threads", given.threads]
            done = subprocess.run(command + shlex.split(given.train_arguments), capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{given.name}: {done.stderr}")
            result["seconds"] += time.monotonic() - begin
            command = [given.program, "predict", "--input", folder / "test.csv", "--output", folder / "scored.csv"]
            command += ["--columns", "label,corpus,domain", "--model", folder / "model", "--quiet", "--threads", given.threads]
            subprocess.run(command, check=True, capture_output=True)
            predicted = defaultdict(list)
            for row in rows(folder / "scored.csv"):
                chances = [float(row.get(f"probability_{label}") or 0) for label in LABELS]
                predicted[row["domain"], row["corpus"]].append((row["label"], *chances))
            for (domain, corpus), values in predicted.items():
                if domain == "development":
                    further[corpus].append(scores(values))
                else:
                    result["corpora"][corpus] = {"domain": domain, **scores(values)}
    for corpus, values in further.items():
        means = {}
        for key in values[0]:
            numbers = [value[key] for value in values if value[key] is not None]
            means[key] = sum(numbers) / len(numbers) if numbers else None
        result["corpora"][corpus] = {"domain": "development", **means}
    with open(given.results, "a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")
    return result


def report(results):
    domains = [domain for fold in FOLDS for domain in fold]
    header = ["Recipe", "two", "three", *domains, *DEVELOPMENT, "further two", "further three", "seconds"]
    lines = ["| " + " | ".join(header) + " |", "| --- " + "| ---: " * (len(header) - 1) + "|"]
    for result in results:

        def mean(key, chosen):
            numbers = [value[key] for name, value in result["corpora"].items() if chosen(name, value) and value[key] is not None]
            return sum(numbers) / len(numbers) if numbers else None

        def over_domains(key):
            def chosen(name, value, domain):
                return value["domain"] == domain and (key == "two" or not name.endswith("-3class"))

            numbers = [mean(key, lambda name, value, domain=domain: chosen(name, value, domain)) for domain in domains]
            numbers = [number for number in numbers if number is not None]
            return sum(numbers) / len(numbers) if numbers else None

        cells = [over_domains("two"), over_domains("three")]
        cells += [mean("two", lambda _, value, domain=domain: value["domain"] == domain) for domain in domains]
        cells += [mean("two", lambda name, _: name == DEVELOPMENT[0]), mean("three", lambda name, _: name == DEVELOPMENT[1])]
        cells += [mean(key, lambda name, _: name in FURTHER) for key in ("two", "three")]
        cells = ["" if cell is None else f"{100 * cell:.2f}" for cell in cells]
        lines.append("| " + " | ".join([result["name"], *cells, f"{result['seconds']:.0f}"]) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", nargs="?", help="path of the program `sentiment`")
    parser.add_argument("data", nargs="?", help="folder of the corpora")
    parser.add_argument("name", nargs="?", help="name of the recipe in the report")
    parser.add_argument("--data", dest="data_arguments", default="", help="arguments of corpora.py")
    parser.add_argument("--train", dest="train_arguments", default="", help="arguments of `sentiment train`")
    parser.add_argument("--threads", default="2", help="threads of the program")
    parser.add_argument("--results", default="leave-one-out.jsonl", help="file to append the result to")
    parser.add_argument("--development-rows", type=int, default=1000, help="most rows of a development set")
    parser.add_argument("--report", help="print the table of this file of results")
    given = parser.parse_args()
    if given.report:
        print(report([json.loads(line) for line in Path(given.report).read_text().splitlines()]))
    else:
        print(report([measure(given)]))


if __name__ == "__main__":
    main()
