//! Numbers one by one, on any processor: `mul_add` is an instruction on some and a call of libm on others, rounded once on
//! all.

use std::mem::transmute;

use super::element::{Element, Row};
use super::lanes::{Lanes, Registers, lanes};
use super::points::Shape;

pub(super) const SHAPE: Shape = Shape { samples: 4, rows: 1, columns: 4 };

macro_rules! portable {
    ($name:ident, $t:ident, $lanes:literal, $mask:ty) => {
        mod $name {
            pub(super) fn splat(value: $t) -> $t {
                value
            }

            pub(super) fn sub(a: $t, b: $t) -> $t {
                a - b
            }

            pub(super) fn negative_fma(a: $t, b: $t, c: $t) -> $t {
                (-a).mul_add(b, c)
            }

            pub(super) fn max(a: $t, b: $t) -> $t {
                if a > b { a } else { b }
            }

            pub(super) fn splat_where(mask: $mask, value: $t) -> [$t; $lanes] {
                std::array::from_fn(|l| if (mask >> l) & 1 == 1 { value } else { 0.0 })
            }

            pub(super) fn positive(h: [$t; $lanes]) -> $mask {
                h.into_iter().enumerate().fold(0, |mask, (l, h)| mask | <$mask>::from(h > 0.0) << l)
            }

            pub(super) fn widen(values: [$t; $lanes], sums: [f64; $lanes]) -> [f64; $lanes] {
                std::array::from_fn(|l| sums[l] + f64::from(values[l]))
            }
        }
    };
}

portable!(single, f32, 16, u16);
portable!(double, f64, 8, u8);

// SAFETY of `lanes!`: these functions are safe; a row is its numbers.
lanes!(f32, 16, [f32; 16] 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15, [f64; 16], f32::default, single::splat, single::sub,
    f32::mul_add, single::negative_fma, single::max, f64::default, single::splat_where, single::positive, single::widen);
lanes!(f64, 8, [f64; 8] 0 1 2 3 4 5 6 7, [f64; 8], f64::default, double::splat, double::sub,
    f64::mul_add, double::negative_fma, double::max, f64::default, double::splat_where, double::positive, double::widen);
