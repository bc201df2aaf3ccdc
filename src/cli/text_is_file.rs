//! Texts on the command line that are rather names of files.

use std::borrow::Cow;
use std::path::Path;

use sentiment::corpus::Format;

/// The error of a text that is the name of a file.
#[derive(Debug, thiserror::Error)]
pub enum TextIsFile {
    /// A file that exists.
    #[error("{0:?} is a file, not a text")]
    Existing(String),
    /// A name without spaces, with the extension of a corpus.
    #[error("no file {0:?}")]
    Missing(String),
}

impl TextIsFile {
    /// Returns the error of a text, if it is a name.
    pub fn of(text: &str) -> Option<Self> {
        let path = Path::new(text);
        if path.is_file() {
            return Some(Self::Existing(text.into()));
        }
        let is_name = !text.contains(char::is_whitespace) && !path.is_dir();
        (is_name && Format::of(path).is_some()).then(|| Self::Missing(text.into()))
    }

    /// Returns the flag that reads the file, or the command that classifies its name.
    pub fn hint(&self) -> String {
        match self {
            Self::Existing(file) => format!("use --input {}", quoted(file)),
            Self::Missing(name) => format!(
                "use --input FILE for a file; `echo {} | sentiment predict -` classifies the name as a text",
                quoted(name)
            ),
        }
    }
}

fn quoted(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or(Cow::Borrowed(text))
}
