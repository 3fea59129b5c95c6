//! `f32` or `f64`, and its units in memory.

/// A row of units in memory: 64 bytes, a cache line and an AVX-512 register.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Row<T, const L: usize>(pub(super) [T; L]);

impl<T, const L: usize> AsRef<[T]> for Row<T, L> {
    #[inline(always)]
    fn as_ref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const L: usize> AsMut<[T]> for Row<T, L> {
    #[inline(always)]
    fn as_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

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
}

macro_rules! element {
    ($t:ty, $lanes:literal, $mask:ty) => {
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
        }
    };
}

element!(f32, 16, u16);
element!(f64, 8, u8);
