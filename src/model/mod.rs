//! The network: embedding → LSTM, one or more layers, one or both directions → pooling → linear →
//! softmax; and the folder it is saved in.
//!
//! A batch is packed (see [`crate::batch`]): no step computes on padding, and a word's embedding and
//! input projection are computed once a batch.

mod architecture;
mod attention;
mod decision;
mod embedding;
mod error;
mod files;
pub mod folder;
mod host;
mod initial;
pub mod lstm;
mod network;
mod ngrams;
mod pooling;
mod precision;
mod saved;
mod weights;

pub use architecture::{Architecture, Pooling, check_labels};
pub use decision::Decision;
pub use embedding::Embedding;
pub use error::ModelError;
pub use files::files_in;
pub use lstm::{Inputs, Recurrence};
pub use network::{Dropout, Network};
pub use ngrams::{MAX_NGRAM, NgramIndex, NgramKey, Ngrams};
pub use precision::Precision;
pub use saved::{FORMAT_VERSION, ModelConfig, SavedModel, config_file, model_files};
pub use weights::{DenseWeights, EMBEDDING, Weights, weights_to_host};

pub use crate::tensor_file::{HostTensor, TensorFile};
