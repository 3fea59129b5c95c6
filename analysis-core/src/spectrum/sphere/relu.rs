//! κ(cos θ) of a ReLU network to 32 digits: the recursion of [`crate::kernel`] for two inputs of the same norm.

use super::twofold::{ONE, PI, Twofold};
use crate::kernel::{Kernel, KernelKind, Parametrisation};

/// An angle with its functions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Corner {
    pub(super) theta: Twofold,
    pub(super) supplement: Twofold,
    pub(super) sine: Twofold,
    pub(super) cosine: Twofold,
    /// 1 − cos θ.
    below: Twofold,
    /// 1 + cos θ.
    above: Twofold,
}

impl Corner {
    /// The angle θ ∈ \[0, π/2\].
    pub(super) fn acute(theta: Twofold) -> Self {
        let (s, c) = theta.scaled(0.5).sin_cos();
        Corner {
            theta,
            supplement: PI - theta,
            sine: (s * c).scaled(2.0),
            cosine: (c - s) * (c + s),
            below: (s * s).scaled(2.0),
            above: (c * c).scaled(2.0),
        }
    }

    /// π − θ.
    pub(super) fn mirrored(self) -> Self {
        Corner {
            theta: self.supplement,
            supplement: self.theta,
            cosine: -self.cosine,
            below: self.above,
            above: self.below,
            ..self
        }
    }

    /// From 1 − cos θ and 1 + cos θ.
    fn from_versines(below: Twofold, above: Twofold) -> Self {
        let sine = (below * above).sqrt();
        let cosine = (above - below).scaled(0.5);
        if below.hi <= above.hi {
            let theta = below.scaled(0.5).sqrt().arcsin().scaled(2.0);
            Corner { theta, supplement: PI - theta, sine, cosine, below, above }
        } else {
            let supplement = above.scaled(0.5).sqrt().arcsin().scaled(2.0);
            Corner { theta: PI - supplement, supplement, sine, cosine, below, above }
        }
    }
}

/// A ReLU network's constants.
#[derive(Debug, Clone)]
pub(super) struct ReluProfile {
    kind: KernelKind,
    hidden_layers: usize,
    /// σ_b² and σ_w² where T^l is E\[φφ\] alone and the input term loses its bias (paper 2's standard parametrisation).
    standard: Option<(Twofold, Twofold)>,
    /// Share of the inputs, and of the first bias, in the first pre-activations' variance.
    first: (Twofold, Twofold),
    /// Variance of a hidden weight times the width over 2 (E φ² = q/2), and of a hidden bias.
    hidden: (Twofold, Twofold),
}

impl ReluProfile {
    pub(super) fn new(kernel: &Kernel) -> Self {
        let (first, hidden, standard) = match kernel.parametrisation {
            Parametrisation::FirstLayerBias { bias } => {
                ((ONE, f64::from(bias).into()), (ONE, 0.0.into()), None)
            }
            Parametrisation::EveryLayer { sigma_w2: w, sigma_b2: b } => {
                ((w.into(), b.into()), ((0.5 * w).into(), b.into()), Some((b.into(), w.into())))
            }
            Parametrisation::EveryLayerNtk { sigma_w2: w, sigma_b2: b } => {
                ((w.into(), b.into()), ((0.5 * w).into(), b.into()), None)
            }
        };
        ReluProfile { kind: kernel.kind, hidden_layers: kernel.hidden_layers, standard, first, hidden }
    }

    /// κ(cos θ).
    pub(super) fn at(&self, corner: Corner) -> Twofold {
        let (weight, bias) = self.first;
        let mut variance = weight + bias;
        let mut corner = if bias.hi == 0.0 {
            corner
        } else {
            let below = weight * corner.below / variance;
            Corner::from_versines(below, (weight * corner.above + bias.scaled(2.0)) / variance)
        };
        let mut tangent = variance * corner.cosine;
        if let Some((b, w)) = self.standard {
            tangent = (tangent - b) / w;
        }
        let mut covariance = tangent;
        let (weight, bias) = self.hidden;
        for layer in 1..=self.hidden_layers {
            let kappa0 = corner.supplement / PI;
            let kappa1 = (corner.sine + corner.supplement * corner.cosine) / PI;
            let moment = weight * variance * kappa1;
            covariance = moment + bias;
            let own = match self.standard {
                Some((_, w)) => moment / w,
                None => covariance,
            };
            // The weight's half is in `weight`: s E[φ'φ'] = s κ₀/2.
            tangent = own + weight * kappa0 * tangent;
            let next = weight * variance + bias;
            if layer < self.hidden_layers {
                // 1 − κ₁ = 1 − cos θ − (sin θ − θ cos θ)/π, off by θ2⁻¹⁰⁴: the next angle, about θ, is off by 2⁻¹⁰⁴,
                // where 1 − κ₁ from κ₁ would leave 2⁻¹⁰⁴/θ.
                let gap = corner.below - (corner.sine - corner.theta * corner.cosine) / PI;
                let below = weight * variance * gap / next;
                corner = Corner::from_versines(below, Twofold::from(2.0) - below);
            }
            variance = next;
        }
        match self.kind {
            KernelKind::Ntk => tangent,
            KernelKind::Nngp => covariance,
        }
    }

    /// Whether every odd degree from 3 on has eigenvalue exactly 0: κ is then κ₁ or κ₁ + uκ₀ up to factors, whose odd
    /// part is linear in u, since κ₀(u) + κ₀(−u) = 1 and κ₁(u) − κ₁(−u) = u.
    pub(super) fn odd_part_is_linear(&self) -> bool {
        self.hidden_layers == 1 && self.first.1.hi == 0.0
    }
}
