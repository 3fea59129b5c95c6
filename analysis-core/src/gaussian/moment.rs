//! E f(√q z) of a standard normal z; at q = 0 the limit q → 0⁺, which sees a kink at 0 from both sides.

use std::f64::consts::{FRAC_2_PI, PI};

use super::arc_cosine::half_moment;
use super::quadrature::{GaussLegendre, density};
use crate::architecture::Activation;
use crate::check;
use crate::error::{Error, Result};

/// Beyond it the normal density is below 10⁻⁴², and below 10⁻²¹ its root.
const REACH: f64 = 14.0;

/// Where [`Activation::mean_square`] ends for a φ that grows so fast that [`REACH`] is not enough: the normal density is
/// 10⁻²⁹⁸ there.
const FAR: f64 = 37.0;

/// Panels are halved this often before the integral is given up.
const HALVINGS: u32 = 9;

/// From this √q on φ(√q z) changes within a small part of a panel, and panels are graded towards 0.
const STEEP: f64 = 32.0;

/// How near 0 its two sides are looked at for the limit q → 0⁺.
const BESIDE: f64 = 1e-300;

/// Refuses what has no E φ'(u)²: a φ without derivative, a step function.
pub(crate) fn check_differentiable(activation: &Activation) -> Result<()> {
    activation.check()?;
    let given = activation.derivative(0.5).is_some();
    check::that(given, "activation", activation, "χ₁ needs φ': give the activation its derivative")?;
    let finite = *activation != Activation::ReluPower(0);
    check::that(
        finite,
        "activation",
        activation,
        "E[φ'φ'] of a step function does not exist, and so no phase",
    )
}

/// φ'; 0 where [`check_differentiable`] would have refused.
fn slope(activation: &Activation, u: f64) -> f64 {
    activation.derivative(u).unwrap_or(0.0)
}

/// E φ(√q z)².
pub(crate) fn square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    if let Some(slopes) = activation.slopes() {
        return Ok(slopes.mean_square() * q);
    }
    match activation {
        // E erf(u)² = (2/π) arctan(q/√(q + 1/4)).
        Activation::Erf => Ok(FRAC_2_PI * (q / (q + 0.25).sqrt()).atan()),
        Activation::ReluPower(degree) => finite(activation, q, power(q, *degree as i32)),
        _ => mean(activation, q, |u| activation.value(u).powi(2)),
    }
}

/// E φ'(√q z)².
pub(crate) fn slope_square(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    if let Some(slopes) = activation.slopes() {
        return Ok(slopes.mean_square());
    }
    match activation {
        Activation::Erf => Ok(FRAC_2_PI / (q + 0.25).sqrt()),
        Activation::ReluPower(degree) => finite(activation, q, power_slope(q, *degree)),
        _ => mean(activation, q, |u| slope(activation, u).powi(2)),
    }
}

/// d/dq E φ(√q z)² = E u φ(u)φ'(u)/q, u = √q z; its limit at q = 0, the mean of φ'² on both sides of 0, holds where
/// φ(0) = 0.
pub(crate) fn square_derivative(activation: &Activation, q: f64) -> Result<f64> {
    check_variance(q)?;
    match activation {
        Activation::Erf => Ok(0.5 * FRAC_2_PI / ((q + 0.25).sqrt() * (q + 0.5))),
        _ if q == 0.0 || activation.slopes().is_some() => slope_square(activation, q),
        Activation::ReluPower(degree) => {
            finite(activation, q, f64::from(*degree) * power(q, *degree as i32) / q)
        }
        _ => Ok(mean(activation, q, |u| u * activation.value(u) * slope(activation, u))? / q),
    }
}

/// E max(0, √q z)^2k.
pub(super) fn power(q: f64, k: i32) -> f64 {
    q.powi(k) * half_moment(k)
}

/// E (k max(0, √q z)^{k−1})²; of a step function, k = 0, where it is not at the step.
pub(super) fn power_slope(q: f64, k: u32) -> f64 {
    k.checked_sub(1).map_or(0.0, |lower| f64::from(k * k) * power(q, lower as i32))
}

