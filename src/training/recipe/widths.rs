//! The widths of a convolution's windows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The widths of a convolution's windows in tokens, which ascend. As text, they are separated by commas: `3,4,5`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Widths(Vec<usize>);

impl Widths {
    /// Returns the widths.
    pub fn as_slice(&self) -> &[usize] {
        &self.0
    }
}

/// The widths of Kim (2014): 3, 4 and 5.
impl Default for Widths {
    fn default() -> Self {
        Self(vec![3, 4, 5])
    }
}

impl From<&[usize]> for Widths {
    fn from(widths: &[usize]) -> Self {
        Self(widths.to_vec())
    }
}

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.0.iter().map(usize::to_string).collect();
        f.write_str(&widths.join(","))
    }
}

impl FromStr for Widths {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let widths = text.split(',').map(|width| width.trim().parse());
        let widths: Result<Vec<usize>, _> = widths.collect();
        match widths {
            Ok(widths) if widths.is_sorted_by(|a, b| a < b) => Ok(Self(widths)),
            _ => Err(format!(
                "widths are ascending numbers separated by commas, such as 3,4,5, not {text:?}"
            )),
        }
    }
}

impl TryFrom<String> for Widths {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Widths> for String {
    fn from(widths: Widths) -> Self {
        widths.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_ascending_numbers() {
        let widths: Widths = "2, 3,7".parse().unwrap();
        assert_eq!(widths.as_slice(), [2, 3, 7]);
        assert_eq!(widths.to_string(), "2,3,7");
        for text in ["", "3,", "3,3", "5,4", "3;4", "-1"] {
            let error = text.parse::<Widths>().unwrap_err();
            assert!(error.contains("3,4,5"), "{error}");
        }
    }
}
