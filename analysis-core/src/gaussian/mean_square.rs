//! E\[φ(z)²\] of a standard normal z: what the paper's normalisation divides by.

use std::f64::consts::PI;

use super::quadrature::GaussLegendre;
use crate::architecture::Activation;
use crate::error::{Error, Result};

/// Beyond it the normal density is below 10⁻³⁰⁰: nothing that a finite integral would miss.
const REACH: f64 = 37.0;

/// Panels of width at most this, halved until the integral stands still.
const PANEL: f64 = 1.0;

/// How often they are halved before the integral is given up.
const HALVINGS: u32 = 8;

impl Activation {
    /// E\[φ(z)²\], z ~ N(0, 1): 1/2 for ReLU. Its inverse is c_φ of
    /// [`Parametrisation::FirstLayerBias`](crate::architecture::Parametrisation::FirstLayerBias).
    ///
    /// In closed form for ReLU and its powers ((2k − 1)!!/2) and erf ((2/π) arcsin(2/3)); otherwise by Gauss–Legendre
    /// panels between the kinks, halved until the value changes by no more than 10⁻¹³ of itself.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the integral is zero, infinite or does not converge (an undeclared jump).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::architecture::Activation;
    /// assert_eq!(Activation::Relu.mean_square()?, 0.5);
    /// assert!((Activation::Tanh.mean_square()? - 0.394_294).abs() < 1e-6);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn mean_square(&self) -> Result<f64> {
        self.check()?;
        let moment = match self {
            Activation::Relu => 0.5,
            Activation::Erf => 2.0 / PI * (2.0_f64 / 3.0).asin(),
            Activation::ReluPower(degree) => {
                (1..=*degree).map(|k| f64::from(2 * k - 1)).product::<f64>() / 2.0
            }
            _ => self.integrated()?,
        };
        if moment.is_normal() && moment > 0.0 {
            return Ok(moment);
        }
        Err(Error::parameter("activation", self, format!("E[φ(z)²] = {moment:e} has no inverse")))
    }

    fn integrated(&self) -> Result<f64> {
        let rule = GaussLegendre::new(16);
        let mut ends: Vec<f64> = self.kinks().iter().copied().filter(|k| k.abs() < REACH).collect();
        ends.extend([-REACH, REACH]);
        ends.sort_by(f64::total_cmp);
        let at = |width: f64| -> f64 {
            let piece = |ends: &[f64]| -> f64 {
                let (a, b) = (ends[0], ends[1]);
                let panels = ((b - a) / width).ceil().max(1.0);
                let edge = |i: usize| a + (b - a) * i as f64 / panels;
                let panel = |i: usize| rule.integrate(edge(i), edge(i + 1), |z| self.square_density(z));
                (0..panels as usize).map(panel).sum()
            };
            ends.windows(2).map(piece).sum()
        };
        let mut last = at(PANEL);
        for halving in 1..=HALVINGS {
            let value = at(PANEL / f64::from(1u32 << halving));
            // Sums of positive terms: rounding is a few hundred ε of the value at most.
            if (value - last).abs() <= 1e-13 * value.abs() {
                return Ok(value);
            }
            last = value;
        }
        let why = "E[φ(z)²] does not converge: is a kink not declared, or φ not finite?";
        Err(Error::parameter("activation", self, why))
    }

    fn square_density(&self, z: f64) -> f64 {
        // The root of the density, squared with φ: φ may be large where the density underflows.
        let half = self.value(z) * (-0.25 * z * z).exp();
        half * half / (2.0 * PI).sqrt()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The closed forms against the quadrature that does not know them; (3!!)/2 = 1.5 of ReLU² by hand.
    #[test]
    fn closed_forms_equal_the_integral() {
        use Activation::*;
        for activation in [Relu, Erf, ReluPower(0), ReluPower(2), ReluPower(5), ReluPower(12)] {
            let (closed, integral) = (activation.mean_square().unwrap(), activation.integrated().unwrap());
            assert!((closed / integral - 1.0).abs() < 1e-13, "{activation}: {closed} {integral}");
        }
        assert_eq!(ReluPower(2).mean_square().unwrap(), 1.5);
    }

    /// 30 digits of mpmath's `quad` over the real line, rounded to f64.
    #[test]
    fn smooth_ones_equal_mpmath() {
        for (activation, expected) in
            [(Activation::Tanh, TANH), (Activation::Gelu, GELU), (Activation::Sigmoid, SIGMOID)]
        {
            let value = activation.mean_square().unwrap();
            assert!((value / expected - 1.0).abs() < 1e-13, "{activation}: {value} {expected}");
        }
    }

    const TANH: f64 = 0.394_294_490_397_841_17;
    const GELU: f64 = 0.425_221_482_570_298_7;
    const SIGMOID: f64 = 0.293_379_035_858_092_96;

    #[test]
    fn an_undeclared_jump_and_nothing_are_refused() {
        let custom = |function: fn(f64) -> f64, kinks: Vec<f64>| Activation::Custom {
            name: "f".into(),
            function,
            derivative: None,
            kinks,
        };
        let jump: fn(f64) -> f64 = |z| f64::from(z > 0.123_456);
        assert!(custom(jump, vec![]).mean_square().is_err());
        // Φ(−0.123456), from mpmath.
        let value = custom(jump, vec![0.123_456]).mean_square().unwrap();
        assert!((value / 0.450_873_007_297_688_15 - 1.0).abs() < 1e-13, "{value}");
        assert!(custom(|_| 0.0, vec![]).mean_square().is_err());
        assert!(custom(|_| f64::NAN, vec![]).mean_square().is_err());
    }
}
