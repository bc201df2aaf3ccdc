//! The linear n-gram model and its combination with the network.

pub(super) mod features;
pub(super) mod fit;
pub(super) mod stacking;
