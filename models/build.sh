#!/bin/sh
# Trains the built-in model, models/general: models/build.sh [DATA]
#
# DATA holds the corpora that models/corpora.py names and glove.6B.100d.txt.gz. Needs Python 3. The full model is left in
# target/general/model, the contribution of each corpus in target/general/corpora.md.
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
out=target/general

cargo build --release
sentiment=target/release/sentiment
mkdir -p "$out"
python3 models/corpora.py "$data" "$out" --written data --table "$out/corpora.md"
"$sentiment" train "$out/train.csv" --validation "$out/validation.csv" --embeddings "$data/glove.6B.100d.txt.gz" \
    --preset reviews --redact --same-words models/same_words.txt --max-length 600 --max-vocabulary 40000 --vector-words 40000 --pretraining-epochs 2 \
    --epochs 3 --self-training 0 --seed 42 --out "$out/model"
cargo xtask compact "$out/model" models/general 90000
