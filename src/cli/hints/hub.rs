//! Hints for errors of the hub.

use sentiment::hub::{HubError, RepositoryKind};

pub(super) fn hub_hint(error: &HubError) -> Option<&'static str> {
    match error {
        HubError::UnknownDownload { .. } => Some("hf:OWNER/NAME downloads any dataset of the hub"),
        HubError::NotFound {
            kind: RepositoryKind::Model,
            ..
        } => Some("models are hf:OWNER/NAME or hf:OWNER/NAME@REVISION"),
        HubError::BadName { .. } | HubError::NotFound { .. } => {
            Some("datasets are hf:OWNER/NAME or hf:OWNER/NAME/CONFIG")
        }
        HubError::OtherModel { .. } => Some("`sentiment import` reads models of Keras and PyTorch"),
        HubError::Denied {
            has_token: false, ..
        } => Some("check the name, or set HF_TOKEN to a token with access to it"),
        HubError::Denied { .. } => {
            Some("check the name, accept the terms on its page, or use another token in HF_TOKEN")
        }
        HubError::UnknownConfig { .. } => {
            Some("add the configuration to the name: hf:OWNER/NAME/CONFIG")
        }
        HubError::UnknownSplit { .. } => Some("choose a split with --split NAME"),
        HubError::NotCached { .. } => Some("unset HF_HUB_OFFLINE to download it"),
        HubError::Interrupted { .. } => Some("run the command again to resume the download"),
        HubError::Digest { .. } => Some("run the command again to download the file again"),
        HubError::Archive { .. } => {
            Some("delete the archive and run the command again to download it again")
        }
        HubError::Request { .. } => Some(
            "check the network; HF_ENDPOINT selects another hub, HF_HUB_OFFLINE=1 uses the cache only",
        ),
        _ => None,
    }
}
