//! Reusable memory for intermediate results. A training step needs tens of megabytes; allocating them from the system
//! each time would cost a page fault per 4 KB.

// The prefetch instruction has no safe form.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

/// The number of `f32`s in a cache line. Buffers start at one, so that no SIMD vector crosses two.
const LINE: usize = 64 / size_of::<f32>();

/// Free storage. It never exceeds the maximum that was in use at one time.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// `f32`s aligned to a cache line.
#[derive(Debug)]
pub(crate) struct Buffer {
    storage: Vec<f32>,
    start: usize,
    len: usize,
}

impl Buffer {
    /// Returns a buffer with the content of an earlier use, to be overwritten.
    pub(crate) fn stale(len: usize) -> Self {
        let needed = len + LINE;
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is large enough; if there is none, the largest is replaced by a new one.
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
        // Alignment can only fail at compile time.
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

    /// Returns a buffer of zeros.
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

/// Prefetches values into the cache. The processor cannot predict accesses that are far apart.
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
