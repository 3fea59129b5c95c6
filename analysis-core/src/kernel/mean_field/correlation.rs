//! The correlation of two inputs from layer to layer.

use super::MeanField;
use crate::check;
use crate::error::{Error, Result};
use crate::gaussian::Correlated;
use crate::text::written;

/// C(c) = (σ_w² E φ(u)φ(u') + σ_b²)/q for two pre-activations of variance q and correlation c.
///
/// From [`MeanField::correlation_map`]. At a fixed point q = q* it says how the correlation of two inputs goes from layer to
/// layer.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationMap {
    pair: Correlated,
    q: f64,
    sigma_w2: f64,
    sigma_b2: f64,
}

impl MeanField {
    /// The correlation map at variance q > 0.
    ///
    /// # Errors
    /// As [`MeanField::variance_map`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::MeanField;
    /// let map = MeanField::default().correlation_map(1.0)?;
    /// assert!((map.at(0.0)? - 1.0 / std::f64::consts::PI).abs() < 1e-15);
    /// assert!((map.slope(0.0)? - 0.5).abs() < 1e-15);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn correlation_map(&self, q: f64) -> Result<CorrelationMap> {
        self.check()?;
        if q.is_nan() || q <= 0.0 {
            let why = format!(
                "correlations need pre-activations of positive variance, and σ_w² = {}, σ_b² = {} leave none that a \
                 number can hold: take larger ones",
                written(self.sigma_w2),
                written(self.sigma_b2)
            );
            return Err(Error::parameter("q", q, why));
        }
        let MeanField { activation, sigma_w2, sigma_b2 } = self;
        let pair = Correlated::new(activation, q)?;
        Ok(CorrelationMap { pair, q, sigma_w2: *sigma_w2, sigma_b2: *sigma_b2 })
    }
}

impl CorrelationMap {
    /// C(c).
    ///
    /// # Errors
    /// [`Error::Parameter`] for c outside \[−1, 1\], and where neither a series nor a quadrature resolves φ at this q (tanh from
    /// q of 10⁶ or so on, with c near ±1).
    pub fn at(&self, c: f64) -> Result<f64> {
        check_correlation(c)?;
        Ok((self.sigma_w2 * self.pair.product(c)? + self.sigma_b2) / self.q)
    }

    /// C'(c) = σ_w² E φ'(u)φ'(u').
    ///
    /// # Errors
    /// As [`CorrelationMap::at`].
    pub fn slope(&self, c: f64) -> Result<f64> {
        check_correlation(c)?;
        Ok(self.sigma_w2 * self.pair.slope_product(c)?)
    }

    /// q(1 − C(1 − d)) = σ_w² (E φ(u)² − E φ(u)φ(u')) for pre-activations of correlation 1 − d, with all digits of a small d.
    ///
    /// # Errors
    /// [`Error::Parameter`] for d outside \[0, 2\], and as [`CorrelationMap::at`].
    ///
    /// # Examples
    /// ```
    /// let map = analysis_core::kernel::MeanField::default().correlation_map(1.0)?;
    /// // ReLU at (2, 0): 1 − C(1 − d) = d − (2√2/3π) d^{3/2} + …
    /// let expected = 1e-20 * (1.0 - 8f64.sqrt() / (3.0 * std::f64::consts::PI) * 1e-10);
    /// assert!((map.gap(1e-20)? / expected - 1.0).abs() < 1e-15);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn gap(&self, d: f64) -> Result<f64> {
        check_gap(d)?;
        Ok(self.sigma_w2 * self.pair.gap(d)?)
    }

    /// C'(1) − C'(1 − d) = σ_w² (E φ'(u)² − E φ'(u)φ'(u')), with all digits of a small d (where q is so small that φ is linear to
    /// rounding, with the digits that C'(1)·d has). For a φ with kinks but no closed form d must be 0, 2 or at least 2·10⁻¹²
    /// from both.
    ///
    /// # Errors
    /// As [`CorrelationMap::gap`].
    pub fn slope_gap(&self, d: f64) -> Result<f64> {
        check_gap(d)?;
        Ok(self.sigma_w2 * self.pair.slope_gap(d)?)
    }
}

fn check_correlation(c: f64) -> Result<()> {
    check::that((-1.0..=1.0).contains(&c), "c", c, "a correlation: must lie in [−1, 1]")
}

fn check_gap(d: f64) -> Result<()> {
    check::that((0.0..=2.0).contains(&d), "d", d, "1 − a correlation: must lie in [0, 2]")
}
