//! The network (embedding → encoder → pooling → linear → softmax), n-gram weights and saved models.
//!
//! Batches are packed (see [`crate::batch`]): no step computes on padding, and a word's embedding and input projection
//! are computed once per batch.
//!
//! Items that hold tensors are hidden. They are public only for this crate's tests and benches, since their types are
//! candle's and change with it.

mod architecture;
mod decision;
mod dense_weights;
mod dropout;
mod embedding;
// Public for benches/recurrent_kernel.rs, which measures the kernel without the network.
#[doc(hidden)]
pub mod encoder;
mod error;
mod implementation;
mod initializer;
mod kernel;
mod label_subset;
mod limits;
mod network;
mod ngrams;
mod output;
mod pooling;
mod precision;
mod quantized;
mod saved;
mod scoring_precision;
mod thresholds;
mod weights;

#[doc(hidden)]
pub use crate::tensor_file::{HostTensor, TensorFile};
pub use architecture::Architecture;
pub use decision::{Decision, most_probable};
#[doc(hidden)]
pub use dense_weights::DenseWeights;
pub(crate) use dropout::Dropout;
#[doc(hidden)]
pub use embedding::Embedding;
#[doc(hidden)]
pub use encoder::Inputs;
pub(crate) use encoder::SRU_SCALE;
pub use encoder::{CnnConfig, EncoderConfig, EncoderKind, MeanConfig, RecurrentConfig};
pub use error::{ComputeError, ModelError};
pub use implementation::Implementation;
pub(crate) use label_subset::LabelSubset;
pub(crate) use limits::check_labels;
#[doc(hidden)]
pub use network::Network;
pub use ngrams::{MAX_NGRAM, NgramIndex, NgramKey, Ngrams};
pub use output::{OutputKind, label_value, label_values};
pub use pooling::Pooling;
pub use precision::Precision;
#[cfg(feature = "hub")]
pub(crate) use saved::FILES;
pub use saved::{
    ARCHIVE_ENDING, BaseRecord, BuiltIn, FORMAT_VERSION, ModelConfig, ModelLocation, config_file,
    folder, format_version_of,
};
#[doc(hidden)]
pub use saved::{FURTHER_BIAS, FURTHER_WEIGHT, SavedModel};
pub(crate) use saved::{archive, files_in, model_files, stored_files};
pub use scoring_precision::ScoringPrecision;
pub use thresholds::Thresholds;
pub(crate) use weights::weights_to_host;
#[doc(hidden)]
pub use weights::{EMBEDDING, Weights};
