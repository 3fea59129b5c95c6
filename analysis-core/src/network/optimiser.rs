//! Gradient descent and its relatives.

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::layers::Layer;
use super::parameters::Parameters;
use crate::check;
use crate::error::{Error, Result};
use crate::text::serde_as_text;

/// Entries that one task updates.
const CHUNK: usize = 4096;

/// How the gradient becomes a step.
///
/// `Display` and `FromStr` speak "gd", "momentum:0.9", "adam", "adam:0.9:0.999:1e-8"; serde writes the same.
///
/// # Examples
/// ```
/// use analysis_core::network::UpdateRule;
/// assert_eq!("momentum:0.9".parse::<UpdateRule>()?, UpdateRule::Momentum { momentum: 0.9 });
/// assert_eq!(UpdateRule::ADAM.to_string(), "adam:0.9:0.999:0.00000001");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum UpdateRule {
    /// p ← p − η∇.
    #[default]
    Plain,
    /// v ← μv + ∇, p ← p − ηv (Polyak's heavy ball, as PyTorch writes it).
    Momentum {
        /// μ in [0, 1).
        momentum: f64,
    },
    /// a ← β₁a + (1 − β₁)∇, b ← β₂b + (1 − β₂)∇², p ← p − η (a/(1 − β₁ᵗ)) / (√(b/(1 − β₂ᵗ)) + ε)
    /// (Kingma and Ba 2015, algorithm 1).
    Adam {
        /// β₁ in [0, 1).
        beta1: f64,
        /// β₂ in [0, 1).
        beta2: f64,
        /// ε > 0.
        epsilon: f64,
    },
}

impl UpdateRule {
    /// Adam with the constants of its paper.
    pub const ADAM: UpdateRule = UpdateRule::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    fn check(self) -> Result<()> {
        let fraction = |name: &str, value: f64| {
            check::that((0.0..1.0).contains(&value), name, value, "must be in [0, 1)")
        };
        match self {
            UpdateRule::Plain => Ok(()),
            UpdateRule::Momentum { momentum } => fraction("momentum", momentum),
            UpdateRule::Adam { beta1, beta2, epsilon } => {
                fraction("beta1", beta1)?;
                fraction("beta2", beta2)?;
                check::positive("epsilon", epsilon)
            }
        }
    }
}

/// Which rows a step looks at, and what it does with their gradient. The default is the papers': full-batch gradient
/// descent.
///
/// With a batch size b every epoch visits all rows once in a fresh order (its permutation is drawn from the training
/// seed's stream `("shuffle", epoch)`), b at a time, the last time perhaps fewer; each step descends on the batch's own
/// loss 1/(2b) Σ ‖f − y‖².
///
/// # Examples
/// ```
/// use analysis_core::network::{Optimiser, UpdateRule};
/// let sgd = Optimiser { batch: Some(32), ..Optimiser::default() };
/// assert_eq!(sgd.rule, UpdateRule::Plain);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Optimiser {
    /// Plain, momentum or Adam.
    pub rule: UpdateRule,
    /// Rows a step; all of them where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
}

impl Optimiser {
    pub(crate) fn check(&self) -> Result<()> {
        check::that(self.batch != Some(0), "batch", 0, "must be at least 1; leave it out for all rows")?;
        self.rule.check()
    }
}

/// What a rule remembers from step to step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RuleState {
    /// Steps taken.
    pub(crate) steps: u64,
    /// Momentum's v; Adam's a and b.
    pub(crate) moments: Vec<Parameters>,
}

impl RuleState {
    pub(crate) fn new(rule: UpdateRule, layers: &[Layer]) -> Self {
        let count = match rule {
            UpdateRule::Plain => 0,
            UpdateRule::Momentum { .. } => 1,
            UpdateRule::Adam { .. } => 2,
        };
        RuleState { steps: 0, moments: vec![Parameters::zeros(layers); count] }
    }

    /// One step down `gradient` (which is used up).
    pub(crate) fn step(
        &mut self,
        rule: UpdateRule,
        rate: f64,
        parameters: &mut Parameters,
        gradient: &mut Parameters,
    ) {
        self.steps += 1;
        let mut moments = self.moments.iter_mut().map(Parameters::slices_mut);
        let (first, second) = (moments.next(), moments.next());
        let targets = parameters.slices_mut().into_iter().zip(gradient.slices_mut());
        match (rule, first, second) {
            (UpdateRule::Momentum { momentum }, Some(v), _) => {
                for ((p, g), v) in targets.zip(v) {
                    each(p, g, v, |p, g, v| {
                        *v = momentum * *v + *g;
                        *p -= rate * *v;
                    });
                }
            }
            (UpdateRule::Adam { beta1, beta2, epsilon }, Some(a), Some(b)) => {
                let correct = |beta: f64| (1.0 - beta.powf(self.steps as f64)).recip();
                let (first, second) = (correct(beta1), correct(beta2));
                for (((p, g), a), b) in targets.zip(a).zip(b) {
                    // Two passes of three arrays: the second moment first, which leaves √(b/(1 − β₂ᵗ)) + ε nowhere but in
                    // `b` itself.
                    each(a, b, g, |a, b, g| {
                        *a = beta1 * *a + (1.0 - beta1) * *g;
                        *b = beta2 * *b + (1.0 - beta2) * *g * *g;
                    });
                    each(p, a, b, |p, a, b| *p -= rate * (*a * first) / ((*b * second).sqrt() + epsilon));
                }
            }
            _ => targets.for_each(|(p, g)| each(p, g, &mut [], |p, g, _| *p -= rate * *g)),
        }
    }
}

/// Every entry on its own, so the same for any number of threads. An empty third array stands for none.
fn each(a: &mut [f64], b: &mut [f64], c: &mut [f64], f: impl Fn(&mut f64, &mut f64, &mut f64) + Sync) {
    let pairs = a.par_chunks_mut(CHUNK).zip(b.par_chunks_mut(CHUNK));
    if c.is_empty() {
        pairs.for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, b)| f(a, b, &mut 0.0)));
        return;
    }
    pairs.zip(c.par_chunks_mut(CHUNK)).for_each(|((a, b), c)| {
        a.iter_mut().zip(b).zip(c).for_each(|((a, b), c)| f(a, b, c));
    });
}

impl fmt::Display for UpdateRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UpdateRule::Plain => f.write_str("gd"),
            UpdateRule::Momentum { momentum } => write!(f, "momentum:{momentum}"),
            UpdateRule::Adam { beta1, beta2, epsilon } => write!(f, "adam:{beta1}:{beta2}:{epsilon}"),
        }
    }
}

impl FromStr for UpdateRule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong =
            || Error::parameter("optimiser", text, "must be gd, momentum:M, adam or adam:B1:B2:EPSILON");
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let numbers: Vec<f64> = parts.map(|p| p.parse().map_err(|_| wrong())).collect::<Result<_>>()?;
        let rule = match (name, numbers[..].len()) {
            ("gd", 0) => UpdateRule::Plain,
            ("momentum", 1) => UpdateRule::Momentum { momentum: numbers[0] },
            ("adam", 0) => UpdateRule::ADAM,
            ("adam", 3) => UpdateRule::Adam { beta1: numbers[0], beta2: numbers[1], epsilon: numbers[2] },
            _ => return Err(wrong()),
        };
        rule.check()?;
        Ok(rule)
    }
}

serde_as_text!(UpdateRule);
