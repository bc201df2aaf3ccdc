//! End-to-end sentiment analysis.
#![warn(missing_docs)]

pub mod batch;
pub mod classifier;
pub mod corpus;
pub mod embeddings;
pub mod evaluation;
pub mod files;
pub mod model;
pub mod printable;
pub mod text;
pub mod training;
pub mod vocabulary;
