//! The names and forms in which a request holds its texts.

/// The signature that every model has.
pub const SIGNATURE: &str = "serving_default";
/// The one input.
pub const INPUT: &str = "text";

/// How the texts were sent, and how the answer goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A value for each text.
    Rows,
    /// A list for each field.
    Columns,
    /// Feature maps.
    Examples,
}

impl Form {
    /// The field that holds the texts.
    pub fn field(self) -> &'static str {
        match self {
            Self::Rows => "instances",
            Self::Columns => "inputs",
            Self::Examples => "examples",
        }
    }
}
