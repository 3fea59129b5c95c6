//! Eight neighbouring rows of a column at work: the operations that the kernels are made of, each of them correctly rounded,
//! so that every instruction set gives the same bytes.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
#[cfg(target_arch = "x86_64")]
use std::mem::transmute;

/// Eight neighbouring numbers, in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Lane(pub(super) [f64; 8]);

impl Lane {
    pub(super) const ZERO: Self = Lane([0.0; 8]);

    /// The numbers of lanes, one after another.
    #[inline(always)]
    pub(super) fn numbers(lanes: &[Lane]) -> &[f64] {
        // SAFETY: a lane is eight numbers and nothing else: its size is that of eight, and its alignment too.
        unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast(), 8 * lanes.len()) }
    }
}

/// A [`Lane`] in registers.
pub(super) trait Vector: Copy {
    /// How many of them are kept in registers as sums.
    const SUMS: usize;
    /// How many of them are kept in registers as columns, beside sums.
    const COLUMNS: usize;
    fn splat(value: f64) -> Self;
    fn load(lane: &Lane) -> Self;
    fn lane(self) -> Lane;
    fn add(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// self·b + c, rounded once.
    fn fma(self, b: Self, c: Self) -> Self;
    /// c − self·b, rounded once.
    fn fnma(self, b: Self, c: Self) -> Self;
    /// The sum of the eight, halves on top of each other until one number is left.
    fn sum(self) -> f64;
}

/// 1 for the rows of a lane after row p, 0 for the others.
pub(super) static AFTER: [Lane; 8] = mask(1);
/// 1 for row p and the rows after it, 0 for the others.
pub(super) static FROM: [Lane; 8] = mask(0);

const fn mask(after: usize) -> [Lane; 8] {
    let mut masks = [Lane::ZERO; 8];
    let mut p = 0;
    while p < 8 {
        let mut i = p + after;
        while i < 8 {
            masks[p].0[i] = 1.0;
            i += 1;
        }
        p += 1;
    }
    masks
}

/// One number a register. `mul_add` is one instruction on ARM and a call of the C library on old x86 processors: slow there,
/// but the same bytes.
#[derive(Clone, Copy)]
pub(super) struct Portable([f64; 8]);

/// The function of each of the eight numbers.
macro_rules! each {
    ($i:ident => $value:expr) => {{
        let mut out = [0.0; 8];
        for ($i, out) in out.iter_mut().enumerate() {
            *out = $value;
        }
        Portable(out)
    }};
}

impl Vector for Portable {
    const SUMS: usize = 2;
    const COLUMNS: usize = 0;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Portable([value; 8])
    }

    #[inline(always)]
    fn load(lane: &Lane) -> Self {
        Portable(lane.0)
    }

    #[inline(always)]
    fn lane(self) -> Lane {
        Lane(self.0)
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each!(i => self.0[i] + other.0[i])
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each!(i => self.0[i] * other.0[i])
    }

    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        each!(i => self.0[i].mul_add(b.0[i], c.0[i]))
    }

    #[inline(always)]
    fn fnma(self, b: Self, c: Self) -> Self {
        each!(i => (-self.0[i]).mul_add(b.0[i], c.0[i]))
    }

    #[inline(always)]
    fn sum(self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

/// [`Vector`] of `$n` registers, numbered `$i`.
#[cfg(target_arch = "x86_64")]
macro_rules! vector {
    ($name:ident, [$v:ty; $n:literal] $($i:literal)*, $sums:literal, $columns:literal, $set1:path, $add:path, $mul:path, $fma:path, $fnma:path, $halves:path) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name([$v; $n]);

        // SAFETY of every `unsafe` below: this type is only used inside the function of `instructions` that enables the
        // features the intrinsics ask for; a lane and its registers are plain values of the same size, every bit pattern
        // of which is valid.
        impl Vector for $name {
            const SUMS: usize = $sums;
            const COLUMNS: usize = $columns;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                $name(unsafe { [$set1(value); $n] })
            }

            #[inline(always)]
            fn load(lane: &Lane) -> Self {
                $name(unsafe { transmute::<Lane, [$v; $n]>(*lane) })
            }

            #[inline(always)]
            fn lane(self) -> Lane {
                unsafe { transmute::<[$v; $n], Lane>(self.0) }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                $name(unsafe { [$($add(self.0[$i], other.0[$i])),*] })
            }

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                $name(unsafe { [$($mul(self.0[$i], other.0[$i])),*] })
            }

            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                $name(unsafe { [$($fma(self.0[$i], b.0[$i], c.0[$i])),*] })
            }

            #[inline(always)]
            fn fnma(self, b: Self, c: Self) -> Self {
                $name(unsafe { [$($fnma(self.0[$i], b.0[$i], c.0[$i])),*] })
            }

            #[inline(always)]
            fn sum(self) -> f64 {
                unsafe {
                    let [low, high] = $halves(self.0);
                    let four = _mm256_add_pd(low, high);
                    let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
                    _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
vector!(Avx512, [__m512d; 1] 0, 18, 18, _mm512_set1_pd, _mm512_add_pd, _mm512_mul_pd, _mm512_fmadd_pd, _mm512_fnmadd_pd, halves);
#[cfg(target_arch = "x86_64")]
vector!(Avx2, [__m256d; 2] 0 1, 6, 0, _mm256_set1_pd, _mm256_add_pd, _mm256_mul_pd, _mm256_fmadd_pd, _mm256_fnmadd_pd, same);

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn halves([v]: [__m512d; 1]) -> [__m256d; 2] {
    unsafe { [_mm512_castpd512_pd256(v), _mm512_extractf64x4_pd::<1>(v)] }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn same(v: [__m256d; 2]) -> [__m256d; 2] {
    v
}
