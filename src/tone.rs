//! The tone of a label, which decides the colours of labels and words on pages and in a terminal.

/// What a label says about a text.
///
/// Words that weigh towards `positive` are blue and those towards `negative` orange, whichever of the two is predicted. Words
/// of any other label are marked as for or against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The label is `positive`, or a well-known name for it.
    Positive,
    /// The label is `negative`, or a well-known name for it.
    Negative,
    /// Any other label.
    Other,
}

/// How a word is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The word weighs towards `positive`.
    Positive,
    /// The word weighs towards `negative`.
    Negative,
    /// The word weighs for a label of another tone.
    For,
    /// The word weighs against it.
    Against,
}

impl Tone {
    /// Returns the tone of a label.
    ///
    /// ```
    /// use sentiment::tone::{Mark, Tone};
    ///
    /// assert_eq!(Tone::of("Negative").mark(-0.2), Mark::Positive);
    /// assert_eq!(Tone::of("sports").mark(-0.2), Mark::Against);
    /// ```
    pub fn of(label: &str) -> Self {
        match label.to_lowercase().as_str() {
            "positive" | "pos" | "正面" | "积极" => Self::Positive,
            "negative" | "neg" | "负面" | "消极" => Self::Negative,
            _ => Self::Other,
        }
    }

    /// Returns the mark of a word with a weight for a label of this tone.
    pub fn mark(self, weight: f64) -> Mark {
        match (self, weight > 0.0) {
            (Self::Positive, true) | (Self::Negative, false) => Mark::Positive,
            (Self::Negative, true) | (Self::Positive, false) => Mark::Negative,
            (Self::Other, true) => Mark::For,
            (Self::Other, false) => Mark::Against,
        }
    }

    /// Returns the name, which pages use as a class.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Other => "other",
        }
    }
}

impl Mark {
    /// Returns the name, which pages use as a class.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::For => "for",
            Self::Against => "against",
        }
    }
}
