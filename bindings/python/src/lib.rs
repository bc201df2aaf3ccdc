//! The Python module `sentiment_toolkit._sentiment_toolkit`. Users see the package `sentiment_toolkit`, in `python/`.
//!
//! Every call that computes detaches from the interpreter first: rayon's threads would otherwise wait for a thread that
//! waits for them.

mod arguments;
mod arrow_capsules;
mod averaging;
mod chunks;
mod classifier;
mod compute;
mod corpus;
mod errors;
mod explanation;
mod predictions;
mod program;
mod progress;
mod recipe_settings;
mod texts;
mod tokenizer;
mod training;
mod word_vectors;

use mimalloc::MiMalloc;
use pyo3::prelude::*;

/// The memory allocator of the program, for the same reason: it keeps freed memory for the next batch.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The compiled part of `sentiment_toolkit`.
#[pymodule(gil_used = false)]
mod _sentiment_toolkit {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::classifier::Classifier;
    #[pymodule_export]
    use crate::errors::{
        CorpusError, EmbeddingsError, EvaluationError, ExplainError, ModelError, SentimentError,
        TextError, TrainingError,
    };
    #[pymodule_export]
    use crate::explanation::Explanation;
    #[pymodule_export]
    use crate::predictions::Predictions;
    #[pymodule_export]
    use crate::program::run_program;
    #[pymodule_export]
    use crate::recipe_settings::recipe_settings;
    #[pymodule_export]
    use crate::tokenizer::Tokenizer;
    #[pymodule_export]
    use crate::training::train;
    #[pymodule_export]
    use crate::word_vectors::WordVectors;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::compute::note_process();
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
