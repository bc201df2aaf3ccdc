//! What the recurrent encoders share.

mod config;

pub use self::config::RecurrentConfig;
