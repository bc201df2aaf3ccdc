//! Train, evaluate, explain and serve sentiment classifiers.
//!
//! ```text
//! raw text ─ Preprocessor ─ tokens ─ Vocabulary ─ ids ─ Batch ─ Network ─ probabilities
//!            clean, tokenize,        + WordVectors     packed    embedding → encoder
//!            stopwords, stem           (GloVe)                   → pooling → linear → softmax
//! ```
//!
//! Every prediction goes through one type, [`Classifier`]. It takes raw text: preprocessing is part of the saved model.
//!
//! # Predict
//!
//! ```
//! use sentiment::{Classifier, Device};
//!
//! let classifier = Classifier::general(&Device::Cpu)?;
//! let prediction = classifier.predict_one("The acting is wonderful")?;
//! assert_eq!(prediction.label(), "positive");
//! assert!(prediction.score() > 0.9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Train
//!
//! ```
//! use std::sync::atomic::AtomicBool;
//!
//! use sentiment::training::{InitialVectors, Preset};
//! use sentiment::{Classifier, Corpus, Dataset, Device, Recipe, Trainer, corpus};
//!
//! let dataset = Dataset::split(Corpus::collect(corpus::sample()?)?, 0.1, 42)?;
//! let recipe = Recipe { hidden_size: 16, epochs: 1, ..Preset::Sample.recipe() };
//! let folder = tempfile::tempdir()?;
//! let vectors = InitialVectors::Sample;
//! let mut trainer = Trainer::new(&dataset, &vectors, recipe, folder.path(), &Device::Cpu)?;
//! trainer.run(&AtomicBool::new(false), &mut |_progress| {})?;
//!
//! let classifier = Classifier::load(folder.path(), &Device::Cpu)?;
//! assert_eq!(classifier.labels()[..], ["negative", "positive"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Evaluate
//!
//! ```
//! use sentiment::evaluation::Average;
//! use sentiment::{Classifier, Device, Evaluation};
//!
//! let classifier = Classifier::general(&Device::Cpu)?;
//! let texts = ["I love it", "I hate it"].map(String::from);
//! // Indices of the classifier's labels: negative, neutral, positive.
//! let evaluation = Evaluation::of_texts(&classifier, &texts, &[2, 0])?;
//! let matrix = evaluation.confusion_matrix();
//! assert_eq!(matrix.accuracy(), 1.0);
//! assert_eq!(matrix.average(Average::Macro).f1_score, 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Explain
//!
//! ```
//! use sentiment::explain::{Method, Request};
//! use sentiment::{Classifier, Device, explain};
//!
//! let classifier = Classifier::general(&Device::Cpu)?;
//! let request = Request { method: Method::Gradient { steps: None }, ..Request::default() };
//! let explanation = explain(&classifier, "The acting is wonderful", &request)?;
//! assert_eq!(explanation.answer().weights[0].token, "wonderful");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Modules
//!
//! - [`text`] turns raw text into tokens, [`vocabulary`] turns tokens into ids, [`batch`] packs ids.
//! - [`corpus`] reads, audits and splits labelled texts. [`embeddings`] reads, trains and evaluates word vectors.
//! - [`model`] holds the network and its saved form. [`training`] trains it, and [`evaluation`] measures it.
//! - [`explain`](mod@explain) attributes predictions to words.
//! - [`export`](mod@export) writes models for other programs, and [`import`] reads those of Keras and PyTorch.
#![cfg_attr(
    feature = "report",
    doc = "- [`report`] draws charts and writes the HTML report."
)]
#![cfg_attr(feature = "serve", doc = "- [`serve`] serves models over HTTP.")]
#![cfg_attr(
    feature = "hub",
    doc = "- [`hub`] downloads datasets of the Hugging Face hub and published word vectors."
)]
//!
//! # Features
//!
//! - `cli` (default): the command-line program.
//! - `serve` (default): the HTTP server.
//! - `report` (default): charts and HTML reports.
//! - `arrow` (default): Parquet and Arrow files.
//! - `spreadsheet` (default): Excel files.
//! - `hub` (default): downloads of datasets and word vectors.
//! - `keras` (default): imports of Keras models.
//! - `cuda`: networks on an NVIDIA GPU.
//!
//! Without default features the crate trains, loads, predicts, evaluates and explains.
#![warn(missing_docs)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

// The command line names the library as other crates do.
#[cfg(feature = "cli")]
extern crate self as sentiment;

pub mod batch;
pub mod classifier;
// The program `sentiment`. Here, so that a Python wheel carries the library and the program as one shared object.
#[cfg(feature = "cli")]
#[doc(hidden)]
// Its documentation is the help text, in which a URL stands as it is.
#[allow(clippy::print_stdout, clippy::print_stderr, rustdoc::bare_urls)]
pub mod cli;
pub mod corpus;
mod correlation;
mod device;
pub mod embeddings;
pub mod evaluation;
pub mod explain;
pub mod export;
pub mod files;
mod html;
#[cfg(feature = "hub")]
pub mod hub;
pub mod import;
pub mod model;
pub mod printable;
#[cfg(feature = "report")]
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
mod surrogates;
pub mod tensor_file;
pub mod text;
pub mod tone;
pub mod training;
pub mod vocabulary;
mod zip_archive;

pub use classifier::{Abstention, Classifier, Prediction};
pub use corpus::{Corpus, CorpusOptions, Example};
pub use device::{CudaDevice, Device, DeviceError};
pub use evaluation::Evaluation;
pub use explain::{Explanation, explain};
pub use training::{Dataset, Recipe, Trainer};
