#!/bin/sh
# Trains the model in the program, models/general, anew: models/build.sh [DATA]
#
# DATA holds imdb-train.csv.gz, sst2-train.csv and glove.6B.100d.txt.gz. The full model is left in target/general.
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared/data}

cargo build --release --bin sentiment --example compact
mkdir -p target/general
{ gzip -dc "$data/imdb-train.csv.gz"; tail -n +2 "$data/sst2-train.csv"; tail -n +2 data/sample.csv; } > target/general/corpus.csv
target/release/sentiment train target/general/corpus.csv --embeddings "$data/glove.6B.100d.txt.gz" \
    --preset reviews --max-length 600 --max-vocabulary 25000 --vector-words 40000 --seed 42 --out target/general
target/release/examples/compact target/general models/general 180000
