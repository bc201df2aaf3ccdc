//! The n-gram model beside the network, and how the two are combined.

pub(super) mod fit;
pub(super) mod stacking;
