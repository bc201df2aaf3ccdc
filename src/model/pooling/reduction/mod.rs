//! Pooling without weights: one token's state, or the mean or maximum over all of them.

mod kernel;
mod plain;

pub use self::kernel::{HiddenStates, Reduced};
pub(in crate::model) use self::plain::reduce;

/// How the hidden states of a row become one vector, without weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Each direction's state after its last token.
    Last,
    /// The mean over the tokens.
    Mean,
    /// Each feature's largest value over the tokens, the first of equal ones.
    Max,
}
