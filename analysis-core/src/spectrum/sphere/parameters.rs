//! Which spectrum is asked for.

use serde::{Deserialize, Serialize};

use super::multiplicity::multiplicity;
use crate::error::{Error, Result};
use crate::kernel::Kernel;

/// The largest degree that is computed one by one; the asymptotic series goes on from there.
pub const MAX_SPHERE_DEGREE: usize = 4096;

/// The table's least last degree.
const LEAST_DEGREE: usize = 128;

/// The eigenvalues on S^{d−1} that are wanted; `Default` is paper 1's NTK at d = 5.
///
/// The inputs have norm 1, or √d in paper 2's parametrisations, as in [`Profile`](crate::kernel::Profile).
///
/// # Examples
/// ```
/// use analysis_core::spectrum::SphereSpectrum;
/// let spectrum = SphereSpectrum::default().run()?;
/// assert_eq!(spectrum.eigenvalues[3], 0.0); // odd, one hidden layer, no bias
/// // λ_1 of κ₁ + uκ₀, whose odd part is u: ∫ u·u = 1/d.
/// assert!((spectrum.eigenvalues[1] - 0.2).abs() < 1e-15);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SphereSpectrum {
    /// The kernel.
    pub kernel: Kernel,
    /// d ≥ 2, the number of coordinates: the sphere is S^{d−1}.
    pub d: usize,
    /// The largest degree of the table, at most [`MAX_SPHERE_DEGREE`]; time grows with its square (about 0.1 s at 1000).
    /// The table never ends before degree 128, which the series beyond is fitted to.
    pub max_degree: usize,
}

impl Default for SphereSpectrum {
    fn default() -> Self {
        SphereSpectrum { kernel: Kernel::default(), d: 5, max_degree: 200 }
    }
}

impl SphereSpectrum {
    /// Refuses parameters outside their domain.
    ///
    /// # Errors
    /// [`Error::Parameter`] for d < 2, `max_degree` beyond its bound or with a multiplicity beyond floating point, or a
    /// kernel out of its domain.
    pub fn check(&self) -> Result<()> {
        if self.max_degree > MAX_SPHERE_DEGREE {
            let most = format!(
                "must be at most {MAX_SPHERE_DEGREE}; eigenvalues of higher degrees come from \
                 SphereEigenvalues::degree"
            );
            return Err(Error::parameter("max_degree", self.max_degree, most));
        }
        self.kernel.check_fully_connected("a spectrum on the sphere")?;
        multiplicity(self.d, self.reach() as u64)?;
        self.kernel.check()
    }

    /// The last degree of the table.
    pub(super) fn reach(&self) -> usize {
        self.max_degree.max(LEAST_DEGREE)
    }
}
