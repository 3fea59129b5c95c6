//! What an estimator says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::regression::IndexRange;
#[cfg(doc)]
use crate::spectrum::Resolution;

/// How an exponent is read from the curves of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// Paper 1's least-squares line through ln Σ_{k≥i} c_k², and β by the line through ln λ_i. It has no interval; without noise
    /// it reads about r + 0.05 over the first sixth of the indices, with 30 % noise 0.1 to 0.2 whatever r is.
    TailLine,
    /// −(slope of ln B against ln N) over N from n/8 to n, B the soft tail ([`Resolution::soft_mean`]) at the ridge that resolves N
    /// modes. Right without noise, and blind to it.
    SoftTail,
    /// The maximum of the likelihood of the energies m_k = n c_k² over k from n/300 to n/2, as multiples of χ² about what the
    /// deterministic equivalent expects of a tail i^{−r} with noise σ², 0 ≤ σ² ≤ a cap that the smallest eigenvalues set without any
    /// model. The interval holds what windows to n/2 and to n/3 both allow, each widened by its lack of fit. Exponents from 0.01 to 5 are tried
    /// 8 % apart, and 1 % apart about the best; r and the interval's ends lie between them, where ln L is taken for a parabola in ln r.
    Likelihood,
    /// −(slope of ln of the ridgeless leave-one-out error against ln n) over parts of n/8 … n rows (`LeaveOneOut`), β from 1/tr K_n⁻¹.
    /// Right without noise, and blind to it; its interval comes from the scatter of four points about their line.
    LeaveOneOut,
    /// The same of the error at the best ridge of every size.
    RidgedLeaveOneOut,
}

impl Estimator {
    /// All of them: those of [`SmoothnessResult::estimates`](crate::smoothness::SmoothnessResult::estimates), then those of
    /// `LeaveOneOutCurve::estimates`, in their order.
    pub const ALL: [Estimator; 5] = [
        Estimator::TailLine,
        Estimator::SoftTail,
        Estimator::Likelihood,
        Estimator::LeaveOneOut,
        Estimator::RidgedLeaveOneOut,
    ];

    /// What it takes out of the energies that a line does not.
    pub fn corrects(self) -> &'static str {
        match self {
            Estimator::TailLine => "nothing: it is the paper's",
            Estimator::SoftTail => "energy beyond the window",
            Estimator::Likelihood => "unresolved energy, and noise",
            Estimator::LeaveOneOut => "it looks at no eigenvector",
            Estimator::RidgedLeaveOneOut => "errors above the variance",
        }
    }

    /// When to use it.
    pub fn when_to_use(self) -> &'static str {
        match self {
            Estimator::TailLine => "to compare with printed numbers",
            Estimator::SoftTail => "as a curve",
            Estimator::Likelihood => "as the number to report, with its interval",
            Estimator::LeaveOneOut => "as a check, without noise; needs K",
            Estimator::RidgedLeaveOneOut => "the same, where the ridgeless error is large",
        }
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Estimator::TailLine => "tail-line",
            Estimator::SoftTail => "soft-tail",
            Estimator::Likelihood => "likelihood",
            Estimator::LeaveOneOut => "leave-one-out",
            Estimator::RidgedLeaveOneOut => "ridged-leave-one-out",
        })
    }
}

/// A 95 % interval; `[low, high]` in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it, its ends included.
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Its width.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }

    /// Of r, divided by a positive β.
    pub(super) fn over(self, beta: f64) -> Interval {
        Interval { low: self.low / beta, high: self.high / beta }
    }
}

impl From<[f64; 2]> for Interval {
    fn from([low, high]: [f64; 2]) -> Self {
        Interval { low, high }
    }
}

impl From<Interval> for [f64; 2] {
    fn from(interval: Interval) -> Self {
        [interval.low, interval.high]
    }
}

/// What one estimator says of one target on one sample of rows. In JSON, what is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Which.
    pub estimator: Estimator,
    /// r; nothing where it is not identified at all, and `warnings` says why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r: Option<f64>,
    /// Its 95 % interval, over samples of rows and of targets; nothing where the estimator has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_interval: Option<Interval>,
    /// β, by this estimator's own means.
    pub beta: f64,
    /// s = r/β.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s: Option<f64>,
    /// r's interval over β, whose own error is some 0.005.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub s_interval: Option<Interval>,
    /// σ² as a share of ‖y‖²/n, the mean square of the target (which has the mean of labels that were not centred in it); nothing
    /// where the estimator does not know of noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_share: Option<f64>,
    /// Its 95 % interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise_share_interval: Option<Interval>,
    /// The indices it read.
    pub window: IndexRange,
    /// What a reader must know, in sentences.
    pub warnings: Vec<String>,
}

impl Estimate {
    /// β alone, and no warning: what every estimator begins with.
    pub(super) fn unknown(estimator: Estimator, beta: f64, window: IndexRange) -> Estimate {
        Estimate {
            estimator,
            r: None,
            r_interval: None,
            beta,
            s: None,
            s_interval: None,
            noise_share: None,
            noise_share_interval: None,
            window,
            warnings: vec![],
        }
    }

    /// "0.41 [0.33, 0.52]", or "not identified".
    pub fn r_text(&self) -> String {
        text(self.r, self.r_interval)
    }

    /// The same of s.
    pub fn s_text(&self) -> String {
        text(self.s, self.s_interval)
    }

    /// The same of the share of noise.
    pub fn noise_text(&self) -> String {
        text(self.noise_share, self.noise_share_interval)
    }
}

/// The noise that goes with one exponent.
///
/// An interval for r and one for the noise are the sides of a box; of the box only a band is allowed, for a slow power law without noise
/// and a fast one with it look alike. This is one slice of that band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AllowedNoise {
    /// r.
    pub r: f64,
    /// The least and the most σ² with it, in units of y².
    pub noise: Interval,
}

fn text(value: Option<f64>, interval: Option<Interval>) -> String {
    // What rounds to nothing has no sign.
    let written = |value: f64| format!("{:.2}", if value.abs() < 0.005 { 0.0 } else { value });
    match (value, interval) {
        (Some(value), Some(Interval { low, high })) => {
            format!("{} [{}, {}]", written(value), written(low), written(high))
        }
        (Some(value), None) => written(value),
        (None, _) => "not identified".into(),
    }
}
