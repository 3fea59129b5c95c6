//! The learning problem on the sphere whose risk theory predicts, and its modes.

use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::kernel::{Kernel, KernelKind};
use crate::spectrum::SphereSpectrum;

/// The target's energy in each degree: e_k = Σ ⟨f*, Y_kj⟩² over the N(d, k) harmonics of degree k, Σ e_k = E f*².
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SphereTarget {
    /// Paper 1's f*(x) = (Σ_j x_j)²: e_0 = 1, e_2 = (2d − 2)/(d + 2), nothing else.
    #[default]
    Quadratic,
    /// e_0, e_1, …: as many as there are, the rest 0.
    Energies(Vec<f64>),
}

impl SphereTarget {
    /// e_0, e_1, … on S^{d−1}.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::flow::SphereTarget;
    /// assert_eq!(SphereTarget::Quadratic.energies(10), [1.0, 0.0, 1.5]);
    /// ```
    pub fn energies(&self, d: usize) -> Vec<f64> {
        match self {
            SphereTarget::Quadratic => vec![1.0, 0.0, (2.0 * d as f64 - 2.0) / (d as f64 + 2.0)],
            SphereTarget::Energies(energies) => energies.clone(),
        }
    }
}

/// A target on S^{d−1} with noise, and the network that learns it; `Default` is paper 1's experiment (Fig. 1, d = 5) from
/// standard initialisation.
///
/// The kernel must be a ReLU network's: sums run over the whole spectrum, and only for those is it known beyond the
/// computed degrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SphereTask {
    /// The network, as its NTK; f₀ has the NNGP kernel of the same network.
    pub kernel: Kernel,
    /// d, from 2 to somewhat beyond 30: the inputs are uniform on S^{d−1} ⊂ R^d.
    pub d: usize,
    /// f*.
    pub target: SphereTarget,
    /// σ > 0, the noise's standard deviation.
    pub noise: f64,
    /// f₀ is this times a draw of GP(0, NNGP): 0 is mirrored initialisation, 1 standard, 1/√M the mean of M networks.
    pub factor: f64,
    /// Degrees taken one by one, as in [`SphereSpectrum::max_degree`]; those beyond are summed by the asymptotic series.
    pub max_degree: usize,
}

impl Default for SphereTask {
    fn default() -> Self {
        SphereTask {
            kernel: Kernel::default(),
            d: 5,
            target: SphereTarget::default(),
            noise: 0.2,
            factor: 1.0,
            max_degree: 200,
        }
    }
}

/// What one degree (or a stretch of the tail) adds to a risk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    /// λ of the NTK.
    pub(super) eigenvalue: f64,
    /// How many eigenfunctions.
    pub(super) multiplicity: f64,
    /// Σ f*² over them.
    pub(super) energy: f64,
    /// factor² Σ μ over them, μ the NNGP kernel's eigenvalue.
    pub(super) start: f64,
}

/// The whole spectrum, and how well it is summed.
#[derive(Debug, Clone)]
pub(super) struct Modes {
    pub(super) modes: Vec<Mode>,
    /// The larger of |Σ Nλ/κ(1) − 1| of the two kernels.
    pub(super) defect: f64,
}

/// The trace must be summed to this, or the series beyond the table is not to be trusted.
const MOST_DEFECT: f64 = 1e-6;

impl SphereTask {
    /// Refuses what has no risk curve.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a kernel that is no NTK of a ReLU network, d < 2, σ ≤ 0, a factor that is negative or not
    /// finite, negative energies or ones beyond the computed degrees, or no energy anywhere.
    pub fn check(&self) -> Result<()> {
        let why = "must be ntk: training follows the NTK, and f₀ has the NNGP kernel of the same network";
        check::refuse(self.kernel.kind != KernelKind::Ntk, "kind", self.kernel.kind, why)?;
        if !matches!(self.kernel.activation, crate::kernel::Activation::Relu) {
            let why = "must be relu: only there is the spectrum known beyond the computed degrees";
            return Err(Error::parameter("activation", &self.kernel.activation, why));
        }
        let why = "must be positive and finite: without noise no stopping time is best";
        check::refuse(!(self.noise.is_finite() && self.noise > 0.0), "noise", self.noise, why)?;
        check::not_negative("factor", self.factor)?;
        let energies = self.target.energies(self.d);
        for (degree, energy) in energies.iter().enumerate() {
            check::not_negative(&format!("energy of degree {degree}"), *energy)?;
        }
        if energies.len() > self.max_degree + 1 {
            let why = format!("energies must end at degree max_degree = {}: raise it", self.max_degree);
            return Err(Error::parameter("target", format!("{} energies", energies.len()), why));
        }
        let why = "f* and f₀ are both 0: there is nothing to learn; give the target some energy";
        check::refuse(self.factor == 0.0 && energies.iter().all(|e| *e == 0.0), "target", "0", why)?;
        self.spectrum(KernelKind::Ntk).check()
    }

    /// The spectrum of either kernel.
    pub(super) fn spectrum(&self, kind: KernelKind) -> SphereSpectrum {
        let kernel = Kernel { kind, ..self.kernel.clone() };
        SphereSpectrum { kernel, d: self.d, max_degree: self.max_degree }
    }

    pub(super) fn modes(&self) -> Result<Modes> {
        self.check()?;
        let [ntk, nngp] = [KernelKind::Ntk, KernelKind::Nngp].map(|kind| self.spectrum(kind).run());
        let (ntk, nngp) = (ntk?, nngp?);
        let defect = ntk.trace_check().defect.abs().max(nngp.trace_check().defect.abs());
        let why = format!(
            "the eigenvalues sum to κ(1) only up to {defect:.1e}: the power law is not reached before 32 digits run \
                 out; take a smaller d (30 is well within reach)"
        );
        check::refuse(defect > MOST_DEFECT, "d", self.d, why)?;
        let energies = self.target.energies(self.d);
        let square = self.factor * self.factor;
        let modes = (ntk.levels()?.iter().zip(nngp.levels()?))
            .enumerate()
            .map(|(k, (a, b))| Mode {
                eigenvalue: a.eigenvalue,
                multiplicity: a.multiplicity,
                energy: energies.get(k).copied().unwrap_or(0.0),
                start: square * b.multiplicity * b.eigenvalue,
            })
            .collect();
        Ok(Modes { modes, defect })
    }
}
