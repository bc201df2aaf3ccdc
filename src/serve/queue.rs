//! A bounded queue of texts to score. Batches combine the texts of several requests.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::classifier::Prediction;

/// The texts of a request, and the channel for its predictions.
#[derive(Debug)]
pub struct Job {
    pub texts: Vec<String>,
    /// The time after which the request is dropped.
    pub deadline: Instant,
    pub reply: oneshot::Sender<Result<Vec<Prediction>, Failed>>,
}

/// The error for a batch that could not be scored.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

impl Job {
    /// Returns whether the client still waits for the response.
    fn is_wanted(&self) -> bool {
        !self.reply.is_closed() && Instant::now() < self.deadline
    }
}

/// The error for a full queue.
#[derive(Debug)]
pub struct Full;

/// A queue of requests with a maximum number of texts.
#[derive(Debug)]
pub struct Queue {
    capacity: usize,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    jobs: VecDeque<(Instant, Job)>,
    texts: usize,
    is_closed: bool,
}

impl Queue {
    /// Creates an empty queue.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            waiting: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Adds a request at the end.
    pub fn push(&self, job: Job) -> Result<(), Full> {
        let mut waiting = self.lock();
        if waiting.texts + job.texts.len() > self.capacity {
            return Err(Full);
        }
        waiting.texts += job.texts.len();
        waiting.jobs.push_back((Instant::now(), job));
        drop(waiting);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for a request, then takes a batch of at most `most` texts. After the first request's arrival, waits up to
    /// `delay` for more. A larger first request is taken alone. Returns `None` once the queue is closed and empty.
    pub fn take(&self, most: usize, delay: Duration) -> Option<Vec<Job>> {
        loop {
            let mut waiting = self.wait_for_batch(most, delay);
            if waiting.jobs.is_empty() {
                return None;
            }
            let batch = waiting.take(most);
            drop(waiting);
            let wanted: Vec<Job> = batch.into_iter().filter(Job::is_wanted).collect();
            if !wanted.is_empty() {
                return Some(wanted);
            }
        }
    }

    fn wait_for_batch(&self, most: usize, delay: Duration) -> MutexGuard<'_, Waiting> {
        let mut waiting = self.lock();
        loop {
            let pause = match waiting.jobs.front() {
                _ if waiting.is_closed => return waiting,
                None => None,
                Some((arrived, _)) => {
                    let left = (*arrived + delay).saturating_duration_since(Instant::now());
                    if left.is_zero() || waiting.texts >= most {
                        return waiting;
                    }
                    Some(left)
                }
            };
            waiting = match pause {
                None => self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let woken = self.changed.wait_timeout(waiting, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Returns the number of queued texts.
    pub fn texts(&self) -> usize {
        self.lock().texts
    }

    /// Closes the queue. The queued requests can still be taken.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// Locks the state. No code panics while it holds the lock, so a poisoned state is still consistent.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Takes the first request, and further ones while their total is at most `most` texts.
    fn take(&mut self, most: usize) -> Vec<Job> {
        let mut batch = Vec::new();
        let mut texts = 0;
        while let Some((_, next)) = self.jobs.front() {
            if !batch.is_empty() && texts + next.texts.len() > most {
                break;
            }
            texts += next.texts.len();
            batch.extend(self.jobs.pop_front().map(|(_, job)| job));
        }
        self.texts -= texts;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Answer = oneshot::Receiver<Result<Vec<Prediction>, Failed>>;

    fn job(texts: usize, left: Duration) -> (Job, Answer) {
        let (reply, answer) = oneshot::channel();
        let texts = vec![String::new(); texts];
        let deadline = Instant::now() + left;
        (
            Job {
                texts,
                deadline,
                reply,
            },
            answer,
        )
    }

    fn sizes(queue: &Queue, most: usize) -> Option<Vec<usize>> {
        let batch = queue.take(most, Duration::ZERO)?;
        Some(batch.iter().map(|job| job.texts.len()).collect())
    }

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn batches_are_whole_requests_in_their_order() {
        let queue = Queue::new(100);
        let answers: Vec<Answer> = [3, 4, 2, 20, 1]
            .map(|texts| {
                let (job, answer) = job(texts, MINUTE);
                queue.push(job).unwrap();
                answer
            })
            .into();
        queue.close();
        assert_eq!(queue.texts(), 30);
        assert_eq!(sizes(&queue, 8), Some(vec![3, 4]));
        assert_eq!(sizes(&queue, 8), Some(vec![2]));
        assert_eq!(sizes(&queue, 8), Some(vec![20]));
        assert_eq!(sizes(&queue, 8), Some(vec![1]));
        assert_eq!(sizes(&queue, 8), None);
        assert_eq!(queue.texts(), 0);
        drop(answers);
    }

    #[test]
    fn a_full_queue_takes_no_more_and_one_that_was_emptied_does() {
        let queue = Queue::new(5);
        let _answers = [4, 1].map(|texts| {
            let (job, answer) = job(texts, MINUTE);
            queue.push(job).unwrap();
            answer
        });
        let (more, _answer) = job(1, MINUTE);
        assert!(queue.push(more).is_err());
        assert_eq!(sizes(&queue, 5), Some(vec![4, 1]));
        let (more, _answer) = job(5, MINUTE);
        assert!(queue.push(more).is_ok());
    }

    #[test]
    fn nobody_is_scored_for_who_is_gone_or_too_late() {
        let queue = Queue::new(100);
        let (gone, answer) = job(1, MINUTE);
        drop(answer);
        let (late, _late) = job(2, Duration::ZERO);
        let (wanted, _wanted) = job(3, MINUTE);
        for job in [gone, late, wanted] {
            queue.push(job).unwrap();
        }
        assert_eq!(sizes(&queue, 100), Some(vec![3]));
    }

    #[test]
    fn a_batch_that_is_full_does_not_wait() {
        let queue = Queue::new(100);
        let (full, _answer) = job(8, MINUTE);
        queue.push(full).unwrap();
        assert_eq!(queue.take(8, MINUTE).unwrap().len(), 1);
    }
}
