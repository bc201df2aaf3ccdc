//! Sentiment analysis end to end: from labelled texts to a model that is trained, measured and used.
//!
//! ```text
//! raw text ─ Preprocessor ─ tokens ─ Vocabulary ─ ids ─ Batch ─ Network ─ probabilities
//!            clean, tokenise,        + WordVectors     packed    embedding → LSTM
//!            stopwords, stem           (GloVe)                   → pooling → linear → softmax
//! ```
//!
//! [`corpus`] reads labelled texts; [`text`] makes tokens of them; [`vocabulary`] numbers the tokens;
//! [`embeddings`] reads word vectors; [`batch`] packs texts for the network in [`model`];
//! [`training`] trains it; [`classifier::Classifier`] is the one door from a text to a prediction;
//! [`evaluation`] measures it, [`report`] draws what was measured, and [`explain`] tells why it says what it says; [`serve`]
//! answers with it over HTTP. The program `sentiment` puts a command line in front of these.
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use candle_core::Device;
//! use sentiment::classifier::Classifier;
//! use sentiment::corpus::{self, Corpus};
//! use sentiment::training::{Dataset, Preset, Recipe, Trainer, Vectors};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let dataset = Dataset::split(Corpus::collect(corpus::sample()?)?, 0.1, 42)?;
//! let recipe = Recipe { hidden_size: 16, epochs: 1, ..Preset::Sample.recipe() };
//! let folder = tempfile::tempdir()?;
//! let mut trainer =
//!     Trainer::new(&dataset, &Vectors::Sample, recipe, folder.path(), &Device::Cpu)?;
//! trainer.run(&AtomicBool::new(false), &mut |_progress| {})?;
//!
//! let classifier = Classifier::load(folder.path(), &Device::Cpu)?;
//! let prediction = &classifier.predict(&["The acting is wonderful"])?[0];
//! println!("{}: {:.2}", classifier.labels()[prediction.label], prediction.score());
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod answer;
pub mod batch;
pub mod classifier;
pub mod corpus;
mod correlation;
pub mod embeddings;
pub mod evaluation;
pub mod explain;
pub mod files;
mod html;
pub mod model;
pub mod printable;
pub mod report;
pub mod serve;
pub mod tensor_file;
pub mod tensorboard;
pub mod text;
pub mod training;
pub mod vocabulary;
