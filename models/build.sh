#!/bin/sh
# Trains the model in the program, models/general, anew: models/build.sh [DATA]
#
# DATA holds imdb-train.csv.gz, sst2-train.csv and glove.6B.100d.txt.gz. The full model is left in target/general/model.
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
out=target/general

cargo build --release
sentiment=target/release/sentiment
mkdir -p "$out"
{ cat data/sample.csv; tail -n +2 data/customers.csv; tail -n +2 "$data/sst2-train.csv"; } > "$out/sentences.csv"
"$sentiment" data split "$out/sentences.csv" --out "$out/sentences" --validation-share 0.1 --seed 42
"$sentiment" data split "$data/imdb-train.csv.gz" --out "$out/reviews" --validation-share 0.1 --seed 42
# Sentences count twice, since the reviews have almost twenty times their words.
{
    cat "$out/reviews/train.csv"
    tail -n +2 "$out/sentences/train.csv"
    tail -n +2 "$out/sentences/train.csv"
} > "$out/train.csv"
{ cat "$out/reviews/validation.csv"; tail -n +2 "$out/sentences/validation.csv"; } > "$out/validation.csv"
"$sentiment" train "$out/train.csv" --validation "$out/validation.csv" --embeddings "$data/glove.6B.100d.txt.gz" \
    --preset reviews --max-length 600 --max-vocabulary 25000 --vector-words 40000 --seed 42 --out "$out/model"
cargo xtask compact "$out/model" models/general 180000
