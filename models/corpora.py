"""Builds the training and validation sets of the built-in model from labelled English corpora.

    python3 models/corpora.py DATA OUT [--written data] [--table FILE]
    python3 models/corpora.py DATA OUT --leave-out products,work --share 0.1

DATA is the folder of the corpora, CSV files with the columns text and label. The script writes OUT/train.csv and
OUT/validation.csv and prints a Markdown table of what each corpus contributes. With --leave-out, the named domains are left out of
both and OUT/test.csv contains a sample of them (with the columns corpus and domain). The same arguments give the same bytes.
Uses only the standard library.
"""

import argparse
import collections
import csv
import gzip
import random
import re
import sys
import zlib
from pathlib import Path

NEGATIVE, NEUTRAL, POSITIVE = "negative", "neutral", "positive"
LABELS = (NEGATIVE, NEUTRAL, POSITIVE)
SEED = 42

GOEMOTIONS = {NEUTRAL: NEUTRAL}
for emotion in ("admiration approval gratitude amusement love joy optimism excitement caring pride relief").split():
    GOEMOTIONS[emotion] = POSITIVE
for emotion in ("anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness").split():
    GOEMOTIONS[emotion] = NEGATIVE

# domain, file, properties: `tokenised` texts are put together again, `stars` marks neutral rows that come from three stars,
# `phrases` marks sentences with their phrases, `names` has placeholders of names, of `neutral-only` the neutral rows are used.
CORPORA = (
    ("products", "alexa-3class", "stars"),
    ("products", "amazon-sdcard-3class", "stars"),
    ("products", "earphones-3class", "stars"),
    ("products", "flipkart-3class", "stars"),
    ("products", "clothing-3class", "stars"),
    ("products", "blitzer-electronics", ""),
    ("products", "blitzer-kitchen", ""),
    ("products", "fdumtl-apparel-train", "tokenised"),
    ("products", "fdumtl-health-train", "tokenised"),
    ("products", "fdumtl-sports-train", "tokenised"),
    ("products", "fdumtl-toys-train", "tokenised"),
    ("places", "booking-europe", ""),
    ("places", "yelp-dc-3class", "stars"),
    ("places", "yelp-reviews-3class", "stars"),
    ("places", "zomato-3class", "stars"),
    ("apps", "app-chatgpt-3class", "stars"),
    ("apps", "app-yelp-3class", "stars"),
    ("work", "glassdoor-pros-cons", ""),
    ("work", "druglib-3class", "stars"),
    ("social", "tweeteval-sentiment-train", ""),
    ("social", "brand-tweets", ""),
    ("social", "apple-tweets", ""),
    ("social", "sts-gold", ""),
    ("social", "goemotions-28class-train", "names"),
    ("culture", "imdb-train", ""),
    ("culture", "sst3-phrases-train", "tokenised phrases"),
    ("culture", "blitzer-books", ""),
    ("culture", "blitzer-dvd", ""),
    ("culture", "amazon-books-polarity", ""),
    ("culture", "kindle-books-3class", "stars"),
    ("culture", "fdumtl-music-train", "tokenised"),
    ("culture", "fdumtl-video-train", "tokenised"),
    ("statements", "newsmtsc-train", ""),
    ("statements", "mpqa-phrases", ""),
    ("statements", "xed-english-emotions", "tokenised neutral-only"),
)
DOMAINS = tuple(dict.fromkeys(domain for domain, _, _ in CORPORA))
# Texts of these files are in neither set: they are development or test sets.
DEVELOPMENT = (
    "sst2-dev", "tweeteval-sentiment-validation", "goemotions-28class-validation", "fdumtl-apparel-test", "fdumtl-health-test",
    "fdumtl-sports-test", "fdumtl-toys-test", "fdumtl-music-test", "fdumtl-video-test",
)  # fmt: skip
# GoEmotions writes [NAME] for the name of a person. The names of persons are one token (same_words.txt).
NAME = "Mary"


def read(folder, name):
    path = next((path for path in (folder / f"{name}.csv.gz", folder / f"{name}.csv") if path.exists()), None)
    if path is None:
        raise SystemExit(f"no {name}.csv.gz or {name}.csv in {folder}")
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def random_numbers(*key):
    """Returns a random generator that depends on the seed and the key only."""
    return random.Random(f"{SEED} {key}")