impl Activation {
    /// E\[φ(z)²\], z ~ N(0, 1): 1/2 for ReLU. Its inverse is c_φ of
    /// [`Parametrisation::FirstLayerBias`](crate::architecture::Parametrisation::FirstLayerBias).
    ///
    /// In closed form for ReLU and its powers ((2k − 1)!!/2) and erf ((2/π) arcsin(2/3)); by quadrature to 10⁻¹³ otherwise,
    /// over 14 standard deviations, or 37 where φ² has not died away at 14.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the integral is zero, infinite or does not converge (an undeclared jump), and where φ² has
    /// not died away at 37 standard deviations.
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
            // The bits that kept trainings were made with; the tests know 17 more digits.
            Activation::Tanh => 0.394_294_490_397_841_3,
            Activation::Gelu => 0.425_221_482_570_298_74,
            Activation::Sigmoid => 0.293_379_035_858_093,
            Activation::Erf | Activation::ReluPower(_) => square(self, 1.0)?,
            other if other.slopes().is_some() => square(self, 1.0)?,
            _ => far_square(self)?,
        };
        if moment.is_normal() && moment > 0.0 {
            return Ok(moment);
        }
        Err(Error::parameter("activation", self, format!("E[φ(z)²] = {moment:e} has no inverse")))
    }
}

fn check_variance(q: f64) -> Result<()> {
    check::that(q >= 0.0 && q.is_finite(), "q", q, "a variance: must be finite and not negative")
}

