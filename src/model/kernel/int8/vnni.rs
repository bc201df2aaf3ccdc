//! Products of 8-bit integers with the vector neural network instructions (VNNI) of AVX-512 and AVX. A word has four
//! values of 8 bits.
//!
//! The instruction `dpbusd` multiplies unsigned by signed bytes, so states have an offset of 128.

// Intrinsics and functions with target features are unsafe to call where the features are not known.
#![allow(unsafe_code)]

use std::arch::is_x86_feature_detected;
use std::arch::x86_64::{
    __m128i, __m256i, __m512, __m512i, _mm_cvtsi128_si64, _mm_packs_epi16, _mm_packs_epi32,
    _mm_set1_epi32, _mm_storeu_si128, _mm_xor_si128, _mm256_castsi256_si128, _mm256_cvtepi32_ps,
    _mm256_dpbusd_avx_epi32, _mm256_extracti128_si256, _mm256_set1_epi32, _mm512_cvtepi32_epi8,
    _mm512_cvtepi32_ps, _mm512_dpbusd_epi32, _mm512_set1_epi32,
};
use std::mem::transmute;

use pulp::x86::{V3, V4};
use pulp::{cast, f32x8, f32x16, i32x8, i32x16};

use super::{Int8, WithInt8, pack_bytes, zero_word};

/// AVX-512 with VNNI, such as Intel Cascade Lake and AMD Zen 4.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512Vnni(V4);

impl Avx512Vnni {
    /// Returns the instruction set, if this machine has it.
    pub(super) fn try_new() -> Option<Self> {
        match is_x86_feature_detected!("avx512vnni") {
            true => V4::try_new().map(Self),
            false => None,
        }
    }

    /// Runs a computation with this instruction set.
    pub(super) fn run<C: WithInt8>(self, computation: C) -> C::Output {
        #[target_feature(enable = "sse,sse2,fxsr,sse3,ssse3,sse4.1,sse4.2,popcnt")]
        #[target_feature(enable = "avx,avx2,bmi1,bmi2,fma,lzcnt")]
        #[target_feature(enable = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni")]
        fn with_features<C: WithInt8>(kernel: Avx512Vnni, computation: C) -> C::Output {
            computation.with_int8(kernel)
        }
        // SAFETY: `V4` proves that the machine has the features but the last, for which `try_new` looked.
        unsafe { with_features(self, computation) }
    }
}

impl Int8 for Avx512Vnni {
    type Simd = V4;
    const VALUES_PER_WORD: usize = 4;
    const STATE_OFFSET: i32 = 128;
    const MAX_ROWS: usize = 6;

    #[inline(always)]
    fn simd(self) -> V4 {
        self.0
    }

    fn pack(weights: &[i8]) -> i32 {
        pack_bytes(weights)
    }

    #[inline(always)]
    fn pack_states(self, values: i32x16, words: &mut [i32]) {
        let words: &mut [i32; 4] = words.first_chunk_mut().expect("words of a vector");
        // SAFETY: `V4` proves that the machine has AVX-512. The store writes the 16 bytes of `words`.
        unsafe {
            let packed = _mm512_cvtepi32_epi8(transmute::<i32x16, __m512i>(values));
            let packed = _mm_xor_si128(packed, _mm_set1_epi32(zero_word::<Self>()));
            _mm_storeu_si128(std::ptr::from_mut(words).cast::<__m128i>(), packed);
        }
    }

    #[inline(always)]
    fn multiply_add(self, state: i32, weights: i32x16, sums: i32x16) -> i32x16 {
        // SAFETY: a value of this type proves that the machine has the instructions. The types have the same size and no
        // invalid values.
        unsafe {
            let state = _mm512_set1_epi32(state);
            transmute::<__m512i, i32x16>(_mm512_dpbusd_epi32(
                transmute::<i32x16, __m512i>(sums),
                state,
                transmute::<i32x16, __m512i>(weights),
            ))
        }
    }

    #[inline(always)]
    fn to_f32s(self, integers: i32x16) -> f32x16 {
        // SAFETY: as in `multiply_add`.
        unsafe {
            transmute::<__m512, f32x16>(_mm512_cvtepi32_ps(transmute::<i32x16, __m512i>(integers)))
        }
    }
}

/// AVX with VNNI, such as Intel Alder Lake, which has no AVX-512.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AvxVnni(V3);

impl AvxVnni {
    /// Returns the instruction set, if this machine has it.
    pub(super) fn try_new() -> Option<Self> {
        match is_x86_feature_detected!("avxvnni") {
            true => V3::try_new().map(Self),
            false => None,
        }
    }

    /// Runs a computation with this instruction set.
    pub(super) fn run<C: WithInt8>(self, computation: C) -> C::Output {
        #[target_feature(enable = "sse,sse2,fxsr,sse3,ssse3,sse4.1,sse4.2,popcnt")]
        #[target_feature(enable = "avx,avx2,bmi1,bmi2,fma,lzcnt,avxvnni")]
        fn with_features<C: WithInt8>(kernel: AvxVnni, computation: C) -> C::Output {
            computation.with_int8(kernel)
        }
        // SAFETY: `V3` proves that the machine has the features but the last, for which `try_new` looked.
        unsafe { with_features(self, computation) }
    }
}

impl Int8 for AvxVnni {
    type Simd = V3;
    const VALUES_PER_WORD: usize = 4;
    const STATE_OFFSET: i32 = 128;
    const MAX_ROWS: usize = 3;

    #[inline(always)]
    fn simd(self) -> V3 {
        self.0
    }

    fn pack(weights: &[i8]) -> i32 {
        pack_bytes(weights)
    }

    #[inline(always)]
    fn pack_states(self, values: i32x8, words: &mut [i32]) {
        let values: __m256i = cast(values);
        // SAFETY: `V3` proves that the machine has AVX2.
        let packed = unsafe {
            let low = _mm256_castsi256_si128(values);
            let high = _mm256_extracti128_si256::<1>(values);
            let halves = _mm_packs_epi32(low, high);
            let bytes = _mm_packs_epi16(halves, halves);
            _mm_cvtsi128_si64(_mm_xor_si128(bytes, _mm_set1_epi32(zero_word::<Self>())))
        };
        words.copy_from_slice(&cast::<i64, [i32; 2]>(packed));
    }

    #[inline(always)]
    fn multiply_add(self, state: i32, weights: i32x8, sums: i32x8) -> i32x8 {
        // SAFETY: a value of this type proves that the machine has the instructions.
        unsafe {
            let state = _mm256_set1_epi32(state);
            cast(_mm256_dpbusd_avx_epi32(cast(sums), state, cast(weights)))
        }
    }

    #[inline(always)]
    fn to_f32s(self, integers: i32x8) -> f32x8 {
        // SAFETY: `V3` proves that the machine has AVX.
        unsafe { cast(_mm256_cvtepi32_ps(cast(integers))) }
    }
}
