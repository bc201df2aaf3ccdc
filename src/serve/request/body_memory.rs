//! Counts the memory of request bodies against the limit for all bodies together.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::serve::api_error::ApiError;

/// The memory reserved for a request's body. Dropping it returns the memory.
#[derive(Debug)]
pub struct BodyMemory<'s> {
    /// The memory for all bodies, in KiB.
    room: &'s Semaphore,
    reserved: Option<SemaphorePermit<'s>>,
}

impl<'s> BodyMemory<'s> {
    /// Creates an empty reservation.
    pub fn new(room: &'s Semaphore) -> Self {
        let reserved = None;
        Self { room, reserved }
    }

    /// Reserves further bytes, rounded up to KiB, or returns the error for a server without room (429).
    pub fn grow(&mut self, bytes: usize) -> Result<(), ApiError> {
        let kibibytes = bytes.div_ceil(1024).try_into().unwrap_or(u32::MAX);
        let more = self.room.try_acquire_many(kibibytes);
        let more = more.map_err(|_| ApiError::busy())?;
        match &mut self.reserved {
            Some(reserved) => reserved.merge(more),
            None => self.reserved = Some(more),
        }
        Ok(())
    }
}
