//! Integers: a sign perhaps, and digits by the word.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowPrimitiveType, DataType};

use super::block::{BLOCK, Block, Integer, Shorts, View};
use super::digits::number;
use super::numbers::read_grouped;
use super::spelling::ungrouped;
use super::values::Kind;
use super::{Cause, parse};
use crate::scan::Backend;

/// An integer column of Arrow type `T`, whose digits may have a byte between groups of three.
#[derive(Debug)]
pub(super) struct Int<T> {
    thousands: Option<u8>,
    of: PhantomData<T>,
}

impl<T> Int<T> {
    pub(super) fn new(thousands: Option<u8>) -> Int<T> {
        Int { thousands, of: PhantomData }
    }
}

impl<T> Clone for Int<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Int<T> {}

/// How a magnitude and a sign become a number of this width; `None` where they do not.
pub(super) trait Width: parse::Integer {
    const SIGNED: bool;
    fn narrow(value: i64) -> Option<Self>;
    fn narrow_magnitude(value: u64) -> Option<Self>;
}

macro_rules! width {
    ($($type:ty),*) => {$(
        impl Width for $type {
            const SIGNED: bool = <$type>::MIN != 0;

            #[inline(always)]
            fn narrow(value: i64) -> Option<Self> {
                value.try_into().ok()
            }

            #[inline(always)]
            fn narrow_magnitude(value: u64) -> Option<Self> {
                value.try_into().ok()
            }
        }
    )*};
}

width!(i8, i16, i32, i64, u8, u16, u32, u64);

/// Narrows the numbers of a block; says which it could, one bit each. The others leave any value.
#[inline(always)]
fn narrowed<N: Width + Default>(wide: &[i64; BLOCK], values: &mut [N; BLOCK]) -> u64 {
    let mut fits = u64::MAX;
    for (at, (wide, value)) in wide.iter().zip(values).enumerate() {
        let narrow = N::narrow(*wide);
        fits &= !(u64::from(narrow.is_none()) << at);
        *value = narrow.unwrap_or_default();
    }
    fits
}

impl<T: ArrowPrimitiveType<Native: Width>> Kind for Int<T> {
    type Native = T::Native;

    /// Up to 19 digits, after a minus where the type has a sign.
    #[inline(always)]
    fn fast(&self, data: &[u8], start: usize, end: usize) -> Option<T::Native> {
        if !T::Native::SIGNED {
            return T::Native::narrow_magnitude(number(data, start, end)?);
        }
        let negative = *data.get(start)? == b'-';
        let magnitude = i64::try_from(number(data, start + usize::from(negative), end)?).ok()?;
        // Signs of a column may follow no pattern: negate without a branch.
        let sign = -i64::from(negative);
        T::Native::narrow((magnitude ^ sign) - sign)
    }

    #[inline(always)]
    fn second(&self, data: &[u8], start: usize, end: usize) -> Option<T::Native> {
        read_grouped(data, start, end, self.thousands?, |data, start, end| self.fast(data, start, end))
    }

    #[inline(always)]
    fn shorts(&self, backend: Backend, views: &[View; BLOCK], values: &mut [T::Native; BLOCK]) -> u64 {
        let mut wide = [0; BLOCK];
        let found = backend.run(Shorts { views, values: &mut wide, signed: T::Native::SIGNED });
        found & narrowed(&wide, values)
    }

    const BLOCKS: bool = true;

    #[inline(always)]
    fn block(&self, backend: Backend, block: &Block<'_>, values: &mut [T::Native; BLOCK]) -> u64 {
        let mut wide = [0; BLOCK];
        let found = block.read(backend, Integer::new(T::Native::SIGNED), &mut wide);
        found & narrowed(&wide, values)
    }

    fn parse(&self, text: &[u8]) -> Result<T::Native, Cause> {
        let plain = self.thousands.and_then(|thousands| ungrouped(text, thousands));
        parse::integer(plain.as_deref().unwrap_or(text))
    }

    fn may_hold(&self, byte: u8) -> bool {
        byte.is_ascii_digit() || b"+- ".contains(&byte) || self.thousands == Some(byte)
    }

    fn array(&self, values: Vec<T::Native>, nulls: Option<NullBuffer>, _: &DataType) -> ArrayRef {
        Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
    }
}
