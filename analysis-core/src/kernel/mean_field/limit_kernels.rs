//! The limit kernels of two inputs against depth, with all digits of their differences.

use serde::{Deserialize, Serialize};

use super::MeanField;
use crate::error::{Error, Result};
use crate::gaussian::moment;
use crate::memory::Bytes;
use crate::{architecture, check};

/// NNGP kernel and NTK of infinitely wide networks at two inputs of equal norm, ‖x‖²/n₀ = ‖x'‖²/n₀.
///
/// With H hidden layers the output is layer L = H + 1. q^1 = σ_w²‖x‖²/n₀ + σ_b², κ₁ = ‖x‖²/n₀ and κ₂ = ⟨x, x'⟩/n₀ at the first
/// layer, then layer by layer, (u, u') of variance q^l and covariance q_sr^l:
///
/// q^{l+1} = σ_w² E φ(u)² + σ_b², q_sr^{l+1} = σ_w² E φ(u)φ(u') + σ_b²,
///
/// κ₁ ← E φ(u)² + σ_w² E φ'(u)² κ₁, κ₂ ← E φ(u)φ(u') + σ_w² E φ'(u)φ'(u') κ₂.
///
/// κ is the limit of Θ/M for one output as all widths, n₀ among them, equal M → ∞ (Seleznova and Kutyniok 2021, §5; the paper
/// does not pin down which layers it counts: here the first layer's weights count, and κ is a sum over layers, not a mean).
/// The differences are carried through the layers as sums of positive terms: q − q_sr and κ₁ − κ₂ keep their digits where the
/// ordered phase makes them small. [`Kernel`](crate::kernel::Kernel) computes κ₂ alone, from standard deviations and angles; the
/// two agree to rounding, not to the bit, so that neither stands for the other where results are kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LimitKernel {
    /// H.
    pub depth: usize,
    /// q̄ᴸ, the variance of the output at the start.
    pub variance: f64,
    /// q̄_srᴸ, its covariance at the two inputs.
    pub covariance: f64,
    /// q̄ᴸ − q̄_srᴸ.
    pub variance_gap: f64,
    /// κ₁ = Θ(x,x)/M.
    pub diagonal: f64,
    /// κ₂ = Θ(x,x')/M.
    pub off_diagonal: f64,
    /// κ₁ − κ₂.
    pub gap: f64,
}

/// Theorem 3's variance of the trained network, and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainedVariance {
    /// A = S/(κ₁/κ₂ + S − 1), times 1 − e where time is finite: what the training outputs' common part weighs in f_∞(x): 1 in the ordered phase, where all inputs
    /// are one, 0 in the chaotic, where nothing is carried over.
    pub weight: f64,
    /// Var f_∞(x), or Var f_t(x).
    pub variance: f64,
    /// λ_max/λ_min of Θ(X): (κ₁ + (S − 1)κ₂)/(κ₁ − κ₂) for κ₂ ≥ 0, the inverse for κ₂ < 0, 1 for one sample.
    pub condition: f64,
}

impl LimitKernel {
    /// Layers at most.
    pub const MOST_LAYERS: usize = architecture::MOST_LAYERS;

    /// κ₁/κ₂.
    pub fn ratio(&self) -> f64 {
        self.diagonal / self.off_diagonal
    }

