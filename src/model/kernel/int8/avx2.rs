//! Products of 8-bit integers with AVX2. A word has two values of 16 bits.
//!
//! The instruction for bytes, `maddubs`, saturates its sums of two products to 16 bits. So values are widened to 16 bits:
//! `madd` sums two products to 32 bits. It multiplies twice as many values as an instruction for `f32`.

// Intrinsics and functions with target features are unsafe to call where the features are not known.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m128i, __m256i, _mm_packs_epi32, _mm_storeu_si128, _mm256_add_epi32, _mm256_castsi256_si128,
    _mm256_cvtepi32_ps, _mm256_extracti128_si256, _mm256_madd_epi16, _mm256_set1_epi32,
};

use pulp::x86::V3;
use pulp::{cast, f32x8, i32x8};

use super::{Int8, WithInt8};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(V3);

impl Avx2 {
    /// Returns the instruction set, if this machine has it.
    pub(super) fn try_new() -> Option<Self> {
        V3::try_new().map(Self)
    }

    /// Runs a computation with this instruction set.
    pub(super) fn run<C: WithInt8>(self, computation: C) -> C::Output {
        #[target_feature(enable = "sse,sse2,fxsr,sse3,ssse3,sse4.1,sse4.2,popcnt")]
        #[target_feature(enable = "avx,avx2,bmi1,bmi2,fma,lzcnt")]
        fn with_features<C: WithInt8>(kernel: Avx2, computation: C) -> C::Output {
            computation.with_int8(kernel)
        }
        // SAFETY: `V3` proves that the machine has these features.
        unsafe { with_features(self, computation) }
    }
}

impl Int8 for Avx2 {
    type Simd = V3;
    const VALUES_PER_WORD: usize = 2;
    const STATE_OFFSET: i32 = 0;
    const MAX_ROWS: usize = 2;

    #[inline(always)]
    fn simd(self) -> V3 {
        self.0
    }

    fn pack(weights: &[i8]) -> i32 {
        let mut word = [0i16; 2];
        for (value, &weight) in word.iter_mut().zip(weights) {
            *value = weight.into();
        }
        cast(word)
    }

    #[inline(always)]
    fn pack_states(self, values: i32x8, words: &mut [i32]) {
        let words: &mut [i32; 4] = words.first_chunk_mut().expect("words of a vector");
        let values: __m256i = cast(values);
        // SAFETY: `V3` proves that the machine has AVX2. The store writes the 16 bytes of `words`.
        unsafe {
            let low = _mm256_castsi256_si128(values);
            let high = _mm256_extracti128_si256::<1>(values);
            let packed = _mm_packs_epi32(low, high);
            _mm_storeu_si128(std::ptr::from_mut(words).cast::<__m128i>(), packed);
        }
    }

    #[inline(always)]
    fn multiply_add(self, state: i32, weights: i32x8, sums: i32x8) -> i32x8 {
        // SAFETY: `V3` proves that the machine has AVX2.
        unsafe {
            let products = _mm256_madd_epi16(_mm256_set1_epi32(state), cast(weights));
            cast(_mm256_add_epi32(cast(sums), products))
        }
    }

    #[inline(always)]
    fn to_f32s(self, integers: i32x8) -> f32x8 {
        // SAFETY: `V3` proves that the machine has AVX.
        unsafe { cast(_mm256_cvtepi32_ps(cast(integers))) }
    }
}
