//! Explanations of predictions. An explanation takes as long as many predictions and uses all cores, so the server
//! explains one request at a time, queues a few and limits the texts of each.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout_at;

use super::api_error::ApiError;
use crate::classifier::Classifier;
use crate::explain::{ExplainError, Explanation, IsWanted, Request, explain_while};

/// Maximum texts per request.
pub const MOST_TEXTS: usize = 16;

/// Maximum total characters of a request's texts: about ten reviews.
pub const MOST_CHARACTERS: usize = 16_000;

/// Maximum number of running and queued requests.
const MOST_REQUESTS: usize = 16;

/// Explains texts, one request at a time.
#[derive(Debug)]
pub struct Explainer {
    room: Semaphore,
    turn: Arc<Semaphore>,
}

/// The explanation of a text, or an error.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Explained {
    Explanation(Box<Explanation>),
    /// Why the text has no explanation.
    Refused {
        error: String,
    },
}

impl Default for Explainer {
    fn default() -> Self {
        Self {
            room: Semaphore::new(MOST_REQUESTS),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Explainer {
    /// Explains the texts of a request before the deadline, or returns an error.
    pub async fn explain(
        &self,
        classifier: Classifier,
        texts: Vec<String>,
        request: Request,
        deadline: Instant,
    ) -> Result<Vec<Explained>, ApiError> {
        let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
        if characters > MOST_CHARACTERS {
            return Err(ApiError::invalid(format!(
                "A request may have {MOST_CHARACTERS} characters to explain, but this one has {characters}"
            )));
        }
        let _room = self.room.try_acquire().map_err(|_| ApiError::busy())?;
        let turn = timeout_at(deadline.into(), Arc::clone(&self.turn).acquire_owned()).await;
        // The semaphore is never closed.
        let turn = turn
            .map_err(|_| ApiError::late())?
            .map_err(|_| ApiError::failed())?;
        // Dropped with this future if the client disconnects.
        let waiting = Arc::new(());
        let is_waiting = Arc::downgrade(&waiting);
        let explaining = spawn_blocking(move || {
            // Held until the work is done, even if the client disconnects earlier.
            let _turn = turn;
            let is_wanted = || Instant::now() < deadline && is_waiting.strong_count() > 0;
            let texts = texts.iter();
            let explained = texts.map(|text| of_text(&classifier, text, &request, &is_wanted));
            explained.collect()
        });
        match timeout_at(deadline.into(), explaining).await {
            Ok(Ok(explained)) => explained,
            Ok(Err(_)) => {
                tracing::error!("explaining panicked");
                Err(ApiError::failed())
            }
            Err(_) => Err(ApiError::late()),
        }
    }
}

fn of_text(
    classifier: &Classifier,
    text: &str,
    request: &Request,
    is_wanted: IsWanted,
) -> Result<Explained, ApiError> {
    match explain_while(classifier, text, request, is_wanted) {
        Ok(explanation) => Ok(Explained::Explanation(Box::new(explanation))),
        Err(error @ (ExplainError::Empty | ExplainError::TooManyFeatures { .. })) => {
            let error = error.to_string();
            Ok(Explained::Refused { error })
        }
        Err(ExplainError::Stopped) => Err(ApiError::late()),
        Err(error @ ExplainError::NoAttention) => Err(ApiError::invalid(error.to_string())),
        Err(ExplainError::Model(error)) => {
            tracing::error!(%error, "explaining failed");
            Err(ApiError::failed())
        }
    }
}
