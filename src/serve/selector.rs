//! The version selector of a request.

/// Selects a version of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    /// The latest version.
    Latest,
    /// The version with this number.
    Version(u64),
    /// The version with this label.
    Label(&'a str),
}
