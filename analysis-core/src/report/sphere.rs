//! The exact spectrum of a sphere, drawn.

use super::series::Series;
use crate::spectrum::SphereEigenvalues;

impl SphereEigenvalues {
    /// λ_i against i as steps, one a degree, as far as index `most`: what the eigenvalues of K/n tend to.
    ///
    /// # Examples
    /// ```
    /// let spectrum = analysis_core::spectrum::SphereSpectrum::default().run()?;
    /// let steps = spectrum.step_series("exact", 1000);
    /// assert_eq!(steps.x[..4], [1.0, 1.0, 2.0, 6.0]); // a constant, and five of degree 1
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn step_series(&self, label: &str, most: usize) -> Series {
        let most = most as f64;
        let steps: Vec<[f64; 2]> = (self.groups().iter())
            .take_while(|group| group.first_index <= most)
            .flat_map(|g| [[g.first_index, g.eigenvalue], [g.last_index.min(most), g.eigenvalue]])
            .collect();
        Series::line(label, steps.iter().map(|step| step[0]), steps.iter().map(|step| step[1]))
    }

    /// λ_k against k + 1, for a logarithmic axis, to degree `most`; degrees that vanish are left out.
    pub fn degree_series(&self, label: &str, most: usize) -> Series {
        let shown: Vec<[f64; 2]> = (self.eigenvalues.iter().zip(&self.errors).take(most + 1).enumerate())
            .filter(|(_, (value, error))| value > error)
            .map(|(k, (value, _))| [k as f64 + 1.0, *value])
            .collect();
        Series::points(label, shown.iter().map(|p| p[0]), shown.iter().map(|p| p[1]))
    }

    /// The local exponent β = −d ln λ/d ln i against the degree it is taken at, to degree `most`.
    ///
    /// # Examples
    /// ```
    /// let spectrum = analysis_core::spectrum::SphereSpectrum::default().run()?;
    /// let local = spectrum.exponent_series("d' = 4", 100);
    /// assert!((local.y[local.y.len() - 1] - 1.25).abs() < 0.1); // d/(d − 1)
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn exponent_series(&self, label: &str, most: u64) -> Series {
        let local: Vec<_> = self.local_exponents().into_iter().filter(|e| e.degree <= most).collect();
        Series::line(label, local.iter().map(|e| e.degree as f64), local.iter().map(|e| e.by_index))
    }
}
