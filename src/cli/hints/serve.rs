//! Hints for errors of the server.

use sentiment::serve::ServeError;

use super::model_hint;

pub(super) fn serve_hint(error: &ServeError) -> Option<&'static str> {
    match error {
        ServeError::Model { source, .. } => model_hint(source),
        ServeError::NoVersion { .. } => Some(
            "train a version with `sentiment train --out DIR`; DIR is the model folder or a number in it",
        ),
        ServeError::NoLabelledVersion { .. } => {
            Some("VERSION in --label NAME:LABEL=VERSION must be a folder in the model folder")
        }
        ServeError::Keys { .. } => {
            Some("write one key per line; `openssl rand -hex 32` generates one")
        }
        ServeError::Tls { .. } => Some(
            "--tls-cert expects a PEM certificate followed by its chain, --tls-key its private key",
        ),
        ServeError::Listen { .. } => {
            Some("use another --port (0 selects a free port) or another --host")
        }
        _ => None,
    }
}
