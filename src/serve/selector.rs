//! Which version of a model a request asks.

/// Which version of a model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    /// The highest.
    Latest,
    /// The one of a number.
    Version(u64),
    /// The one that a label stands for.
    Label(&'a str),
}