JOINED = (
    (re.compile(r"-lrb-", re.I), "("),
    (re.compile(r"-rrb-", re.I), ")"),
    (re.compile(r"(``|'')"), '"'),
    (re.compile(r"(\w) (n't|'s|'re|'ve|'ll|'d|'m)\b", re.I), r"\1\2"),
    (re.compile(r"\b(can) (not)\b", re.I), r"\1\2"),
    (re.compile(r"\b(gon|wan) (na)\b", re.I), r"\1\2"),
    (re.compile(r" +([,.;:?!)\]%]|\.\.\.)"), r"\1"),
    (re.compile(r"([(\[$#]) +"), r"\1"),
    (re.compile(r'(^|[ (])" ([^"]*?) ?"(?=[ ,.;:?!)]|$)'), r'\1"\2"'),
)


def joined(text):
    """Undoes Penn Treebank tokenisation."""
    for pattern, by in JOINED:
        text = pattern.sub(by, text)
    return text


def words(text):
    return re.findall(r"[a-z0-9']+", text.lower().replace("\u2019", "'"))


SHINGLE = 8


class Seen:
    """Texts of other files: equal texts, and every fourth eight-word shingle of long ones."""

    def __init__(self):
        self.equal = set()
        self.shingles = set()

    @staticmethod
    def keys(text):
        tokens = words(text)
        shingles = (zlib.crc32(" ".join(tokens[i : i + SHINGLE]).encode()) for i in range(len(tokens) - SHINGLE + 1))
        # A text without a letter is its own key, since emoji are all that it says.
        return " ".join(tokens) or text, [shingle for shingle in shingles if shingle % 4 == 0]

    def contains(self, keys):
        equal, shingles = keys
        if equal in self.equal:
            return True
        return len(shingles) >= 2 and 2 * sum(shingle in self.shingles for shingle in shingles) >= len(shingles)

    def add(self, keys):
        self.equal.add(keys[0])
        self.shingles.update(keys[1])


def held_out(given):
    """Returns the texts of the suites of minimal pairs, which nothing learns from."""
    texts = []
    for name in ("checks.csv", "checks-unseen.csv"):
        path = Path(given.written or Path(__file__).parent.parent / "data") / name
        if not path.exists():
            raise SystemExit(f"no {path}: without it, the training set could contain its texts")
        with open(path, encoding="utf-8") as file:
            texts += [row["text"] for row in csv.DictReader(file)]
    return texts


def load(folder, given, left_out):
    """Returns the rows of each corpus without copies of texts in earlier ones, and the number of copies."""
    seen = Seen()
    for name in DEVELOPMENT:
        for text, _ in read(folder, name):
            seen.add(Seen.keys(joined(text)))
    for text in held_out(given):
        seen.add(Seen.keys(text))
    corpora = {}
    copies = {}
    for domain, name, properties in CORPORA:
        if name in given.without:
            continue
        stars = random_numbers("stars", name)
        rows = []
        fresh = []
        within = set()
        copies[name] = 0
        for text, label in read(folder, name):
            if name.startswith("goemotions"):
                label = GOEMOTIONS.get(label)
            if label not in LABELS or "neutral-only" in properties and label != NEUTRAL:
                continue
            sampled = label != NEUTRAL or "stars" not in properties or stars.random() < given.stars
            if not sampled and domain not in left_out:
                continue
            if "tokenised" in properties:
                text = joined(text)
            if "names" in properties:
                text = text.replace("[NAME]", NAME).replace("[RELIGION]", "religion")
            text = text.replace("{link}", "http://t.co/link")
            keys = Seen.keys(text)
            if keys[0] in within or seen.contains(keys):
                copies[name] += 1
                continue
            within.add(keys[0])
            fresh.append(keys)
            rows.append((text, label))
        # Phrases of one sentence share words, so copies are looked for between files only.
        for keys in fresh:
            seen.add(keys)
        corpora[name] = rows
    return corpora, copies


def cut_majority(rows, factor, key):
    """Returns the rows with at most `factor` times as many of a label as of the rarer polarity."""
    count = collections.Counter(label for _, label in rows)
    least = min((count[label] for label in (NEGATIVE, POSITIVE)), default=0)
    if not least:
        return rows
    rows = list(rows)
    random_numbers("majority", key).shuffle(rows)
    kept = collections.Counter()
    result = []
    for text, label in rows:
        if kept[label] < factor * least:
            kept[label] += 1
            result.append((text, label))
    return result


