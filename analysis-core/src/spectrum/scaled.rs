//! A matrix and its targets brought to entries of order 1 before they are decomposed, and what was found brought back.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::decomposition::trusted;
use super::eigenspace::Eigenspace;
use super::evidence::Evidence;
use super::measure::SpectralMeasure;
use crate::error::Result;
use crate::reduction::Reduced;

/// By powers of two, which move no digit: squares then neither over- nor underflow.
#[derive(Debug)]
pub(crate) struct Scaled {
    of_k: Scale,
    of_y: Vec<Scale>,
}

impl Scaled {
    /// For K (n,n), whose largest entry has this size, and y (n,k).
    pub(crate) fn of(largest: f64, y: ArrayView2<f64>) -> Self {
        let largest_of =
            |values: ndarray::ArrayView1<f64>| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        Scaled {
            of_k: Scale::to_one(largest),
            of_y: y.columns().into_iter().map(|column| Scale::to_one(largest_of(column))).collect(),
        }
    }

    /// An entry of K.
    pub(crate) fn entry(&self, value: f64) -> f64 {
        self.of_k.down(value)
    }

    /// The targets.
    pub(crate) fn targets(&self, y: ArrayView2<f64>) -> Array2<f64> {
        let mut scaled = y.to_owned();
        for (mut column, scale) in scaled.columns_mut().into_iter().zip(&self.of_y) {
            column.mapv_inplace(|value| scale.down(value));
        }
        scaled
    }

    /// The spectral measure of K and y, whose scaled form was decomposed with the arithmetic's precision `arithmetic`; K is right
    /// to `epsilon`.
    ///
    /// # Errors
    /// As [`Evidence::of`] and [`trusted`].
    pub(crate) fn measure(&self, reduced: Reduced, arithmetic: f64, epsilon: f64) -> Result<SpectralMeasure> {
        let n = reduced.values.len() as f64;
        let evidence = Evidence::of(&reduced, arithmetic, self.of_k.up(1.0) / n)?;
        let Reduced { values, targets, .. } = reduced;
        let mut values = Array1::from(values);
        values.mapv_inplace(|value| self.of_k.up(value));
        let epsilon = epsilon.max(arithmetic);
        let eigenvalues = trusted(values, epsilon)?;
        let mut coefficients = targets;
        coefficients.invert_axis(Axis(0));
        let root = n.sqrt();
        for (mut column, scale) in coefficients.columns_mut().into_iter().zip(&self.of_y) {
            column.mapv_inplace(|value| scale.up(value / root));
        }
        let eigenspaces = Eigenspace::find(&eigenvalues.to_vec(), epsilon);
        Ok(SpectralMeasure { eigenvalues, coefficients, eigenspaces, evidence, epsilon })
    }
}

/// A power of two, as the product of two that are doubles.
#[derive(Debug, Clone, Copy)]
struct Scale([f64; 2]);

impl Scale {
    /// Divided by it, `largest` lies in [1/2, 2].
    fn to_one(largest: f64) -> Scale {
        if !(largest > 0.0 && largest.is_finite()) {
            return Scale([1.0, 1.0]);
        }
        let exponent = largest.log2().round() as i32;
        Scale([2f64.powi(exponent / 2), 2f64.powi(exponent - exponent / 2)])
    }

    fn down(self, value: f64) -> f64 {
        value / self.0[0] / self.0[1]
    }

    fn up(self, value: f64) -> f64 {
        value * self.0[0] * self.0[1]
    }
}
