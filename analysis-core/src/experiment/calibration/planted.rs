//! What is planted in every sample.

use ndarray::{Array2, Axis};
use rand_distr::{Distribution, StandardNormal};

use crate::kernel::Gram;
use crate::numeric::tail_of_powers;
use crate::seed::Stream;

/// How large a target's coefficients are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coefficients {
    /// θ_i independent N(0, i^{−1−r}), written `gaussian`.
    #[default]
    Gaussian,
    /// θ_i = ± i^{−(1+r)/2} with random signs, written `signs`. On a sphere the energy of every degree is fixed, its direction random.
    Signs,
}

crate::text::plain_enum!(Coefficients, "coefficients", Gaussian = "gaussian", Signs = "signs");

/// Which rows of a sample are noisy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoisyRows {
    /// All, with one variance, written `all`.
    #[default]
    All,
    /// Those whose target lies above its median, with twice the variance, written `above-median`: noise that depends on the input, as
    /// that of digits that cannot be read.
    AboveMedian,
}

crate::text::plain_enum!(NoisyRows, "noisy rows", All = "all", AboveMedian = "above-median");

/// K (n,n) and targets without noise (n, exponents · targets), those of one exponent beside each other.
pub(super) struct Sample {
    pub(super) gram: Gram,
    pub(super) targets: Array2<f64>,
}

/// What is planted in every sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planted<'a> {
    pub(super) exponents: &'a [f64],
    /// Targets of each exponent.
    pub(super) targets: usize,
    pub(super) coefficients: Coefficients,
}

impl Planted<'_> {
    pub(super) fn columns(&self) -> usize {
        self.exponents.len() * self.targets
    }

    /// r of a column.
    pub(super) fn exponent(&self, column: usize) -> f64 {
        self.exponents[column / self.targets]
    }

    /// θ of `modes` eigenfunctions from index `first` (from 1) on: (modes, columns). The θ of all exponents are one draw but for their
    /// scale: readings differ by the exponent, not by chance.
    pub(super) fn theta(&self, first: usize, modes: usize, stream: &mut Stream) -> Array2<f64> {
        let drawn = Array2::from_shape_simple_fn((modes, self.targets), || {
            let z: f64 = StandardNormal.sample(stream);
            match self.coefficients {
                Coefficients::Gaussian => z,
                Coefficients::Signs => 1f64.copysign(z),
            }
        });
        Array2::from_shape_fn((modes, self.columns()), |(i, column)| {
            drawn[[i, column % self.targets]]
                * ((first + i) as f64).powf(-0.5 * (1.0 + self.exponent(column)))
        })
    }

    /// Adds what lies beyond the first `modes` eigenfunctions: independent from row to row.
    pub(super) fn add_rest(&self, targets: &mut Array2<f64>, modes: usize, stream: &mut Stream) {
        let rest = normals(stream, targets.nrows(), self.targets);
        for (column, mut target) in targets.axis_iter_mut(Axis(1)).enumerate() {
            let energy = tail_of_powers(modes, 1.0 + self.exponent(column));
            target.scaled_add(energy.sqrt(), &rest.column(column % self.targets));
        }
    }
}

pub(super) fn normals(stream: &mut Stream, rows: usize, columns: usize) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(stream))
}
