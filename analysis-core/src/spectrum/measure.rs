//! The spectral measure of targets under a Gram matrix.

use std::path::Path;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use polars::prelude::DataFrame;
use polars_io::parquet::write::ParquetWriter;
use serde::{Deserialize, Serialize};

use super::eigenspace::share;
use super::{Diagnostics, Eigenspace};
use crate::check;
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::kernel::Gram;
use crate::linalg::{symmetric_eigen, times};
use crate::memory::Bytes;
use crate::{atomic, npy};

/// How a Gram matrix is decomposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spectrum {
    /// Keep the eigenvectors (n² numbers). Smoothness needs none.
    pub keep_eigenvectors: bool,
}

/// Eigenvalues of K/n and the targets' coefficients on its eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub struct SpectralMeasure {
    /// λ_1 ≥ λ_2 ≥ … (n): the eigenvalues of K/n.
    pub eigenvalues: Array1<f64>,
    /// c = φᵀY/n (n,k): row i−1 belongs to λ_i, column j to target j; Y = φc with the φ of [`eigenvectors`]. The sign of a
    /// row is arbitrary (an eigenvector's sign is), its square is not. **Within one of the [`eigenspaces`] a single
    /// coefficient is arbitrary altogether**: another order of the rows gives another basis. There, use
    /// [`energy`](SpectralMeasure::energy).
    ///
    /// [`eigenvectors`]: SpectralMeasure::eigenvectors
    /// [`eigenspaces`]: SpectralMeasure::eigenspaces
    pub coefficients: Array2<f64>,
    /// φ (n,n), column i−1 belonging to λ_i, φᵀφ = nI; only where it was asked for. Within one of the
    /// [`eigenspaces`](SpectralMeasure::eigenspaces) it is one of many bases.
    pub eigenvectors: Option<Array2<f64>>,
    /// The eigenvalues that are one to rounding, where there are any.
    pub eigenspaces: Vec<Eigenspace>,
    /// How far the decomposition can be trusted.
    pub diagnostics: Diagnostics,
}

impl Spectrum {
    /// Bytes that a decomposition of n rows needs beside K: a copy of K, which becomes the eigenvectors, and LAPACK's
    /// workspace of 2n² numbers (the check of the ratios, afterwards, needs less).
    pub fn memory(n: usize) -> Bytes {
        Bytes::of::<f64>(n, n) * 3 + Bytes::of::<f64>(n, 12)
    }

    /// Decomposes K (n,n) and projects the targets y (n,k).
    ///
    /// The work is LAPACK's `dsyevd` on K (its ratios are measured and returned) and one product Uᵀ·Y; peak memory is
    /// [`Spectrum::memory`].
    ///
    /// # Errors
    /// [`Error::Shape`] where y has not one row for each of K's; [`Error::NotFinite`] for a NaN or infinite target;
    /// [`Error::NotPositiveSemidefinite`] where an eigenvalue is negative beyond n·ε·‖K‖, with ε the precision
    /// K was made in ([`Gram::epsilon`]); [`Error::Parameter`] where K's entries are so small that their last digits
    /// underflow; [`Error::Memory`], [`Error::Parameter`] and [`Error::Lapack`] as
    /// [`symmetric_eigen`](crate::linalg::symmetric_eigen).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::array;
    /// let gram = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?;
    /// let measure = Spectrum::default().run(&gram, array![[1.0], [3.0]].view())?;
    /// assert_eq!(measure.eigenvalues.to_vec(), [2.0, 1.0]); // of K/n
    /// assert!((measure.energy()[0] - 9.0 / 2.0).abs() < 1e-14); // c_1² = (uᵀy)²/n
    /// # Ok::<(), Error>(())
    /// ```
    pub fn run(&self, gram: &Gram, y: ArrayView2<f64>) -> Result<SpectralMeasure> {
        let n = gram.n();
        if y.nrows() != n || y.ncols() == 0 {
            return Err(Error::shape(
                "targets y of the spectral measure",
                format!("({n}, k), k ≥ 1"),
                format!("{:?}", y.dim()),
            ));
        }
        check::finite_array("target y", y)?;
        Self::memory(n).require(&format!("the decomposition of a Gram matrix of {n} rows"))?;
        let eigen = symmetric_eigen(gram.view().to_owned())?;
        check::finite_values(
            "an eigenvalue of K (its entries are too large to decompose: scale K)",
            &eigen.values,
        )?;
        // Below, the last digits of K's entries are no doubles any more.
        let largest = eigen.values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        if largest > 0.0 && largest * f64::EPSILON < f64::MIN_POSITIVE {
            let why = "K's entries are too small to keep their digits: scale K";
            return Err(Error::parameter("gram", format!("largest eigenvalue {largest:e}"), why));
        }
        let diagnostics = Diagnostics::of(gram.view(), &eigen)?;
        let smallest = eigen.values[0];
        let tolerance = n as f64 * gram.epsilon() * eigen.values[n - 1].abs().max(smallest.abs());
        if smallest < -tolerance {
            return Err(Error::NotPositiveSemidefinite { smallest, tolerance });
        }
        let root = (n as f64).sqrt();
        let mut coefficients = times(eigen.vectors.view(), y)?;
        coefficients.invert_axis(Axis(0));
        coefficients /= root;
        let mut eigenvalues = eigen.values / n as f64;
        eigenvalues.invert_axis(Axis(0));
        let eigenvectors = self.keep_eigenvectors.then(|| {
            let mut vectors = eigen.vectors;
            vectors *= root;
            vectors.invert_axis(Axis(0));
            vectors.reversed_axes()
        });
        let eigenspaces = Eigenspace::find(&eigenvalues.to_vec(), gram.epsilon());
        Ok(SpectralMeasure { eigenvalues, coefficients, eigenvectors, eigenspaces, diagnostics })
    }
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
    /// let measure = Spectrum::default().run(&gram, array![[1.0], [3.0]].view())?;
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
    /// let measure = Spectrum::default().run(&gram, array![[1.0], [3.0]].view())?;
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
