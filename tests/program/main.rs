//! Tests of the program's commands, except `serve`: a command runs, and its output and files are checked.

#[path = "../common/mod.rs"]
mod common;

mod bounds;
mod char_ngrams;
mod completions;
mod copies;
mod corpus_rows;
mod data;
#[cfg(feature = "hub")]
mod data_get;
mod determinism;
mod embeddings;
mod embeddings_faults;
mod embeddings_tools;
mod embeddings_training;
mod encoders;
mod escapes;
mod eval;
mod explain;
mod exports;
mod faults;
mod few_labels;
mod fold_predictions;
mod formats;
mod help;
#[cfg(feature = "keras")]
mod imports;
mod interruptions;
mod languages;
mod many_labels;
mod multi_label;
mod outputs;
mod predict;
mod predict_resume;
mod predict_tables;
mod reading_progress;
mod saved_models;
mod soft_labels;
mod tensorboard;
mod terminal;
mod three_classes;
mod thresholds;
mod train;
mod tune;
mod windows;