/// Where z is cut for panels: both ends, 0, the kinks of φ(√q z), and for a large q the powers of 2 times 1/√q, so that
/// what φ does at u = √q z of order 1 lies in panels of its own.
pub(super) fn cuts(activation: &Activation, q: f64) -> Vec<f64> {
    let root = q.sqrt();
    let mut cuts: Vec<f64> =
        activation.kinks().iter().map(|k| k / root).filter(|k| k.abs() < REACH).collect();
    cuts.extend([-REACH, 0.0, REACH]);
    if root > STEEP {
        let graded = std::iter::successors(Some(1.0 / root), |z| Some(2.0 * z)).take_while(|z| *z < REACH);
        cuts.extend(graded.flat_map(|z| [z, -z]));
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    cuts
}

/// Nodes and weights (the normal density included) of panels of at most this width between the cuts, at least `fewest`
/// between any two.
pub(super) fn rule(cuts: &[f64], width: f64, fewest: f64) -> Vec<(f64, f64)> {
    let legendre = GaussLegendre::new(16);
    let mut nodes = Vec::new();
    for ends in cuts.windows(2) {
        let panels = ((ends[1] - ends[0]) / width).ceil().max(fewest);
        let half = 0.5 * (ends[1] - ends[0]) / panels;
        for panel in 0..panels as usize {
            let middle = ends[0] + half * (2 * panel + 1) as f64;
            nodes.extend(legendre.nodes.iter().zip(&legendre.weights).map(|(x, w)| {
                let z = middle + half * x;
                // Not `density`: the order of these operations is in the last bit of kept results.
                (z, half * w * (-0.5 * z * z).exp() / (2.0 * PI).sqrt())
            }));
        }
    }
    nodes
}

/// E f(√q z) of what dies away within [`REACH`].
fn mean(activation: &Activation, q: f64, f: impl Fn(f64) -> f64) -> Result<f64> {
    if q == 0.0 && activation.kinks().contains(&0.0) {
        return Ok(0.5 * (f(-BESIDE) + f(BESIDE)));
    }
    if q == 0.0 {
        return Ok(f(0.0));
    }
    let Some(value) = converged(&cuts(activation, q), q, &f) else {
        return finite(activation, q, f64::NAN);
    };
    if has_died_away(value, q, REACH, f) {
        return Ok(value);
    }
    let why = format!(
        "its mean square at variance q = {q:e} has not died away at {REACH} standard deviations: it grows too fast, take \
         smaller σ_w² and σ_b² or a tamer φ"
    );
    Err(Error::parameter("activation", activation, why))
}

/// E φ(z)², with the tails beyond [`REACH`] where they count.
fn far_square(activation: &Activation) -> Result<f64> {
    let f = |z: f64| activation.value(z).powi(2);
    let parameter = |why: String| Error::parameter("activation", activation, why);
    let unknown = || parameter("E[φ(z)²] does not converge: is a kink not declared, or φ not finite?".into());
    let near = converged(&cuts(activation, 1.0), 1.0, f).ok_or_else(unknown)?;
    if has_died_away(near, 1.0, REACH, f) {
        return Ok(near);
    }
    let tail = |sign: f64| {
        let kinks = activation.kinks().iter().map(|k| sign * k);
        let mut cuts: Vec<f64> = kinks.filter(|z| (REACH..FAR).contains(z)).chain([REACH, FAR]).collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        converged(&cuts, 1.0, |z| f(sign * z))
    };
    if let (Some(left), Some(right)) = (tail(-1.0), tail(1.0)) {
        let value = near + left + right;
        if has_died_away(value, 1.0, FAR, f) {
            return Ok(value);
        }
    }
    Err(parameter(format!(
        "φ² times the normal density has not died away at {FAR} standard deviations: it grows too fast, take a tamer φ"
    )))
}

/// ∫ f(√q z) p(z) dz between the cuts, p the normal density, by panels that are halved until the value stands still.
fn converged(cuts: &[f64], q: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let root = q.sqrt();
    let at = |halving: u32| -> f64 {
        // Graded panels are narrow already: halving has to reach them too, or the check would not see them.
        let fewest = if root > STEEP { f64::from(1u32 << halving) } else { 1.0 };
        let nodes = rule(cuts, 0.5f64.powi(halving as i32), fewest);
        nodes.into_iter().map(|(z, w)| w * f(root * z)).sum()
    };
    let mut last = at(0);
    for halving in 1..=HALVINGS {
        let value = at(halving);
        // Some thousand roundings of the largest term at most.
        if (value - last).abs() <= 1e-13 * value.abs() {
            return Some(value);
        }
        if !value.is_finite() {
            break;
        }
        last = value;
    }
    None
}

/// Whether the integrand is next to nothing at the ends of the range: exp(x²) has a finite sum, and no mean.
fn has_died_away(value: f64, q: f64, reach: f64, f: impl Fn(f64) -> f64) -> bool {
    let ends = [-reach, reach].map(|z| f(q.sqrt() * z).abs() * density(z));
    ends[0] + ends[1] <= 1e-10 * value.abs()
}

fn finite(activation: &Activation, q: f64, value: f64) -> Result<f64> {
    if value.is_finite() {
        return Ok(value);
    }
    let why = format!(
        "its mean square at variance q = {q:e} does not converge or leaves f64's range: is a kink not declared, φ not \
         finite, or σ_w² or σ_b² too large?"
    );
    Err(Error::parameter("activation", activation, why))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn integral(activation: &Activation) -> f64 {
        mean(activation, 1.0, |u| activation.value(u).powi(2)).unwrap()
    }

    /// The closed forms against the quadrature that does not know them; (3!!)/2 = 1.5 of ReLU² by hand.
    #[test]
    fn closed_forms_equal_the_integral() {
        use Activation::*;
        for activation in [Relu, Erf, ReluPower(0), ReluPower(2), ReluPower(5), ReluPower(12)] {
            let (closed, integral) = (activation.mean_square().unwrap(), integral(&activation));
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
            for value in [value, integral(&activation)] {
                assert!((value / expected - 1.0).abs() < 1e-13, "{activation}: {value} {expected}");
            }
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
        // E exp(0.6 z²) does not exist, its sum over any range does.
        let refused = custom(|z| (0.3 * z * z).exp(), vec![]).mean_square().unwrap_err().to_string();
        assert!(refused.contains("grows too fast"), "{refused}");
        assert!(!refused.contains("σ_w²"), "{refused}");
        // E exp(0.4 z²) = 1/√0.2, of which 14 standard deviations hold all but 3e-9.
        let value = custom(|z| (0.2 * z * z).exp(), vec![]).mean_square().unwrap();
        assert!((value / 0.2f64.powf(-0.5) - 1.0).abs() < 1e-13, "{value}");
    }
}
