//! Memory for what a call computes on the way, kept from call to call. A training step needs tens of
//! megabytes of it; asking the system for them anew each time costs a page fault every 4 KB.

// The prefetch instruction has no safe form.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// Buffers begin at a cache line, so that no vector lies across two.
const LINE: usize = 64 / size_of::<f32>();

/// Storage that is free to be taken again. It never holds more than was once in use at one time.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// `f32`s aligned to a cache line. What a buffer holds at first is arbitrary.
#[derive(Debug)]
pub(crate) struct Buffer {
    storage: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// A buffer whose content is left from an earlier use: to be written before it is read.
    pub(crate) fn stale(len: usize) -> Self {
        let needed = len + LINE;
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is large enough, or else the largest, which is given up for a new one.
        let fits = |storage: &Vec<f32>| storage.len() >= needed;
        let best = (0..free.len()).min_by_key(|&i| {
            let len = free[i].len();
            (
                !fits(&free[i]),
                if fits(&free[i]) {
                    len
                } else {
                    usize::MAX - len
                },
            )
        });
        let storage = best.map(|i| free.swap_remove(i));
        drop(free);
        let storage = storage.filter(fits).unwrap_or_else(|| vec![0.0; needed]);
        // Aligning a pointer to `f32`s can only fail at compile time.
        let start = storage
            .as_ptr()
            .align_offset(LINE * size_of::<f32>())
            .min(LINE);
        Self {
            storage,
            start,
            len,
        }
    }

    /// A buffer of zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut buffer = Self::stale(len);
        buffer.fill(0.0);
        buffer
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.storage[self.start..self.start + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.storage[self.start..self.start + self.len]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let storage = std::mem::take(&mut self.storage);
        FREE.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(storage);
    }
}

/// Asks the processor to bring values into its cache while it computes something else: where they lie
/// far apart, it does not foresee by itself which come next.
#[inline(always)]
pub(crate) fn prefetch(values: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    for line in values.chunks(LINE) {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch is a hint that neither reads nor faults, and part of every x86-64.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}
