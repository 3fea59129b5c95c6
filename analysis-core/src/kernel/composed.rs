//! Sums and products of kernels, as a value.

use std::fmt::{self, Display, Formatter};
use std::ops::{Add, Mul};

use serde::{Deserialize, Serialize};

use super::{Kernel, KernelKind, WideNetwork};
use crate::check;
use crate::error::Result;
use crate::text::written;

/// Sums within products within sums: a bound for the stack of calls.
const DEEPEST: usize = 16;

/// A kernel made of others: all of these are positive semidefinite where their parts are (Aronszajn 1950; the product by Schur).
///
/// `+` and `*` write sums and products, `*` with a number a multiple.
///
/// # Examples
/// ```
/// use analysis_core::ndarray::array;
/// use analysis_core::prelude::*;
/// let (ntk, nngp) = (Kernel::default(), Kernel { kind: KernelKind::Nngp, ..Kernel::default() });
/// let mixed = Composed::from(ntk.clone()) * 0.5 + Composed::from(nngp.clone());
/// let x = array![[1.0, 0.0], [0.6, 0.8]];
/// let gram = mixed.gram(x.view())?;
/// assert_eq!(gram.view(), 0.5 * &ntk.gram(x.view())?.view() + nngp.gram(x.view())?.view());
///
/// let json = analysis_core::serde_json::to_string(&mixed).unwrap();
/// assert_eq!(analysis_core::serde_json::from_str::<Composed>(&json).unwrap(), mixed);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Composed {
    /// K of a [`Kernel`].
    Kernel(Kernel),
    /// The NTK or NNGP of a [`WideNetwork`].
    Network {
        /// Which of the two.
        kind: KernelKind,
        /// Of which network.
        network: WideNetwork,
    },
    /// K = K₁ + K₂ + …
    Sum(Vec<Composed>),
    /// K_ij = (K₁)_ij (K₂)_ij …
    Product(Vec<Composed>),
    /// K = factor · K₁.
    Multiple {
        /// More than 0.
        factor: f64,
        /// K₁.
        of: Box<Composed>,
    },
}

impl Composed {
    /// Refuses parameters outside their domain, in whichever part they are.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter): a sum or product of fewer than two, a factor that is not positive and finite,
    /// parts nested more than 16 deep, and what [`Kernel::check`] and [`WideNetwork::check`] refuse.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let error = (Composed::from(Kernel::default()) * -1.0).check().unwrap_err();
    /// assert_eq!(error.to_string(), "factor = -1: must be positive and finite");
    /// ```
    pub fn check(&self) -> Result<()> {
        self.check_at(0)
    }

    fn check_at(&self, depth: usize) -> Result<()> {
        check::that(
            depth <= DEEPEST,
            "kernel",
            format!("nested {depth} deep"),
            format!("at most {DEEPEST}"),
        )?;
        match self {
            Composed::Kernel(kernel) => kernel.check(),
            Composed::Network { kind, network } => network.check(*kind),
            Composed::Sum(parts) | Composed::Product(parts) => {
                let name = if matches!(self, Composed::Sum(_)) { "sum" } else { "product" };
                let why = "must be of two kernels at least: take the one for itself";
                check::that(parts.len() >= 2, name, format!("of {} kernels", parts.len()), why)?;
                parts.iter().try_for_each(|part| part.check_at(depth + 1))
            }
            Composed::Multiple { factor, of } => {
                check::positive("factor", *factor)?;
                of.check_at(depth + 1)
            }
        }
    }
}

impl From<Kernel> for Composed {
    fn from(kernel: Kernel) -> Composed {
        Composed::Kernel(kernel)
    }
}

impl Add for Composed {
    type Output = Composed;

    fn add(self, other: Composed) -> Composed {
        Composed::Sum(match (self, other) {
            (Composed::Sum(mut parts), other) => {
                parts.push(other);
                parts
            }
            (first, second) => vec![first, second],
        })
    }
}

impl Mul for Composed {
    type Output = Composed;

    fn mul(self, other: Composed) -> Composed {
        Composed::Product(match (self, other) {
            (Composed::Product(mut parts), other) => {
                parts.push(other);
                parts
            }
            (first, second) => vec![first, second],
        })
    }
}

impl Mul<f64> for Composed {
    type Output = Composed;

    fn mul(self, factor: f64) -> Composed {
        Composed::Multiple { factor, of: Box::new(self) }
    }
}

impl Display for Composed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Composed], sign: &str, f: &mut Formatter<'_>| {
            for (place, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if place == 0 { "(" } else { sign })?;
            }
            f.write_str(")")
        };
        match self {
            Composed::Kernel(kernel) => {
                let Kernel { kind, hidden_layers, activation, parametrisation, convolution } = kernel;
                write!(f, "{kind}({hidden_layers} × {activation}, {parametrisation:?}")?;
                convolution.map_or(Ok(()), |convolution| write!(f, ", {convolution}"))?;
                f.write_str(")")
            }
            Composed::Network { kind, network } => write!(f, "{kind}({network})"),
            Composed::Sum(parts) => joined(parts, " + ", f),
            Composed::Product(parts) => joined(parts, " · ", f),
            Composed::Multiple { factor, of } => write!(f, "{} {of}", written(*factor)),
        }
    }
}