# Phrases of fewer words are in many sentences.
PHRASE = 4


def sentences_first(rows):
    """Returns whole sentences before phrases, each in the order of the rows."""
    is_phrase = [len(words(text)) < 2 * PHRASE or text.rstrip()[-1:] not in ".!?" for text, _ in rows]
    return [row for row, phrase in zip(rows, is_phrase) if not phrase] + [row for row, phrase in zip(rows, is_phrase) if phrase]


def without_phrases_of(rows, held):
    """Returns the rows that are no part of a held-out sentence."""
    parts = set()
    for text, _ in held:
        tokens = words(text)
        parts |= {
            tuple(tokens[start:end]) for start in range(len(tokens)) for end in range(start + PHRASE, len(tokens) + 1)
        }
    return [row for row in rows if tuple(words(row[0])) not in parts]


SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|<br ?/?>|\n+")


def passage(text, generator):
    """Returns two to four neighbouring sentences of a long text, or None."""
    sentences = [sentence.strip() for sentence in SENTENCE_END.split(text)]
    sentences = [sentence for sentence in sentences if len(sentence.split()) > 2]
    if len(sentences) < 5:
        return None
    number = generator.randint(2, 4)
    # The end of a review more often has its verdict; half of the passages come from the last third.
    last = len(sentences) - number
    start = generator.randint(2 * last // 3 if generator.random() < 0.5 else 0, last)
    cut = " ".join(sentences[start : start + number])
    return cut if 8 <= len(cut.split()) <= 120 else None


def resample(rows, factor, key):
    """Returns each row `factor` times: its whole part for all rows, its fraction for a random sample."""
    generator = random_numbers("sample", key)
    rows = list(rows)
    generator.shuffle(rows)
    whole = int(factor)
    return rows * whole + rows[: round((factor - whole) * len(rows))]


def length(rows):
    return sum(len(text.split()) for text, _ in rows)


def write(path, rows, header=("text", "label")):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main():
    csv.field_size_limit(1 << 30)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of the corpora")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--written", default="", help="folder of written sentences; empty leaves them out")
    parser.add_argument("--written-times", type=float, default=1, help="how often sentences of sample and customers are repeated")
    parser.add_argument("--statement-times", type=float, default=10, help="how often plain statements and constructions are repeated")
    parser.add_argument("--leave-out", default="", help="domains to leave out, separated by commas: " + ", ".join(DOMAINS))
    parser.add_argument("--without", default="", help="corpora to leave out, separated by commas")
    parser.add_argument("--stars", type=float, default=0.5, help="share of the three-star texts to use, as neutral texts")
    parser.add_argument("--two-classes", action="store_true", help="skip neutral texts")
    parser.add_argument("--passages", type=float, default=1, help="passages per long text")
    parser.add_argument("--power", type=float, default=0.5, help="a domain of size S counts as S to this power; 1 keeps sizes")
    parser.add_argument("--least", type=float, default=1, help="least repetitions of a text by the weight of its domain")
    parser.add_argument("--majority", type=float, default=2, help="most texts of a label per text of the rarer polarity")
    parser.add_argument("--share", type=float, default=1, help="share of the texts to use")
    parser.add_argument("--validation-share", type=float, default=0.05)
    parser.add_argument("--validation-rows", type=int, default=400, help="most validation texts of a corpus")
    parser.add_argument("--test-rows", type=int, default=500, help="most test texts of a left-out corpus")
    parser.add_argument("--table", type=Path, help="file for the table; default standard output")
    given = parser.parse_args()
    given.without = set(filter(None, given.without.split(",")))
    left_out = set(filter(None, given.leave_out.split(",")))
    for kind, names, known in (("domain", left_out, DOMAINS), ("corpus", given.without, [name for _, name, _ in CORPORA])):
        if unknown := sorted(names - set(known)):
            raise SystemExit(f"unknown {kind}: {', '.join(unknown)}")

    corpora, copies = load(given.data, given, left_out)
    domain_of = {name: domain for domain, name, _ in CORPORA}
    properties_of = {name: properties for _, name, properties in CORPORA}
    train, validation, test = {}, [], []
    for name, rows in corpora.items():
        if given.two_classes and domain_of[name] not in left_out:
            rows = [row for row in rows if row[1] != NEUTRAL]
        generator = random_numbers("split", name)
        rows = list(rows)
        generator.shuffle(rows)
        if domain_of[name] in left_out:
            test += [(text, label, name, domain_of[name]) for text, label in rows[: given.test_rows]]
            continue
        held = min(round(given.validation_share * len(rows)), given.validation_rows)
        if "phrases" in properties_of[name]:
            rows = sentences_first(rows)
            rows = rows[:held] + without_phrases_of(rows[held:], rows[:held])
        rest = cut_majority(rows[held:], given.majority, name)
        validation += cut_majority(rows[:held], given.majority, name)
        train[name] = rest[: round(given.share * len(rest))]
    if given.share < 1:
        random_numbers("validation").shuffle(validation)
        validation = validation[: max(1000, round(given.share * len(validation)))]

    pieces = {}
    for name, rows in train.items():
        generator = random_numbers("passages", name)
        cuts = []
        for text, label in rows:
            # A passage of a text with a mixed verdict seldom has a mixed verdict.
            if label == NEUTRAL and "stars" in properties_of[name]:
                continue
            times = int(given.passages) + (generator.random() < given.passages % 1)
            cuts += [(cut, label) for cut in (passage(text, generator) for _ in range(times)) if cut]
        pieces[name] = cuts
    # Size of a domain: the geometric mean of its numbers of texts and of words.
    size = collections.defaultdict(lambda: [0, 0])
    for name in train:
        size[domain_of[name]][0] += len(train[name]) + len(pieces[name])
        size[domain_of[name]][1] += length(train[name]) + length(pieces[name])
    size = {domain: (texts * length) ** 0.5 for domain, (texts, length) in size.items() if texts}
    weight = {domain: value**given.power for domain, value in size.items()}
    scale = sum(size.values()) / sum(weight.values())
    factor = {domain: max(given.least, min(3.0, weight[domain] * scale / size[domain])) for domain in size}

    output = []
    header = "| Corpus | Domain | Texts | Passages | Copies removed | Times | Rows | Words |"
    table = [header, "| --- | --- " + "| ---: " * 6 + "|"]
    for name, rows in train.items():
        times = factor[domain_of[name]]
        chosen = resample(rows + pieces[name], times, name)
        output += chosen
        table.append(
            f"| {name} | {domain_of[name]} | {len(rows):,} | {len(pieces[name]):,} | {copies[name]:,} | {times:.2f} | "
            f"{len(chosen):,} | {length(chosen):,} |"
        )
    if given.written:
        seen = {Seen.keys(text)[0] for text in [text for text, _ in output] + held_out(given)}
        for name in ("sample", "customers", "statements", "constructions"):
            path = Path(given.written) / f"{name}.csv"
            if not path.exists():
                continue
            rows = [row for row in read(Path(given.written), name) if Seen.keys(row[0])[0] not in seen]
            random_numbers("split", name).shuffle(rows)
            if given.two_classes:
                rows = [row for row in rows if row[1] != NEUTRAL]
            times = given.statement_times if name in ("statements", "constructions") else given.written_times
            if not times:
                continue
            held = min(round(given.validation_share * len(rows)), given.validation_rows)
            validation += rows[:held]
            chosen = resample(rows[held:], given.share * times, name)
            output += chosen
            table.append(
                f"| {name} | written | {len(rows) - held:,} | 0 | 0 | {times:.2f} | {len(chosen):,} | {length(chosen):,} |"
            )
    random_numbers("order").shuffle(output)
    count = collections.Counter(label for _, label in output)
    table.append(f"| total | | | | | | {len(output):,} | {length(output):,} |")
    given.out.mkdir(parents=True, exist_ok=True)
    write(given.out / "train.csv", output)
    write(given.out / "validation.csv", validation)
    if left_out:
        write(given.out / "test.csv", test, ("text", "label", "corpus", "domain"))
    text = "\n".join(table) + "\n"
    if given.table:
        given.table.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    labels = ", ".join(f"{label} {count[label]:,}" for label in LABELS)
    print(f"{labels}; validation {len(validation):,}; test {len(test):,}", file=sys.stderr)


if __name__ == "__main__":
    main()
