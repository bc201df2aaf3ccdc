//! Products of 8-bit integers without special instructions. A word has one value.

use pulp::Simd;
use pulp::bytemuck::{cast_slice, cast_slice_mut};

use super::{F32s, I32s, Int8};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Portable<S>(pub(super) S);

impl<S: Simd> Int8 for Portable<S> {
    type Simd = S;
    const VALUES_PER_WORD: usize = 1;
    const STATE_OFFSET: i32 = 0;
    const MAX_ROWS: usize = 3;

    #[inline(always)]
    fn simd(self) -> S {
        self.0
    }

    fn pack(weights: &[i8]) -> i32 {
        i32::from(weights[0])
    }

    #[inline(always)]
    fn pack_states(self, values: I32s<Self>, words: &mut [i32]) {
        words.copy_from_slice(cast_slice(&[values]));
    }

    #[inline(always)]
    fn multiply_add(self, state: i32, weights: I32s<Self>, mut sums: I32s<Self>) -> I32s<Self> {
        let lanes: &mut [i32] = cast_slice_mut(std::slice::from_mut(&mut sums));
        for (sum, weight) in lanes.iter_mut().zip(cast_slice::<_, i32>(&[weights])) {
            *sum = sum.wrapping_add(state.wrapping_mul(*weight));
        }
        sums
    }

    #[inline(always)]
    fn to_f32s(self, integers: I32s<Self>) -> F32s<Self> {
        let mut floats = self.0.splat_f32s(0.0);
        let lanes: &mut [f32] = cast_slice_mut(std::slice::from_mut(&mut floats));
        for (float, &integer) in lanes.iter_mut().zip(cast_slice::<_, i32>(&[integers])) {
            *float = integer as f32;
        }
        floats
    }
}
