//! Explanation requests and methods.

use std::str::FromStr;

/// An explanation method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// LIME: a linear model of predictions with words removed (Ribeiro et al., 2016).
    Lime {
        /// The number of samples, including the text itself; by default, until the weights are stable, at most 5,000.
        samples: Option<usize>,
        /// The random seed for removing words.
        seed: u64,
    },
    /// Integrated gradients (Sundararajan et al., 2017).
    Gradient {
        /// The number of integration points; by default, until the completeness error is below 1%, at most 512.
        steps: Option<usize>,
    },
    /// The network's attention weights.
    Attention,
}

impl FromStr for Method {
    type Err = String;

    /// Parses a method's name; the method has its defaults.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "lime" => Ok(Request::default().method),
            "gradient" => Ok(Self::Gradient { steps: None }),
            "attention" => Ok(Self::Attention),
            _ => Err(format!(
                "a method is lime, gradient or attention, not {name:?}"
            )),
        }
    }
}

/// An explanation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The indices of the labels to explain. If empty, the ten most probable ones; for attention, which is the same for
    /// every label, the predicted label.
    pub labels: Vec<usize>,
    /// The number of words for each label, strongest first.
    pub words: usize,
    /// Whether each occurrence of a word has its own weight.
    pub by_position: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: Method::Lime {
                samples: None,
                seed: 42,
            },
            labels: Vec::new(),
            words: 10,
            by_position: false,
        }
    }
}
