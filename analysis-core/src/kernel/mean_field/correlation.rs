//! The correlation of two inputs from layer to layer.

use std::f64::consts::{FRAC_2_PI, PI};

use super::MeanField;
use crate::architecture::{Activation, Slopes};
use crate::error::{Error, Result};
use crate::gaussian::{Angle, ArcCosine, half_moment, moment};
use crate::text::written;

/// Terms of the Hermite series.
const TERMS: usize = 1000;

/// Panels of the quadrature of its coefficients, 16 nodes each: the last polynomial oscillates with wavelength
/// 2π/√1000 = 0.2.
const PANEL: f64 = 0.2;

/// From this q on 4q² + 4q + 1 is 4q² + 4q, and beyond 10¹⁵⁴ no number.
const HUGE: f64 = 1e100;

/// What the rest of a series may weigh, relative to its value at 1.
const REST: f64 = 1e-10;

/// C(c) = (σ_w² E φ(u)φ(u') + σ_b²)/q for two pre-activations of variance q and correlation c.
///
/// From [`MeanField::correlation_map`]. At a fixed point q = q* it says how the correlation of two inputs goes from layer to
/// layer.
#[derive(Debug, Clone, PartialEq)]
pub struct CorrelationMap {
    form: Form,
    q: f64,
    sigma_w2: f64,
    sigma_b2: f64,
    /// E φ(u)² at variance q.
    square: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// E φφ' = q κ₁(c)/2.
    Relu,
    /// E φφ' = q (s₋s₊ c + (s₊ − s₋)² κ₁(c)/2), of slopes s₋ and s₊ on the two sides of 0: φ(u) = s₋u + (s₊ − s₋) max(0, u).
    Linear(Slopes),
    /// E φφ' = (2/π) arcsin(2qc/(1 + 2q)).
    Erf,
    /// E φφ' = Σ_k a_k² c^k, with the activation's name for messages.
    Series {
        squares: Vec<f64>,
        name: String,
        /// K of max(0, u)^K, K ≥ 2, whose gaps have a closed form where the series is too short.
        power: Option<u32>,
    },
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
        let square = moment::square(&self.activation, q)?;
        let form = match &self.activation {
            Activation::Relu => Form::Relu,
            Activation::Erf => Form::Erf,
            other => match other.slopes() {
                Some(slopes) => Form::Linear(slopes),
                None => {
                    let power = match other {
                        Activation::ReluPower(degree) if *degree >= 2 => Some(*degree),
                        _ => None,
                    };
                    Form::Series { squares: hermite_squares(other, q), name: other.to_string(), power }
                }
            },
        };
        Ok(CorrelationMap { form, q, sigma_w2: self.sigma_w2, sigma_b2: self.sigma_b2, square })
    }
}

/// a_k² with a_k = E φ(√q z) h_k(z), h_k the normalised Hermite polynomials: E φ(u)φ(u') = Σ a_k² c^k.
fn hermite_squares(activation: &Activation, q: f64) -> Vec<f64> {
    let root = q.sqrt();
    let mut coefficients = vec![0.0; TERMS];
    let steps: Vec<(f64, f64)> =
        (0..TERMS).map(|k| (1.0 / (k as f64 + 1.0).sqrt(), (k as f64 / (k as f64 + 1.0)).sqrt())).collect();
    for (z, weight) in moment::rule(&moment::cuts(activation, q), PANEL, 1.0) {
        let value = weight * activation.value(root * z);
        // h_{k+1} = (z h_k − √k h_{k−1})/√(k + 1).
        let (mut before, mut here) = (0.0, 1.0);
        for (coefficient, (up, down)) in coefficients.iter_mut().zip(&steps) {
            *coefficient += value * here;
            (before, here) = (here, up * z * here - down * before);
        }
    }
    coefficients.iter().map(|a| a * a).collect()
}

impl CorrelationMap {
    fn check(c: f64) -> Result<()> {
        if (-1.0..=1.0).contains(&c) {
            return Ok(());
        }
        Err(Error::parameter("c", c, "a correlation: must lie in [−1, 1]"))
    }

    /// The series' rest beyond the last term is at most (E φ² − Σ a_k²)|c|^K: it is known, so it is checked.
    fn check_rest(&self, squares: &[f64], name: &str, c: f64) -> Result<()> {
        // Rounding may leave it below 0; NaN stays, and is refused below.
        let rest = self.square - squares.iter().sum::<f64>();
        let rest = if rest < 0.0 { 0.0 } else { rest } * c.abs().powi(TERMS as i32);
        if rest <= REST * self.square {
            return Ok(());
        }
        let why =
            format!("its Hermite series at q = {:e}, c = {c} leaves {rest:e} after {TERMS} terms", self.q);
        Err(Error::parameter("activation", name, why))
    }

