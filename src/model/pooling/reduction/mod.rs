//! Poolings without weights: the last state, the mean and the maximum.

mod kernel;
mod plain;

pub use self::kernel::{HiddenStates, Reduced, TokenStates};
pub(in crate::model) use self::plain::reduce;

/// A pooling without weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Each direction's state after the last token that it reads.
    Last,
    /// The mean over the tokens.
    Mean,
    /// The maximum of each feature over the tokens; the first of equal values.
    Max,
}
