//! Functions that are linear on either side of 0.

use super::activation::Activation;

/// The slopes of a φ that is linear on either side of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slopes {
    pub(crate) left: f64,
    pub(crate) right: f64,
}

impl Slopes {
    /// E φ'(u)² = E φ(u)²/E u² of a centred normal u, whatever its variance.
    pub(crate) fn mean_square(self) -> f64 {
        0.5 * (self.left * self.left + self.right * self.right)
    }

    /// s₋s₊.
    pub(crate) fn product(self) -> f64 {
        self.left * self.right
    }

    /// (s₊ − s₋)².
    pub(crate) fn bend_square(self) -> f64 {
        (self.right - self.left).powi(2)
    }

    /// Whether φ bends at 0; if not it is linear.
    pub(crate) fn bent(self) -> bool {
        self.left != self.right
    }
}

impl Activation {
    /// φ(x) = `left`·x for x < 0 and `right`·x for x > 0, where it is that: ReLU, leaky ReLU, and a function of the user's own that is
    /// so, slope included, at 192 points between ±10⁻⁸ and ±10⁸ to rounding and declares no kink but at 0.
    pub(crate) fn slopes(&self) -> Option<Slopes> {
        let (function, derivative) = match self {
            Activation::Relu => return Some(Slopes { left: 0.0, right: 1.0 }),
            Activation::LeakyRelu(slope) => return Some(Slopes { left: *slope, right: 1.0 }),
            Activation::Custom { function, derivative, kinks, .. } if kinks.iter().all(|k| *k == 0.0) => {
                (function, (*derivative)?)
            }
            _ => return None,
        };
        let slopes = Slopes { left: -function(-1.0), right: function(1.0) };
        // Steps of no simple ratio, so that no period hides between them.
        let points =
            (0..96).map(|i| 10f64.powf(-8.0 + 16.0 * (f64::from(i) * 0.618_033_988_749_894_9).fract()));
        let same = |x: f64, slope: f64| {
            let allowed = 4.0 * f64::EPSILON * slope.abs();
            (function(x) / x - slope).abs() <= allowed && (derivative(x) - slope).abs() <= allowed
        };
        let linear = points.into_iter().all(|x| same(x, slopes.right) && same(-x, slopes.left));
        (linear && function(0.0) == 0.0).then_some(slopes)
    }
}
