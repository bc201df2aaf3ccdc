use thiserror::Error;

use crate::printable::Printable;

/// The maximum number of file names in a message.
const SHOWN_MEMBERS: usize = 20;

/// The reason why word vectors cannot be read from a ZIP archive.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The archive is damaged, or uses encryption or a compression method that is not supported.
    #[error("the ZIP archive cannot be read: {reason}")]
    Invalid {
        /// The reason.
        reason: String,
    },
    /// There are no files in the archive.
    #[error("the ZIP archive contains no files")]
    Empty,
    /// There are several files in the archive, and none was selected.
    #[error("the ZIP archive contains {} files: {}", members.len(), listed(members))]
    SeveralMembers {
        /// The names of the files.
        members: Vec<String>,
    },
    /// The archive does not contain the selected file.
    #[error(
        "the ZIP archive has no file {member:?}; it contains {}",
        listed(members)
    )]
    NoMember {
        /// The name of the selected file.
        member: String,
        /// The names of the files in the archive.
        members: Vec<String>,
    },
    /// A file was selected, but there is no archive.
    #[error("the file is not a ZIP archive, so it does not contain {member:?}")]
    NotAnArchive {
        /// The name of the selected file.
        member: String,
    },
    /// The archive is in a pipe, in a compressed file or in another archive.
    #[error("a ZIP archive must be a file, not compressed and not a pipe")]
    Stream,
}

fn listed(members: &[String]) -> String {
    let shown = members.iter().take(SHOWN_MEMBERS);
    let mut list: Vec<String> = shown.map(|name| Printable(name).to_string()).collect();
    if members.len() > SHOWN_MEMBERS {
        list.push(format!("{} more", members.len() - SHOWN_MEMBERS));
    }
    list.join(", ")
}
