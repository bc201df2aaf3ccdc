# Common tasks. `just` lists them.

_default:
    @just --list

# Build the program
build:
    cargo build --release

# Run all tests, or those whose name contains FILTER
test *FILTER:
    cargo test --release -- {{ FILTER }}

# Format the code
fmt:
    cargo fmt --all

# Run clippy on everything, then on the library without features
lint:
    cargo clippy --release --workspace --all-targets -- -D warnings
    cargo clippy --release --no-default-features --lib -- -D warnings

# Build the documentation, private items too
doc:
    cargo doc --release --no-deps --lib --document-private-items

# Check the examples, the reference and the links of the documentation
docs:
    .ci/examples README.md docs/*.md
    .ci/reference --check
    .ci/links

# Build the book of docs/ with mdBook
book:
    mdbook build

# Run one benchmark: text, embeddings, recurrent_kernel, whole_step or faithfulness
bench NAME:
    cargo bench --bench {{ NAME }}

# Fuzz one target for SECONDS: tokenizer, corpus, embeddings, model or request
fuzz TARGET SECONDS="60":
    cargo +nightly fuzz run {{ TARGET }} -- -max_total_time={{ SECONDS }} -max_len=4096

# Check dependencies for known vulnerabilities
audit:
    cargo deny check advisories

# Build the Python wheel and test it
python:
    .ci/python

# Run every check that a change must pass
gate:
    .ci/run
