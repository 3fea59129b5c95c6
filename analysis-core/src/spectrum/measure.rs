//! The spectral measure of targets under a Gram matrix.

use std::path::Path;

use ndarray::{Array1, Array2, Axis};
use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;

use super::eigenspace::{Eigenspace, share};
use super::evidence::Evidence;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::{atomic, npy};

/// Eigenvalues of K/n and the targets' coefficients on its eigenvectors, made by
/// [`Gram::measure`](crate::kernel::Gram::measure).
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralMeasure {
    /// λ_1 ≥ λ_2 ≥ … (n): the eigenvalues of K/n.
    pub eigenvalues: Array1<f64>,
    /// c = φᵀY/n (n,k): row i−1 belongs to λ_i, column j to target j; Y = φc. The sign of a row is
    /// arbitrary (an eigenvector's sign is), its square is not. **Within one of the [`eigenspaces`] a single coefficient is
    /// arbitrary altogether**: another order of the rows gives another basis. There, use [`energy`](SpectralMeasure::energy).
    ///
    /// [`eigenspaces`]: SpectralMeasure::eigenspaces
    pub coefficients: Array2<f64>,
    /// The eigenvalues that are one to rounding, where there are any.
    pub eigenspaces: Vec<Eigenspace>,
    /// How far the decomposition can be trusted.
    pub evidence: Evidence,
    /// The precision of all this: of K ([`Gram::epsilon`](crate::kernel::Gram::epsilon)), or that of the arithmetic where it is coarser.
    pub epsilon: f64,
}

impl SpectralMeasure {
    /// n, the number of samples (and of eigenvalues).
    pub fn n(&self) -> usize {
        self.eigenvalues.len()
    }

    /// Σ_j c_ij² over all target columns (n): the energy on each eigenvector, that of an
    /// [`Eigenspace`] shared evenly over its indices.
    pub fn energy(&self) -> Array1<f64> {
        self.energy_of(0, self.coefficients.ncols())
    }

    /// c_ij² (n,k), the energy of each target on each eigenvector, that of an [`Eigenspace`] shared evenly over its
    /// indices.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array2, array};
    /// let gram = Gram::from_array(Array2::eye(2))?;
    /// let measure = gram.measure(array![[1.0], [3.0]].view())?;
    /// // ‖y‖²/n = 5 on one eigenvalue of two dimensions: half on each index, whichever basis LAPACK took.
    /// assert!(measure.energies().iter().all(|e| (e - 2.5).abs() < 1e-14));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn energies(&self) -> Array2<f64> {
        let mut energies = self.coefficients.mapv(|c| c * c);
        energies.columns_mut().into_iter().for_each(|mut column| share(&self.eigenspaces, &mut column));
        energies
    }

    /// Σ_j c_ij² over the target columns `first..first + count` (n).
    pub(crate) fn energy_of(&self, first: usize, count: usize) -> Array1<f64> {
        let mut energy = self
            .coefficients
            .slice(ndarray::s![.., first..first + count])
            .map_axis(Axis(1), |row| row.iter().map(|c| c * c).sum());
        share(&self.eigenspaces, &mut energy);
        energy
    }

    /// Σ_{k≥i} c_k² for i = 1..n, the tail that is plotted against i (paper 1, Figs 2–4).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::array;
    /// let gram = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?;
    /// let measure = gram.measure(array![[1.0], [3.0]].view())?;
    /// assert!((measure.tail()[0] - 5.0).abs() < 1e-14); // ‖y‖²/n
    /// # Ok::<(), Error>(())
    /// ```
    pub fn tail(&self) -> Array1<f64> {
        tail_sums(&self.energy())
    }

    /// One row an index: `i` (from 1), `eigenvalue`, `energy`, `tail`, and `c_0`, `c_1`, … for the target columns; these
    /// are empty on an [`Eigenspace`], where no single coefficient is known.
    ///
    /// # Errors
    /// [`Error::Frame`] if polars refuses the columns.
    pub fn frame(&self) -> Result<DataFrame> {
        let (energy, tail, known) = (self.energy(), self.tail(), self.known());
        let mut frame = Frame::of(0..self.n())
            .whole("i", |i| i + 1)
            .number("eigenvalue", |i| self.eigenvalues[i])
            .number("energy", |i| energy[i])
            .number("tail", |i| tail[i]);
        for (j, column) in self.coefficients.axis_iter(Axis(1)).enumerate() {
            frame = frame.known(&format!("c_{j}"), |i| known[i].then_some(column[i]));
        }
        frame.build("the frame of a spectral measure")
    }

    /// Writes [`SpectralMeasure::frame`] as Parquet, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be written, [`Error::Frame`] if polars refuses.
    pub fn write_parquet(&self, path: &Path) -> Result<()> {
        write_parquet(path, self.frame()?)
    }

    /// Writes the eigenvalues as `NAME.eigenvalues.npy` (n), the coefficients as `NAME.coefficients.npy` (n,k), and
    /// [`SpectralMeasure::energies`] as `NAME.energies.npy` (n,k). Coefficients on an [`Eigenspace`], of which no single
    /// one is known, are written as NaN; their energies are known.
    ///
    /// # Errors
    /// [`Error::Io`] where a file cannot be written.
    pub fn write_npy(&self, folder: &Path, name: &str) -> Result<()> {
        let file = |what: &str| folder.join(format!("{name}.{what}.npy"));
        let mut coefficients = self.coefficients.clone();
        for (mut row, known) in coefficients.rows_mut().into_iter().zip(self.known()) {
            if !known {
                row.fill(f64::NAN);
            }
        }
        npy::write(&file("eigenvalues"), self.eigenvalues.view())?;
        npy::write(&file("coefficients"), coefficients.view())?;
        npy::write(&file("energies"), self.energies().view())
    }

    /// Whether the coefficients of each index are known one by one (n).
    fn known(&self) -> Vec<bool> {
        let mut known = vec![true; self.n()];
        for space in &self.eigenspaces {
            if let Some(own) = known.get_mut(space.first.saturating_sub(1)..space.last) {
                own.fill(false);
            }
        }
        known
    }
}

/// A frame as a Parquet file that is whole or not there.
pub(crate) fn write_parquet(path: &Path, mut frame: DataFrame) -> Result<()> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .finish(&mut frame)
        .map_err(|e| Error::frame(format!("writing {}", path.display()), &e))?;
    atomic::write(path, &bytes)
}

/// Σ_{k≥i} e_k, summed from the small end so that the far tail keeps its digits.
pub(crate) fn tail_sums(energy: &Array1<f64>) -> Array1<f64> {
    let mut tail = energy.clone();
    let mut sum = 0.0;
    for value in tail.iter_mut().rev() {
        sum += *value;
        *value = sum;
    }
    tail
}

/// Refuses eigenvalues of K/n of which number `last` (from 1) is rounding, in numbers of this precision.
pub(crate) fn refuse_vanished(eigenvalues: &[f64], last: usize, epsilon: f64) -> Result<()> {
    let (value, threshold) = (eigenvalues[last - 1], eigenvalues.len() as f64 * epsilon * eigenvalues[0]);
    if value < threshold {
        return Err(Error::EigenvalueVanished { index: last, value, threshold });
    }
    Ok(())
}
