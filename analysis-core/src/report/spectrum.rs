//! Spectra, drawn.

use super::axis::Axis;
use super::figure::Panel;
use super::series::Series;
use crate::spectrum::SpectralMeasure;

impl SpectralMeasure {
    /// λ_i of K/n against i as points, to be drawn with others. Eigenvalues that rounding made zero or negative have no
    /// place on a logarithmic axis and are left out; their count is in the diagnostics.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::array;
    /// let gram = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?;
    /// let measure = gram.measure(array![[1.0], [3.0]].view())?;
    /// assert_eq!(measure.eigenvalue_series("two").y, [2.0, 1.0]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn eigenvalue_series(&self, label: &str) -> Series {
        let positive =
            || (1..).map(f64::from).zip(self.eigenvalues.iter().copied()).filter(|(_, v)| *v > 0.0);
        Series::points(label, positive().map(|p| p.0), positive().map(|p| p.1)).size(0.8)
    }

    /// A panel of log–log axes with [`SpectralMeasure::eigenvalue_series`]; add others with [`Panel::series`].
    pub fn eigenvalue_panel(&self, title: &str, label: &str) -> Panel {
        Panel::new(title)
            .x(Axis::log10("index i"))
            .y(Axis::log10("λ_{i}"))
            .series(self.eigenvalue_series(label))
    }
}
