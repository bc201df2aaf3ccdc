//! What to explain, and by which method.

use std::str::FromStr;

/// How words are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A linear model of the answers to texts with words left out; see the paper of Ribeiro et al. (2016).
    Lime {
        /// How many texts are asked about, the text itself among them; as many as it takes for stable weights, at
        /// most 5,000, where it is not said.
        samples: Option<usize>,
        /// What decides which words are left out.
        seed: u64,
    },
    /// Integrated gradients, of Sundararajan et al. (2017).
    Gradient {
        /// Points at which the gradient is taken; as many as it takes for a completeness error below 1%, at most 512,
        /// where it is not said.
        steps: Option<usize>,
    },
    /// The weights of the network's attention.
    Attention,
}

impl FromStr for Method {
    type Err = String;

    /// A method with its defaults.
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

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How words are weighed.
    pub method: Method,
    /// The labels to explain, by their places among the classifier's. Where none is named, the ten most probable; of
    /// attention, which is the same for every label, the answer.
    pub labels: Vec<usize>,
    /// How many words are given for each label, the strongest.
    pub words: usize,
    /// Whether a word that stands at several places is weighed at each of them.
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
