#!/bin/sh
# Trains the built-in models: models/build.sh [DATA [general|chinese]]
#
# DATA holds the corpora that models/corpora.py and models/chinese.py name, and glove.6B.100d.txt.gz. Needs Python 3 and, for the English
# model, what benches/peers/teacher.py needs: PYTHON is the Python with PyTorch, MINILM the folder of MiniLM-L6. The full model and its
# sets are left in target/general and target/chinese, and the contribution of each corpus in corpora.md there.
set -eu
cd "$(dirname "$0")/.."
data=${1:-../shared/data}
models=${2:-general chinese}
python=${PYTHON:-python3}
case $models in
*general*)
    : "${MINILM:?the folder of MiniLM-L6: see benches/peers/teacher.py}"
    "$python" -c 'import torch, transformers'
    ;;
esac

cargo build --release
sentiment=target/release/sentiment
for name in $models; do
    out=target/$name
    mkdir -p "$out"
    case $name in
    general)
        python3 models/corpora.py "$data" "$out" --written data --table "$out/corpora.md"
        "$sentiment" train "$out/train.csv" --validation "$out/validation.csv" --embeddings "$data/glove.6B.100d.txt.gz" \
            --preset reviews --redact --same-words models/same_words.txt --max-length 600 --max-vocabulary 40000 --vector-words 40000 \
            --pretraining-epochs 2 --epochs 3 --self-training 0 --seed 42 --force --out "$out/first"
        ngrams=90000
        cargo xtask compact "$out/first" "$out/base" "$ngrams"
        # A second training, from this model, learns the probabilities of a transformer.
        teacher() { "$python" benches/peers/teacher.py "$@"; }
        recipe="--preset reviews --layer-decay 1 --dropout 0.3 --min-count 1000 --max-vocabulary 40000 --seed 42 --force"
        teacher train "$out/train.csv" "$MINILM" "$out/teacher.pt"
        teacher label "$out/train.csv" "$MINILM" "$out/teacher.pt" "$out/soft.csv" \
            --validation "$out/validation.csv" "$out/soft-validation.csv"
        # shellcheck disable=SC2086
        "$sentiment" train "$out/soft.csv" --soft-labels --validation "$out/soft-validation.csv" --from "$out/base" \
            --epochs 4 $recipe --out "$out/second"
        # A third learns emotions too, which help models with other labels that start from this one.
        teacher train "$data/goemotions-28class-train.csv.gz" "$data/xed-english-emotions.csv.gz" "$MINILM" "$out/emotions.pt" \
            --epochs 3 --tokens 2048
        teacher add "$out/soft.csv" "$MINILM" "$out/emotions.pt" "$out/emotions.csv"
        teacher add "$out/soft-validation.csv" "$MINILM" "$out/emotions.pt" "$out/emotions-validation.csv"
        labels=$(head -n 1 "$out/emotions.csv" | sed 's/^text,//; s/probability_//g')
        cargo xtask extend "$out/second" "$labels" "$out/extended"
        # shellcheck disable=SC2086
        "$sentiment" train "$out/emotions.csv" --soft-labels --validation "$out/emotions-validation.csv" --from "$out/extended" \
            --epochs 2 --ngrams 0 $recipe --out "$out/third"
        # The mean is more accurate than each of them, and its gradients are more stable in long texts.
        cargo xtask average "$out/base" "$out/second" 0.625 "$out/validation.csv" "$out/mean"
        cargo xtask average "$out/mean" "$out/third" 0.6 "$out/validation.csv" "$out/model"
        ;;
    chinese)
        python3 models/chinese.py "$data" "$out" --table "$out/corpora.md"
        # Larger tables would be more accurate, but the package may have at most 10 MiB.
        "$sentiment" train "$out/train.csv" --validation "$out/validation.csv" --embeddings none \
            --preset reviews --fold-width --max-length 400 --min-count 2 --max-vocabulary 10000 --embedding-size 48 --hidden-size 64 \
            --pretraining-epochs 2 --epochs 3 --self-training 0 --seed 42 --force --out "$out/model"
        ngrams=40000
        ;;
    *)
        echo "unknown model: $name" >&2
        exit 1
        ;;
    esac
    cargo xtask compact "$out/model" "models/$name" "$ngrams"
done
