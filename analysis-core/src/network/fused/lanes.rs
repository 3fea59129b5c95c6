//! One vector of units: the operations the kernel is made of, each of them correctly rounded, so that every instruction
//! set gives the same bytes.

use super::block::Block;
use super::points::{Shape, Test, Train};

/// A row of units in memory: 64 bytes, a cache line and an AVX-512 register.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Row<T, const L: usize>(pub(super) [T; L]);

/// `f32` or `f64`.
pub(super) trait Element: Copy + Send + Sync + 'static {
    /// The units of a row.
    const LANES: usize;
    /// [`Element::LANES`] units.
    type Row: Copy + Send + Sync + AsRef<[Self]> + AsMut<[Self]>;
    /// One bit per unit of a row.
    type Mask: Copy + Send + Sync;
    const ZERO: Self;
    const NO_UNIT: Self::Mask;
    const ZERO_ROW: Self::Row;

    /// Rounded to nearest.
    fn from_f64(value: f64) -> Self;
    /// Exact.
    fn to_f64(self) -> f64;
    /// How the kernel for this instruction set wants its points and units in memory.
    fn shape(set: InstructionSet) -> Shape;
    /// [`super::kernel::sweep`], compiled for this instruction set.
    fn sweep(
        set: InstructionSet,
        block: &mut Block<Self>,
        train: &Train<Self>,
        test: &Test<Self>,
        force: Option<&[Self]>,
    );
    /// [`super::kernel::reduce`], compiled for this instruction set.
    fn reduce(set: InstructionSet, sums: &[&[Self::Row]], scale: f64, out: &mut [f64]);
}

/// A register of units.
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

/// What the processor offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstructionSet {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl InstructionSet {
    /// Those that run here, the fastest first.
    pub(super) fn available() -> Vec<Self> {
        let mut sets = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if avx2 && is_x86_feature_detected!("avx512f") {
                sets.push(InstructionSet::Avx512);
            }
            if avx2 {
                sets.push(InstructionSet::Avx2);
            }
        }
        sets.push(InstructionSet::Portable);
        sets
    }
}

macro_rules! element {
    ($t:ty, $lanes:literal, $mask:ty, $avx512:ident, $avx2:ident) => {
        impl AsRef<[$t]> for Row<$t, $lanes> {
            #[inline(always)]
            fn as_ref(&self) -> &[$t] {
                &self.0
            }
        }

        impl AsMut<[$t]> for Row<$t, $lanes> {
            #[inline(always)]
            fn as_mut(&mut self) -> &mut [$t] {
                &mut self.0
            }
        }

        impl Element for $t {
            const LANES: usize = $lanes;
            type Row = Row<$t, $lanes>;
            type Mask = $mask;
            const ZERO: Self = 0.0;
            const NO_UNIT: Self::Mask = 0;
            const ZERO_ROW: Self::Row = Row([0.0; $lanes]);

            fn from_f64(value: f64) -> Self {
                value as $t
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }

            fn shape(set: InstructionSet) -> Shape {
                match set {
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => super::x86::AVX512_SHAPE,
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => super::x86::AVX2_SHAPE,
                    InstructionSet::Portable => PORTABLE_SHAPE,
                }
            }

            fn sweep(
                set: InstructionSet,
                block: &mut Block<Self>,
                train: &Train<Self>,
                test: &Test<Self>,
                force: Option<&[Self]>,
            ) {
                match set {
                    // SAFETY: an engine is only made for a set that `InstructionSet::available` found.
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => unsafe {
                        super::x86::$avx512::sweep(block, train, test, force)
                    },
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => unsafe { super::x86::$avx2::sweep(block, train, test, force) },
                    InstructionSet::Portable => super::kernel::sweep::<
                        Self,
                        Portable<$t, $lanes>,
                        { PORTABLE_SHAPE.samples },
                        { PORTABLE_SHAPE.rows },
                    >(block, train, test, force),
                }
            }

            fn reduce(set: InstructionSet, sums: &[&[Self::Row]], scale: f64, out: &mut [f64]) {
                match set {
                    // SAFETY: as in `sweep`.
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx512 => unsafe { super::x86::$avx512::reduce(sums, scale, out) },
                    #[cfg(target_arch = "x86_64")]
                    InstructionSet::Avx2 => unsafe { super::x86::$avx2::reduce(sums, scale, out) },
                    InstructionSet::Portable => {
                        super::kernel::reduce::<Self, Portable<$t, $lanes>>(sums, scale, out)
                    }
                }
            }
        }

        impl Lanes<$t> for Portable<$t, $lanes> {
            #[inline(always)]
            fn zero() -> Self {
                Portable([0.0; $lanes])
            }

            #[inline(always)]
            fn splat(value: $t) -> Self {
                Portable([value; $lanes])
            }

            #[inline(always)]
            fn splat_where(mask: $mask, value: $t) -> Self {
                let mut lanes = [0.0; $lanes];
                for (l, lane) in lanes.iter_mut().enumerate() {
                    if (mask >> l) & 1 == 1 {
                        *lane = value;
                    }
                }
                Portable(lanes)
            }

            #[inline(always)]
            fn load(row: &Row<$t, $lanes>) -> Self {
                Portable(row.0)
            }

            #[inline(always)]
            fn row(self) -> Row<$t, $lanes> {
                Row(self.0)
            }

            #[inline(always)]
            fn sub(mut self, other: Self) -> Self {
                for (s, o) in self.0.iter_mut().zip(other.0) {
                    *s -= o;
                }
                self
            }

            #[inline(always)]
            fn fma(mut self, b: Self, c: Self) -> Self {
                for ((s, b), c) in self.0.iter_mut().zip(b.0).zip(c.0) {
                    *s = s.mul_add(b, c);
                }
                self
            }

            #[inline(always)]
            fn fnma(mut self, b: Self, c: Self) -> Self {
                for ((s, b), c) in self.0.iter_mut().zip(b.0).zip(c.0) {
                    *s = (-*s).mul_add(b, c);
                }
                self
            }

            #[inline(always)]
            fn relu(mut self) -> Self {
                for h in &mut self.0 {
                    *h = if 0.0 > *h { 0.0 } else { *h };
                }
                self
            }

            #[inline(always)]
            fn positive(self) -> $mask {
                let mut mask = 0;
                for (l, h) in self.0.into_iter().enumerate() {
                    mask |= <$mask>::from(h > 0.0) << l;
                }
                mask
            }

            type Wide = [f64; 16];

            #[inline(always)]
            fn wide() -> [f64; 16] {
                [0.0; 16]
            }

            #[inline(always)]
            fn widen(self, mut sums: [f64; 16]) -> [f64; 16] {
                for (sum, value) in sums.iter_mut().zip(self.0) {
                    *sum += f64::from(value);
                }
                sums
            }

            #[inline(always)]
            fn lanes(sums: [f64; 16]) -> [f64; 16] {
                sums
            }
        }
    };
}

/// Arrays: `mul_add` is an instruction on some processors and a call of libm on others, rounded once on all.
#[derive(Clone, Copy)]
pub(super) struct Portable<T, const L: usize>([T; L]);

const PORTABLE_SHAPE: Shape = Shape { samples: 4, rows: 1, columns: 4 };

element!(f32, 16, u16, avx512_single, avx2_single);
element!(f64, 8, u8, avx512_double, avx2_double);
