//! The back ends for x86-64.

mod avx2;
mod avx512;
mod avx512_count;
mod avx512_index;
mod avx512_lanes;
mod sse2;

pub(super) use avx2::Avx2;
pub(super) use avx512::Avx512;
pub(super) use sse2::places;