    /// The variance over initialisations of the network trained to t → ∞ on S `samples`, at another input, when all S + 1 inputs
    /// have pairwise the correlation of this pair (Seleznova and Kutyniok 2021, theorem 3):
    ///
    /// Var f_∞(x) = (1 + A²/S)(q̄ − q̄_sr) + (A − 1)² q̄_sr, A = S/(κ₁/κ₂ + S − 1).
    ///
    /// It is exact there. 1 − A = (κ₁ − κ₂)/(κ₁ + (S − 1)κ₂), so no digit is lost at any depth.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no sample, and where the kernel of S inputs is not positive definite (equal inputs, or a
    /// negative correlation that S inputs cannot have).
    ///
    /// # Examples
    /// ```
    /// let kernel = analysis_core::kernel::MeanField::default().limit_kernels(0.0, 1.0, 1)?[0];
    /// let one = kernel.trained_variance(1)?; // S = 1: 2q − 2 A q_sr + (A² − 1) q, from v = κ₂/κ₁
    /// let v = kernel.off_diagonal / kernel.diagonal;
    /// assert!((one.variance - (kernel.variance * (1.0 + v * v) - 2.0 * v * kernel.covariance)).abs() < 1e-15);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn trained_variance(&self, samples: usize) -> Result<TrainedVariance> {
        self.trained_variance_at(samples, f64::INFINITY)
    }

    /// The same after gradient flow for `time`, in units of 1/λ_1, λ_1 the largest eigenvalue of Θ(X)/S.
    ///
    /// Another input sees the training set's common part alone, whose eigenvalue is κ₁ + (S − 1)κ₂; the other modes have equal
    /// eigenvalues κ₁ − κ₂ and are orthogonal to Θ(X,x) = κ₂(1, …, 1). What the common part has left is e = exp(−`time` ·
    /// (κ₁ + (S − 1)κ₂)/λ_1 S), so A becomes A(1 − e) and 1 − A becomes (1 − A) + Ae:
    ///
    /// Var f_t(x) = (1 + A²(1 − e)²/S)(q̄ − q̄_sr) + ((1 − A) + Ae)² q̄_sr.
    ///
    /// # Errors
    /// As [`LimitKernel::trained_variance`]; [`Error::Parameter`] for a negative time.
    ///
    /// # Examples
    /// ```
    /// let kernel = analysis_core::kernel::MeanField::default().limit_kernels(0.5, 1.0, 2)?[1];
    /// let start = kernel.trained_variance_at(10, 0.0)?;
    /// assert_eq!(start.weight, 0.0);
    /// assert!((start.variance / kernel.variance - 1.0).abs() < 1e-15);
    /// assert_eq!(kernel.trained_variance_at(10, f64::INFINITY)?, kernel.trained_variance(10)?);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn trained_variance_at(&self, samples: usize, time: f64) -> Result<TrainedVariance> {
        check::that(time >= 0.0, "time", time, "must not be negative")?;
        check::at_least_one("samples", samples)?;
        let s = samples as f64;
        let common = self.diagonal + (s - 1.0) * self.off_diagonal;
        if !(self.gap > 0.0 && common > 0.0) {
            let found = format!("κ₁ − κ₂ = {:e}, κ₁ + (S − 1)κ₂ = {common:e}", self.gap);
            let why = "the kernel of the samples must be positive definite: take another cosine, fewer layers or samples";
            return Err(Error::parameter("kernel", found, why));
        }
        // A negative κ₂ makes the common part the slowest.
        let passed = time * (common / if samples == 1 { common } else { common.max(self.gap) });
        let full = s * self.off_diagonal / common;
        let weight = -(-passed).exp_m1() * full;
        let missing = self.gap / common + (-passed).exp() * full;
        let variance = (1.0 + weight * weight / s) * self.variance_gap + missing * missing * self.covariance;
        // A negative κ₂ makes the common part the smaller eigenvalue; one sample has one.
        let condition = match samples {
            1 => 1.0,
            _ => common.max(self.gap) / common.min(self.gap),
        };
        Ok(TrainedVariance { weight, variance, condition })
    }
}

