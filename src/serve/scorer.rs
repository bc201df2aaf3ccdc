//! Dynamic batching: scores the texts of several requests as one batch.
//!
//! Each model version has a queue and one scoring loop. An idle loop takes a request at once, so a single request never
//! waits. While one batch is scored, the next one accumulates in the queue.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;
use tokio::time::timeout_at;

use super::api_error::ApiError;
use super::error::ServeError;
use super::prometheus::ModelMetrics;
use super::queue::{Failed, Full, Job, Queue};
use super::settings::Limits;
use crate::classifier::{Classifier, Prediction};

/// Sizes in bytes of a text, and of all texts of a batch, from which all cores score a batch. Below them, waking the
/// threads takes longer than it saves, and the cores are better left to the connections.
const LONG_TEXT: usize = 512;
const LARGE_BATCH: usize = 8 << 10;

/// The scorer of a model version. After it is dropped, the loop scores the queued texts and ends.
#[derive(Debug)]
pub struct Scorer {
    queue: Arc<Queue>,
    /// Maximum texts per chunk.
    most: usize,
}

impl Scorer {
    /// Starts the scoring loop.
    pub fn start(
        classifier: Classifier,
        limits: &Limits,
        metrics: ModelMetrics,
    ) -> Result<Self, ServeError> {
        let queue = Arc::new(Queue::new(limits.queue));
        let scorer = Self {
            queue: Arc::clone(&queue),
            most: limits.max_batch.min(limits.queue),
        };
        let Limits {
            max_batch,
            max_delay,
            ..
        } = *limits;
        // The loop is the only worker of its own pool, so a small batch runs on the loop's thread and wakes no other.
        // Both pools live as long as the loop.
        let alone = pool(1, "scorer")?;
        let together = pool(rayon::current_num_threads(), "scorers")?;
        alone.spawn(move || {
            while let Some(batch) = queue.take(max_batch, max_delay) {
                if is_small(&batch) {
                    score(&classifier, batch, &metrics);
                } else {
                    together.install(|| score(&classifier, batch, &metrics));
                }
            }
        });
        Ok(scorer)
    }

    /// Scores the texts of a request before the deadline. Large requests are split into chunks, interleaved with other
    /// requests.
    pub async fn score(
        &self,
        mut texts: Vec<String>,
        deadline: Instant,
    ) -> Result<Vec<Prediction>, ApiError> {
        let mut predictions = Vec::with_capacity(texts.len());
        while !texts.is_empty() {
            let rest = texts.split_off(texts.len().min(self.most));
            predictions.extend(self.score_part(texts, deadline).await?);
            texts = rest;
        }
        Ok(predictions)
    }

    async fn score_part(
        &self,
        texts: Vec<String>,
        deadline: Instant,
    ) -> Result<Vec<Prediction>, ApiError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            texts,
            deadline,
            reply,
        };
        self.queue.push(job).map_err(|Full| ApiError::busy())?;
        match timeout_at(deadline.into(), answer).await {
            Ok(Ok(scored)) => scored.map_err(|Failed| ApiError::failed()),
            // The scoring loop drops requests past their deadline.
            Ok(Err(_)) | Err(_) => Err(ApiError::late()),
        }
    }

    /// Returns the number of queued texts.
    pub fn waiting(&self) -> usize {
        self.queue.texts()
    }
}

impl Drop for Scorer {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn is_small(batch: &[Job]) -> bool {
    let sizes = || batch.iter().flat_map(|job| &job.texts).map(String::len);
    sizes().all(|size| size < LONG_TEXT) && sizes().sum::<usize>() < LARGE_BATCH
}

fn pool(threads: usize, name: &'static str) -> Result<ThreadPool, ServeError> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
        .map_err(|error| ServeError::Thread(std::io::Error::other(error)))
}

/// Scores the texts of several requests as one batch and sends each request its predictions.
fn score(classifier: &Classifier, batch: Vec<Job>, metrics: &ModelMetrics) {
    let texts: Vec<&str> = batch
        .iter()
        .flat_map(|job| job.texts.iter().map(String::as_str))
        .collect();
    metrics.observe_batch(texts.len());
    // A panic is a bug; it must fail only the request that caused it.
    let scored = catch_unwind(AssertUnwindSafe(|| classifier.predict(&texts)));
    let predictions = match scored {
        Ok(Ok(predictions)) => Some(predictions),
        // A single text may be the cause: retry each request alone.
        _ if batch.len() > 1 => {
            for job in batch {
                score(classifier, vec![job], metrics);
            }
            return;
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "scoring failed");
            None
        }
        Err(_) => {
            tracing::error!("scoring panicked");
            None
        }
    };
    let mut predictions = predictions.map(Vec::into_iter);
    for Job { texts, reply, .. } in batch {
        let of_job = predictions
            .as_mut()
            .map(|all| all.by_ref().take(texts.len()).collect());
        // The client may have disconnected.
        let _ = reply.send(of_job.ok_or(Failed));
    }
}
