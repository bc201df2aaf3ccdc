"""Measures which texts a model refuses for their language: other languages' sentences should be, English texts should not.

    python3 benches/other_languages.py DATA [--sentiment PROGRAM] [--model DIR]

DATA is the folder of the corpora, CSV files with the column text. Prints a Markdown table: of up to 1,000 sentences in each of eleven
languages, and of English tweets, reviews and titles, the part that `sentiment predict` answers with "looks like". A sentence has at
least three words, and four letters in a script without spaces. Uses only the standard library.
"""

import argparse
import csv
import gzip
import random
import re
import subprocess
import tempfile
from pathlib import Path

SENTENCES = 1_000
ENGLISH_TEXTS = 20_000
CORPORA = {
    "French": ["french-allocine-3class", "xlmt-french-validation"],
    "German": ["potts-german", "germeval2017-dev"],
    "Spanish": ["spanish-cuba-hotels-3class", "spanish-emoeval-7class"],
    "Italian": ["xlmt-italian-validation"],
    "Portuguese": ["xlmt-portuguese-validation"],
    "Arabic": ["xlmt-arabic-validation"],
    "Hindi, mostly in Latin letters": ["xlmt-hindi-validation"],
    "Japanese": ["japanese-reviews-validation"],
    "Korean": ["korean-nsmc-validation"],
    "Thai": ["thai-wisesight"],
    "Chinese": ["chnsenticorp-train"],
}
ENGLISH = {
    "English tweets": ["tweeteval-sentiment-train"],
    "English reviews": ["yelp-dc-3class", "blitzer-kitchen", "blitzer-dvd", "imdb-train"],
    "English titles and sentences": ["sst2-train", "hotel-titles-3class", "amazon-phone-titles-3class"],
}


def texts(data, names):
    """Returns the texts of corpora, shuffled."""
    found = []
    for name in names:
        path = data / f"{name}.csv"
        path = path if path.is_file() else data / f"{name}.csv.gz"
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as file:
            found += [" ".join(row["text"].split()) for row in csv.DictReader(file)]
    random.Random(1).shuffle(found)
    return found


def has_words(text):
    words = [word for word in text.split() if word[0] not in "@#" and not word.startswith("http") and re.search(r"[^\W\d_]", word)]
    letters = len(re.findall(r"[\u0e00-\u0eff\u3040-\u9fff]", text))
    return len(words) >= 3 or letters >= 4


def sentences(data, names):
    split = (sentence for text in texts(data, names) for sentence in re.split(r"(?<=[.!?。！？])\s+", text))
    return [sentence for sentence in split if has_words(sentence)][:SENTENCES]


def refused(arguments, found):
    """Returns the part of the texts that the program refuses for their language."""
    with tempfile.TemporaryDirectory() as folder:
        source, answers = Path(folder, "texts.csv"), Path(folder, "answers.csv")
        with open(source, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["text"], *([text] for text in found)])
        command = [arguments.sentiment, "predict", "--input", source, "--output", answers, "--quiet"]
        subprocess.run([*command, "--model", arguments.model or "general"], check=True)
        with open(answers, encoding="utf-8", newline="") as file:
            return sum(row["reason"].startswith("looks like") for row in csv.DictReader(file)) / len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sentiment", default="target/release/sentiment")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    print("| texts | number | refused |\n| --- | ---: | ---: |")
    for name, corpora in CORPORA.items():
        found = sentences(arguments.data, corpora)
        print(f"| {name} | {len(found):,} | {refused(arguments, found):.1%} |", flush=True)
    for name, corpora in ENGLISH.items():
        found = texts(arguments.data, corpora)[:ENGLISH_TEXTS]
        print(f"| {name} | {len(found):,} | {refused(arguments, found):.2%} |", flush=True)


if __name__ == "__main__":
    main()
