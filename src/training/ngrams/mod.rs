//! The linear n-gram model and its combination with the network.

pub(super) mod features;
pub(super) mod fit;
mod multi_label_stacking;
pub(super) mod stacking;
