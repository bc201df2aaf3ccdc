//! The names and formats of the texts in a request.

/// The name of every model's signature.
pub const SIGNATURE: &str = "serving_default";
/// The name of the only input.
pub const INPUT: &str = "text";

/// The format of the texts in a request and of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One value per text.
    Rows,
    /// One list per field.
    Columns,
    /// Feature maps.
    Examples,
}

impl Form {
    /// Returns the JSON field of the texts.
    pub fn field(self) -> &'static str {
        match self {
            Self::Rows => "instances",
            Self::Columns => "inputs",
            Self::Examples => "examples",
        }
    }
}