    /// C(c).
    ///
    /// # Errors
    /// [`Error::Parameter`] for c outside \[−1, 1\], and where the activation's series has not converged (a kink, or a large
    /// q, with c near ±1).
    pub fn at(&self, c: f64) -> Result<f64> {
        CorrelationMap::check(c)?;
        let mean = match &self.form {
            Form::Relu => 0.5 * self.q * pi_kappa1(c) / PI,
            Form::Linear(slopes) => {
                self.q * (slopes.product() * c + 0.5 * slopes.bend_square() * pi_kappa1(c) / PI)
            }
            Form::Erf => FRAC_2_PI * (2.0 * self.q * c / (1.0 + 2.0 * self.q)).asin(),
            // C(1) = 1 whatever the series leaves.
            Form::Series { .. } if c == 1.0 => self.square,
            Form::Series { squares, name, .. } => {
                self.check_rest(squares, name, c)?;
                squares.iter().rev().fold(0.0, |sum, a| sum * c + a)
            }
        };
        Ok((self.sigma_w2 * mean + self.sigma_b2) / self.q)
    }

    /// C'(c) = σ_w² E φ'(u)φ'(u').
    ///
    /// # Errors
    /// As [`CorrelationMap::at`].
    pub fn slope(&self, c: f64) -> Result<f64> {
        CorrelationMap::check(c)?;
        let mean = match &self.form {
            Form::Relu => 0.5 * (PI - c.acos()) / PI,
            Form::Linear(slopes) => slopes.product() + 0.5 * slopes.bend_square() * (PI - c.acos()) / PI,
            // 1 + 2q is 2q, and its square may overflow.
            Form::Erf if self.q > HUGE => {
                FRAC_2_PI / (self.q * ((1.0 - c) * (1.0 + c) + 1.0 / self.q).sqrt())
            }
            Form::Erf => {
                let both = 1.0 + 2.0 * self.q;
                2.0 * FRAC_2_PI / (both * both - 4.0 * self.q * self.q * c * c).sqrt()
            }
            Form::Series { squares, name, .. } => {
                self.check_rest(squares, name, c)?;
                let terms = squares.iter().enumerate().skip(1).rev();
                terms.fold(0.0, |sum, (k, a)| sum * c + k as f64 * a) / self.q
            }
        };
        Ok(self.sigma_w2 * mean)
    }

    /// q(1 − C(1 − d)) = σ_w² (E φ(u)² − E φ(u)φ(u')) for pre-activations of correlation 1 − d, with all digits of a small d.
    ///
    /// # Errors
    /// [`Error::Parameter`] for d outside \[0, 2\], and where the activation's series has not converged.
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
        let c = check_gap(d)?;
        let gap = match &self.form {
            Form::Relu => 0.5 * self.q * (d + bend(angle(d)) / PI),
            Form::Linear(slopes) => {
                self.q * (slopes.product() * d + 0.5 * slopes.bend_square() * (d + bend(angle(d)) / PI))
            }
            // The difference of two arcsines; its sine without cancellation while c ≥ 0.
            Form::Erf if c >= 0.0 => {
                let a = 2.0 * self.q / (1.0 + 2.0 * self.q);
                let below = (1.0 + 4.0 * self.q).sqrt() / (1.0 + 2.0 * self.q);
                let apart = d * (2.0 - d);
                let sine = a * apart / ((below * below + a * a * apart).sqrt() + c * below);
                FRAC_2_PI * sine.min(1.0).asin()
            }
            Form::Erf => {
                let a = 2.0 * self.q / (1.0 + 2.0 * self.q);
                FRAC_2_PI * (a.asin() - (a * c).asin())
            }
            Form::Series { squares, name, power } => {
                match (self.gap_sum(squares, name, d, |_| 1.0, 0), power) {
                    (Err(_), Some(degree)) => self.power_gap(*degree, d)?,
                    (sum, _) => sum?,
                }
            }
        };
        Ok(self.sigma_w2 * gap)
    }

    /// C'(1) − C'(1 − d) = σ_w² (E φ'(u)² − E φ'(u)φ'(u')), with all digits of a small d.
    ///
    /// # Errors
    /// As [`CorrelationMap::gap`].
    pub fn slope_gap(&self, d: f64) -> Result<f64> {
        check_gap(d)?;
        let gap = match &self.form {
            Form::Relu => 0.5 * angle(d) / PI,
            Form::Linear(slopes) => 0.5 * slopes.bend_square() * angle(d) / PI,
            Form::Erf if self.q > HUGE => {
                let (a, more) = (2.0 * self.q.sqrt(), 2.0 * self.q * (d * (2.0 - d)).sqrt());
                let b = a.hypot(more);
                2.0 * FRAC_2_PI * (more / a) * (more / b) / (a + b)
            }
            Form::Erf => {
                let here = 1.0 + 4.0 * self.q;
                let more = 4.0 * self.q * self.q * d * (2.0 - d);
                let (a, b) = (here.sqrt(), (here + more).sqrt());
                2.0 * FRAC_2_PI * more / (a * b * (a + b))
            }
            Form::Series { squares, name, power } => {
                match (self.gap_sum(squares, name, d, |k| k / self.q, 1), power) {
                    // φ' = K max(0, u)^{K−1}
                    (Err(_), Some(degree)) => f64::from(*degree).powi(2) * self.power_gap(*degree - 1, d)?,
                    (sum, _) => sum?,
                }
            }
        };
        Ok(self.sigma_w2 * gap)
    }

    /// E φ² − E φφ' of φ = max(0, u)^k: the gap of the arc-cosine kernel of degree k (Cho and Saul 2009), at any d.
    fn power_gap(&self, degree: u32, d: f64) -> Result<f64> {
        let k = i32::try_from(degree).unwrap_or(i32::MAX);
        Ok(self.q.powi(k) * half_moment(k) * ArcCosine::new(degree).gap(Angle::new(angle(d))?))
    }

    /// Σ_k w_k a_k² (1 − c^{k−shift}), every term positive for c ≥ 0; the last tenth of the terms says whether it
    /// converged.
    fn gap_sum(
        &self,
        squares: &[f64],
        name: &str,
        d: f64,
        weight: impl Fn(f64) -> f64,
        shift: usize,
    ) -> Result<f64> {
        let log = (-d).ln_1p();
        let term = |k: usize| {
            let power = (k - shift) as f64;
            let left =
                if d < 1.0 { -(power * log).exp_m1() } else { 1.0 - (1.0 - d).powi((k - shift) as i32) };
            weight(k as f64) * squares[k] * left
        };
        let last = TERMS - TERMS / 10;
        let (sum, tail): (f64, f64) = ((shift + 1..last).map(term).sum(), (last..TERMS).map(term).sum());
        // Where q is tiny only the linear term is above rounding, and this sum may not hold it (its slope has no gap): what
        // it is subtracted from decides.
        let whole: f64 = (1..TERMS).map(|k| weight(k as f64) * squares[k]).sum();
        if tail.abs() <= REST * sum.abs() || tail.abs() <= f64::EPSILON * d.min(1.0) * whole {
            return Ok(sum + tail);
        }
        let why = format!(
            "its Hermite series at q = {:e}, d = {d:e} has not converged after {TERMS} terms",
            self.q
        );
        Err(Error::parameter("activation", name, why))
    }
}

