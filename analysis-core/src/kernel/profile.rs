//! The scalar profile κ(u).

use ndarray::{Array1, ArrayView1};
use polars::prelude::DataFrame;

use super::Kernel;
#[cfg(doc)]
use super::Parametrisation;
use super::recursion::{Recursion, RowState};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::gaussian::Angle;

/// The kernel as a function κ(u) of the cosine u between two inputs of the same norm.
///
/// The norm is 1 in [`Parametrisation::FirstLayerBias`], and √d in [`Parametrisation::EveryLayer`] and
/// [`Parametrisation::EveryLayerNtk`], which divide by d: there ‖x‖²/d = 1 and κ does not depend on d.
/// [`Kernel::profile_at`] takes any other norm.
///
/// # Examples
/// ```
/// use analysis_core::kernel::Kernel;
/// let profile = Kernel::default().profile()?; // NTK, one hidden layer: κ₁(u) + u κ₀(u)
/// assert_eq!(profile.evaluate(1.0)?, 2.0);
/// assert_eq!(profile.evaluate(0.0)?, 1.0 / std::f64::consts::PI);
/// assert!(profile.evaluate(1.1).is_err());
/// assert_eq!(profile.curve(201)?.height(), 201);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Profile {
    kernel: Kernel,
    recursion: Recursion,
    row: RowState,
    /// weight·q/(weight·q + bias): 1 − cos of the pre-activations over 1 − u.
    share: f64,
}

impl Kernel {
    /// κ(u) on the unit sphere (paper 1) or the sphere of radius √d (paper 2).
    ///
    /// # Errors
    /// [`Error::Parameter`] from [`Kernel::check`], or if the layers' variances leave floating point.
    ///
    /// # Examples
    /// ```
    /// let profile = analysis_core::kernel::Kernel::default().profile()?;
    /// assert_eq!(profile.evaluate(-1.0)?, 0.0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn profile(&self) -> Result<Profile> {
        self.profile_at(1.0)
    }

    /// κ(u) for inputs with ‖x‖² = `square` (paper 1's parametrisation) or ‖x‖²/d = `square` (paper 2's).
    ///
    /// # Errors
    /// As [`Kernel::profile`], and [`Error::Parameter`] unless 1e-300 ≤ `square` ≤ 1e300.
    ///
    /// # Examples
    /// ```
    /// let profile = analysis_core::kernel::Kernel::default().profile_at(9.0)?;
    /// assert_eq!(profile.evaluate(1.0)?, 18.0); // homogeneous: 9 times 2
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn profile_at(&self, square: f64) -> Result<Profile> {
        if !(1e-300..=1e300).contains(&square) {
            return Err(Error::parameter("square", square, "must be between 1e-300 and 1e300"));
        }
        let recursion = Recursion::new(self)?;
        let (weight, bias) = recursion.first_layer(1);
        let variance = weight * square + bias;
        let row = recursion.row(variance.sqrt())?;
        Ok(Profile { kernel: self.clone(), recursion, row, share: weight * square / variance })
    }
}

impl Profile {
    /// κ(u).
    ///
    /// # Errors
    /// [`Error::Parameter`] for u outside \[−1, 1\] or NaN, and as [`Profile::at`].
    pub fn evaluate(&self, u: f64) -> Result<f64> {
        self.at(Angle::from_cosine(u)?)
    }

    /// κ(cos θ), with every digit of a θ near 0 or π.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a quadrature does not converge (an undeclared kink), [`Error::NotFinite`] if κ is not finite.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::kernel::{Angle, Kernel};
    /// let profile = Kernel::default().profile()?;
    /// let value = profile.at(Angle::from_supplement(1e-20)?)?; // ≈ −(π − θ)/π
    /// assert!((value * std::f64::consts::PI / 1e-20 + 1.0).abs() < 1e-14);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn at(&self, angle: Angle) -> Result<f64> {
        let first = if self.share == 1.0 {
            angle
        } else {
            // cos = share·u + (1 − share), so 1 − cos = share(1 − u).
            let below = self.share * angle.one_minus_cosine();
            let rest = 1.0 - self.share;
            let above = self.share * angle.one_plus_cosine() + 2.0 * rest;
            Angle::from_versines(below, above)
        };
        let value = self.recursion.pair(&self.row, &self.row, first)?;
        if !value.is_finite() {
            return Err(Error::NotFinite { what: "κ(u)".to_string(), row: 0, column: 0, value });
        }
        Ok(value)
    }

    /// κ at each of `u`, shape (points).
    ///
    /// # Errors
    /// [`Error::Parameter`] for any u outside \[−1, 1\].
    pub fn evaluate_many(&self, u: ArrayView1<f64>) -> Result<Array1<f64>> {
        u.iter().map(|&u| self.evaluate(u)).collect()
    }

    /// A frame with columns `u` and `value`, at `points` ≥ 2 points equally spaced in the angle, from u = −1 to 1: the
    /// bends of κ are at the ends.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than two points.
    pub fn curve(&self, points: usize) -> Result<DataFrame> {
        if points < 2 {
            return Err(Error::parameter("points", points, "must be at least 2"));
        }
        let step = std::f64::consts::PI / (points - 1) as f64;
        // The middle and the ends exactly; the sine of the distance from the middle is odd, so the grid is symmetric.
        let u: Vec<f64> =
            (0..points).map(|i| (0.5 * step * (2.0 * i as f64 - (points - 1) as f64)).sin()).collect();
        let values = u.iter().map(|&u| self.evaluate(u)).collect::<Result<Vec<f64>>>()?;
        Frame::of(0..points).number("u", |i| u[i]).number("value", |i| values[i]).build("the profile's curve")
    }

    /// What κ(u)/κ(1) may be off by.
    pub(crate) fn epsilon(&self) -> f64 {
        self.recursion.epsilon()
    }

    /// The kernel this is the profile of.
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }
}
