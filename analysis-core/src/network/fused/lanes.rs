//! A row of units at work: the operations the kernel is made of, each of them correctly rounded, so that every instruction
//! set gives the same bytes.

use super::element::Element;

/// A row of units in registers.
pub(super) trait Lanes<T: Element>: Copy {
    fn zero() -> Self;
    fn splat(value: T) -> Self;
    /// The value in the units of the mask, +0 in the others.
    fn splat_where(mask: T::Mask, value: T) -> Self;
    fn load(row: &T::Row) -> Self;
    fn row(self) -> T::Row;
    fn sub(self, other: Self) -> Self;
    /// self·b + c, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
    /// c − self·b, rounded once.
    fn fnma(self, b: Self, c: Self) -> Self;
    /// (h)₊; NaN stays NaN.
    fn relu(self) -> Self;
    /// The units with h > 0; what it says of NaN does not matter, since the outputs are NaN then.
    fn positive(self) -> T::Mask;
    /// Double precision sums, one a lane.
    type Wide: Copy;
    fn wide() -> Self::Wide;
    fn widen(self, sums: Self::Wide) -> Self::Wide;
    /// The lanes, and zeros to fill up.
    fn lanes(sums: Self::Wide) -> [f64; 16];
}

/// A row in N registers; in the portable code a register holds one number.
#[derive(Clone, Copy)]
pub(super) struct Registers<V, const N: usize>(pub(super) [V; N]);

/// [`Lanes`] of `$n` registers, numbered `$i`, from functions of one register; those of a mask and `$widen` are of the row. The
/// `$sums` sums are registers of double precision. The caller says why the functions may be called.
macro_rules! lanes {
    ($t:ty, $lanes:literal, [$v:ty; $n:literal] $($i:literal)*, [$w:ty; $sums:literal], $zero:path, $set1:path, $sub:path,
     $fma:path, $fnma:path, $max:path, $wide_zero:path, $splat_where:path, $positive:path, $widen:path) => {
        #[allow(unused_unsafe, clippy::useless_transmute)] // The portable functions are safe, and their sums are numbers.
        impl Lanes<$t> for Registers<$v, $n> {
            #[inline(always)]
            fn zero() -> Self {
                unsafe { Registers([$zero(); $n]) }
            }

            #[inline(always)]
            fn splat(value: $t) -> Self {
                unsafe { Registers([$set1(value); $n]) }
            }

            #[inline(always)]
            fn splat_where(mask: <$t as Element>::Mask, value: $t) -> Self {
                unsafe { Registers($splat_where(mask, value)) }
            }

            #[inline(always)]
            fn load(row: &Row<$t, $lanes>) -> Self {
                Registers(unsafe { transmute::<Row<$t, $lanes>, [$v; $n]>(*row) })
            }

            #[inline(always)]
            fn row(self) -> Row<$t, $lanes> {
                unsafe { transmute::<[$v; $n], Row<$t, $lanes>>(self.0) }
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                unsafe { Registers([$($sub(self.0[$i], other.0[$i])),*]) }
            }

            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                unsafe { Registers([$($fma(self.0[$i], b.0[$i], c.0[$i])),*]) }
            }

            #[inline(always)]
            fn fnma(self, b: Self, c: Self) -> Self {
                unsafe { Registers([$($fnma(self.0[$i], b.0[$i], c.0[$i])),*]) }
            }

            #[inline(always)]
            fn relu(self) -> Self {
                // Of NaN and a number `$max` returns its second operand, as the instructions do.
                unsafe { Registers([$($max($zero(), self.0[$i])),*]) }
            }

            #[inline(always)]
            fn positive(self) -> <$t as Element>::Mask {
                unsafe { $positive(self.0) }
            }

            type Wide = [$w; $sums];

            #[inline(always)]
            fn wide() -> Self::Wide {
                unsafe { [$wide_zero(); $sums] }
            }

            #[inline(always)]
            fn widen(self, sums: Self::Wide) -> Self::Wide {
                unsafe { $widen(self.0, sums) }
            }

            #[inline(always)]
            fn lanes(sums: Self::Wide) -> [f64; 16] {
                let mut lanes = [0.0; 16];
                lanes[..$lanes].copy_from_slice(&unsafe { transmute::<[$w; $sums], [f64; $lanes]>(sums) });
                lanes
            }
        }
    };
}
pub(super) use lanes;
