//! Tests of the library.
//!
//! No test here starts another process: a child that is being started holds, for a moment, copies of its parent's file locks, and
//! a training run in the parent would find its own folder locked.

#[path = "../common/mod.rs"]
mod common;

mod averaging;
mod classifier;
mod corpus;
mod embeddings;
mod embeddings_faults;
mod embeddings_files;
mod explain;
mod fasttext;
#[cfg(feature = "serve")]
mod fuzz_corpora;
mod label_subsets;
mod metrics;
mod network;
mod outputs;
mod precision;
mod recurrence;
#[cfg(feature = "report")]
mod report;
mod respelled_vocabularies;
mod respelling;
mod same_words;
mod sentences;
mod splits;
mod teacher;
mod temperature;
mod tensorboard;
mod text;
#[cfg(all(feature = "chinese", feature = "dictionaries"))]
mod tokenizers;
mod training;
mod windows;