impl MeanField {
    /// The kernels with 1, …, `depth` hidden layers, of two inputs with ‖x‖²/n₀ = ‖x'‖²/n₀ = `mean_square` and cosine
    /// `cosine` between them.
    ///
    /// # Errors
    /// As [`MeanField::check`]; [`Error::Parameter`] for a cosine outside \[−1, 1\], a mean square that is not positive and
    /// finite, what [`MeanField::correlation_map`] and [`CorrelationMap::gap`](super::CorrelationMap::gap) refuse, and where
    /// variance or kernel leave the range of `f64`, and for more than 10⁶ layers; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// // ReLU at (2, 0), x = x': q stays, κ₁ gains q/2 = 1 a layer.
    /// let kernels = analysis_core::kernel::MeanField::default().limit_kernels(1.0, 1.0, 3)?;
    /// assert_eq!(kernels.iter().map(|k| k.diagonal).collect::<Vec<_>>(), [2.0, 3.0, 4.0]);
    /// assert!(kernels.iter().all(|k| k.variance == 2.0 && k.gap == 0.0));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn limit_kernels(&self, cosine: f64, mean_square: f64, depth: usize) -> Result<Vec<LimitKernel>> {
        let mut lines = self.limit_kernels_at(&[cosine], mean_square, depth)?;
        Ok(lines.pop().unwrap_or_default())
    }

    /// [`MeanField::limit_kernels`] for several cosines, a list each: what depends on q alone is computed once.
    ///
    /// # Errors
    /// As [`MeanField::limit_kernels`].
    pub fn limit_kernels_at(
        &self,
        cosines: &[f64],
        mean_square: f64,
        depth: usize,
    ) -> Result<Vec<Vec<LimitKernel>>> {
        self.check()?;
        check::positive("mean_square", mean_square)?;
        for cosine in cosines {
            check::that((-1.0..=1.0).contains(cosine), "cosine", cosine, "must lie in [−1, 1]")?;
        }
        let variance = self.sigma_w2 * mean_square + self.sigma_b2;
        let mut now: Vec<LimitKernel> = cosines
            .iter()
            .map(|cosine| {
                let gap = mean_square * (1.0 - cosine);
                LimitKernel {
                    depth: 0,
                    variance,
                    covariance: self.sigma_w2 * mean_square * cosine + self.sigma_b2,
                    variance_gap: self.sigma_w2 * gap,
                    diagonal: mean_square,
                    off_diagonal: mean_square * cosine,
                    gap,
                }
            })
            .collect();
        let most = LimitKernel::MOST_LAYERS;
        check::that(depth <= most, "depth", depth, format!("at most {most} layers"))?;
        Bytes::of::<LimitKernel>(cosines.len(), depth)
            .require(&format!("limit kernels of {depth} layers at {} cosines", cosines.len()))?;
        let mut lines: Vec<Vec<LimitKernel>> = cosines.iter().map(|_| Vec::with_capacity(depth)).collect();
        let mut known: Option<(f64, super::CorrelationMap)> = None;
        let mut q = variance;
        for _ in 0..depth {
            // Near the fixed point q no longer changes, and the map stays.
            let map = match known.take() {
                Some((at, map)) if at == q => map,
                _ => self.correlation_map(q)?,
            };
            let square = moment::square(&self.activation, q)?;
            let slope = self.sigma_w2 * moment::slope_square(&self.activation, q)?;
            for (kernel, line) in now.iter_mut().zip(&mut lines) {
                *kernel = self.next_layer(kernel, &map, square, slope)?;
                line.push(*kernel);
            }
            known = Some((q, map));
            q = self.sigma_w2 * square + self.sigma_b2;
        }
        Ok(lines)
    }

    fn next_layer(
        &self,
        kernel: &LimitKernel,
        map: &super::CorrelationMap,
        square: f64,
        slope: f64,
    ) -> Result<LimitKernel> {
        // Rounding may leave 1 − c an ε beyond the ends.
        let d = (kernel.variance_gap / kernel.variance).min(2.0);
        let (variance, variance_gap) = (self.sigma_w2 * square + self.sigma_b2, map.gap(d)?);
        let slope_gap = map.slope_gap(d)?;
        let slope_off = slope - slope_gap;
        let gap = variance_gap / self.sigma_w2 + slope_off * kernel.gap + slope_gap * kernel.diagonal;
        let diagonal = square + slope * kernel.diagonal;
        let next = LimitKernel {
            depth: kernel.depth + 1,
            variance,
            covariance: variance - variance_gap,
            variance_gap,
            diagonal,
            // By its own recursion: in the chaotic phase it is a small difference of κ₁ and the gap.
            off_diagonal: square - variance_gap / self.sigma_w2 + slope_off * kernel.off_diagonal,
            gap,
        };
        let numbers = [next.variance, next.covariance, next.diagonal, next.off_diagonal, next.gap];
        if numbers.into_iter().all(f64::is_finite) {
            return Ok(next);
        }
        let found = format!("q = {:e}, κ₁ = {:e} at H = {}", next.variance, next.diagonal, next.depth);
        Err(Error::parameter("depth", found, "must stay within floating point: take fewer layers"))
    }
}
