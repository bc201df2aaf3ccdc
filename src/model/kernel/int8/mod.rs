//! Products of 8-bit integers, which score faster than products of `f32`.
//!
//! Weights have a scale for each row (symmetric quantization). States are between -1 and 1, as the LSTM's are, and have
//! the fixed scale [`STATE_SCALE`]. Sums are 32-bit integers, so they are exact and do not depend on their order:
//! a text's results do not depend on the batch, the number of threads or the instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod matrix;
mod panels;
mod portable;
mod states;
#[cfg(target_arch = "x86_64")]
mod vnni;

use pulp::{Arch, Simd};

#[cfg(target_arch = "x86_64")]
use self::avx2::Avx2;
pub(crate) use self::matrix::QuantizedMatrix;
pub(crate) use self::panels::{Int8Panel, Int8Panels, accumulate_int8};
use self::portable::Portable;
pub(crate) use self::states::QuantizedStates;
#[cfg(target_arch = "x86_64")]
use self::vnni::{Avx512Vnni, AvxVnni};

/// The factor by which a state is multiplied before it is rounded to an integer.
pub(crate) const STATE_SCALE: f32 = 127.0;

/// Adding this number rounds a number below 2²² to an integer, ties to even, in the lowest bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// An instruction set with a product of 8-bit integers.
pub(crate) trait Int8: Copy + Send + Sync {
    /// The instructions for `f32`.
    type Simd: Simd;

    /// The number of values in a 32-bit word. One instruction multiplies the words of all lanes and sums the products of
    /// each.
    const VALUES_PER_WORD: usize;

    /// The number that is added to each value of a state.
    const STATE_OFFSET: i32;

    /// The number of rows whose sums fit the registers, with the operands.
    const MAX_ROWS: usize;

    /// Returns the instructions for `f32`.
    fn simd(self) -> Self::Simd;

    /// Packs at most [`Int8::VALUES_PER_WORD`] weights into a word.
    fn pack(weights: &[i8]) -> i32;

    /// Packs the integers of a state, one in each lane, into `lanes / VALUES_PER_WORD` words, with the offset.
    fn pack_states(self, values: I32s<Self>, words: &mut [i32]);

    /// Returns `sums` plus the products of a word of a state with the words of weights, in each lane.
    fn multiply_add(self, state: i32, weights: I32s<Self>, sums: I32s<Self>) -> I32s<Self>;

    /// Returns the nearest `f32` of each integer.
    fn to_f32s(self, integers: I32s<Self>) -> F32s<Self>;
}

/// A SIMD vector of `f32`.
pub(crate) type F32s<K> = <<K as Int8>::Simd as Simd>::f32s;

/// A SIMD vector of `i32`.
pub(crate) type I32s<K> = <<K as Int8>::Simd as Simd>::i32s;

/// Returns a word of a state whose values are zero.
pub(crate) const fn zero_word<K: Int8>() -> i32 {
    match K::VALUES_PER_WORD {
        4 => K::STATE_OFFSET * 0x0101_0101_u32 as i32,
        2 => K::STATE_OFFSET * 0x0001_0001,
        _ => K::STATE_OFFSET,
    }
}

/// Rounds states between -1 and 1 to integers and packs them into `lanes / VALUES_PER_WORD` words.
#[inline(always)]
pub(crate) fn quantize<K: Int8>(kernel: K, states: F32s<K>, words: &mut [i32]) {
    let simd = kernel.simd();
    let rounding = simd.splat_f32s(ROUNDING);
    let rounded = simd.mul_add_f32s(states, simd.splat_f32s(STATE_SCALE), rounding);
    let bits = simd.transmute_u32s_f32s(rounded);
    let integers = simd.sub_u32s(bits, simd.splat_u32s(ROUNDING.to_bits()));
    kernel.pack_states(simd.transmute_i32s_u32s(integers), words);
}

/// A computation with products of 8-bit integers, for any instruction set.
pub(crate) trait WithInt8 {
    /// The result.
    type Output;

    /// Computes the result. Must be `#[inline(always)]`.
    fn with_int8<K: Int8>(self, kernel: K) -> Self::Output;
}

/// The instruction set that is chosen at run time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Int8Arch {
    #[cfg(target_arch = "x86_64")]
    Avx512Vnni(Avx512Vnni),
    #[cfg(target_arch = "x86_64")]
    AvxVnni(AvxVnni),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// Without instructions for 8-bit integers.
    Portable,
}

impl Int8Arch {
    /// Returns the fastest instruction set of this machine.
    pub(crate) fn new() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(kernel) = Avx512Vnni::try_new() {
                return Self::Avx512Vnni(kernel);
            }
            if let Some(kernel) = AvxVnni::try_new() {
                return Self::AvxVnni(kernel);
            }
            if let Some(kernel) = Avx2::try_new() {
                return Self::Avx2(kernel);
            }
        }
        Self::Portable
    }

    /// Returns all instruction sets of this machine.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(Avx512Vnni::try_new().map(Self::Avx512Vnni));
            all.extend(AvxVnni::try_new().map(Self::AvxVnni));
            all.extend(Avx2::try_new().map(Self::Avx2));
        }
        all
    }

    /// Returns the instructions for `f32`, whose vectors have as many lanes.
    pub(crate) fn float_arch(self) -> Arch {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(kernel) => Arch::V4(kernel.simd()),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(kernel) => Arch::V3(kernel.simd()),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(kernel) => Arch::V3(kernel.simd()),
            Self::Portable => portable_arch(),
        }
    }

    /// Runs a computation with this instruction set.
    pub(crate) fn dispatch<C: WithInt8>(self, computation: C) -> C::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512Vnni(kernel) => kernel.run(computation),
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni(kernel) => kernel.run(computation),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(kernel) => kernel.run(computation),
            #[cfg(target_arch = "x86_64")]
            Self::Portable => computation.with_int8(Portable(pulp::Scalar)),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Portable => portable_arch().dispatch(WithPortable(computation)),
        }
    }
}

/// Returns the instructions for `f32` beside the portable products. An x86-64 without AVX2 has none: so that fewer kernels are
/// compiled, there is no portable one for others.
fn portable_arch() -> Arch {
    match cfg!(target_arch = "x86_64") {
        true => Arch::Scalar,
        false => Arch::new(),
    }
}

#[cfg(not(target_arch = "x86_64"))]
struct WithPortable<C>(C);

#[cfg(not(target_arch = "x86_64"))]
impl<C: WithInt8> pulp::WithSimd for WithPortable<C> {
    type Output = C::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> C::Output {
        self.0.with_int8(Portable(simd))
    }
}

/// Packs four weights into a word, the first into the lowest byte. Missing ones are zero.
#[cfg(target_arch = "x86_64")]
fn pack_bytes(weights: &[i8]) -> i32 {
    let mut word = [0i8; 4];
    word[..weights.len()].copy_from_slice(weights);
    pulp::cast(word)
}