/// π κ₁(c) = √(1 − c²) + c (π − arccos c).
fn pi_kappa1(c: f64) -> f64 {
    ((1.0 - c) * (1.0 + c)).sqrt() + c * (PI - c.acos())
}

fn check_gap(d: f64) -> Result<f64> {
    if (0.0..=2.0).contains(&d) {
        return Ok(1.0 - d);
    }
    Err(Error::parameter("d", d, "1 − a correlation: must lie in [0, 2]"))
}

/// arccos(1 − d), with all digits of a small d.
fn angle(d: f64) -> f64 {
    2.0 * (0.5 * d).sqrt().min(1.0).asin()
}

/// θ cos θ − sin θ, which cancels to −θ³/3 for a small θ.
fn bend(theta: f64) -> f64 {
    if theta > 0.25 {
        return theta * theta.cos() - theta.sin();
    }
    let square = theta * theta;
    // Σ_k (−1)^k 2k/(2k + 1)! θ^{2k+1}; the next term is θ¹²/3.1e10 of the first, 2e-18 at the switch.
    let rest = 1.0 - square / 88.0 * (1.0 - square / 130.0);
    let series = 1.0 - square / 10.0 * (1.0 - square / 28.0 * (1.0 - square / 54.0 * rest));
    -theta * square / 3.0 * series
}

#[cfg(test)]
mod tests {
    use super::bend;

    /// Both branches, about the switch and below it, against the series of factorials summed to its end.
    #[test]
    fn the_bend_keeps_its_digits() {
        for theta in [1e-8f64, 0.01, 0.1, 0.2, 0.2499, 0.25] {
            let (mut power, mut factorial, mut terms) = (theta, 1.0, Vec::new());
            for k in 1..15 {
                let order = 2.0 * f64::from(k);
                power *= theta * theta;
                factorial *= order * (order + 1.0);
                terms.push(if k % 2 == 0 { 1.0 } else { -1.0 } * order / factorial * power);
            }
            let expected: f64 = terms.into_iter().rev().sum();
            assert!((bend(theta) / expected - 1.0).abs() < 4.0 * f64::EPSILON, "{theta}");
        }
        // Beyond the switch θ cos θ − sin θ cancels to θ²/3 of itself.
        let (near, far) = (bend(0.25), bend(0.25 + 1e-12));
        assert!((far / near - 1.0).abs() < 12e-12 + 100.0 * f64::EPSILON);
    }
}
