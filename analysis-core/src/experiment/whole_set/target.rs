//! What is measured on a whole set: the labels in every encoding, permuted labels, initial functions.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array1, Array2};

use crate::error::{Error, Result};
use crate::text::{plain_enum, serde_as_text};

/// How labels become numbers. All of these are linear in the one-hot columns and the constant, so that one measure of those
/// gives them all.
///
/// # Examples
/// ```
/// use analysis_core::experiment::LabelEncoding;
/// assert_eq!("centred-integer".parse::<LabelEncoding>()?, LabelEncoding::CentredInteger);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LabelEncoding {
    /// The label itself.
    #[default]
    Integer,
    /// The label minus its mean over the rows.
    CentredInteger,
    /// One column for each class, 1 in the label's; the energies of the columns are added.
    OneHot,
    /// The same, each column minus its mean over the rows.
    CentredOneHot,
    /// +1 for an even label, −1 for an odd one.
    Parity,
}

plain_enum!(
    LabelEncoding,
    "labels",
    Integer = "integer",
    CentredInteger = "centred-integer",
    OneHot = "one-hot",
    CentredOneHot = "centred-one-hot",
    Parity = "parity"
);

impl LabelEncoding {
    /// All of them, in the order of results.
    pub const ALL: [LabelEncoding; 5] = [
        LabelEncoding::Integer,
        LabelEncoding::CentredInteger,
        LabelEncoding::OneHot,
        LabelEncoding::CentredOneHot,
        LabelEncoding::Parity,
    ];

    /// How the encoding follows from the one-hot columns and the constant: y = Y₁ₕ·`classes` + 1·`constant`ᵀ.
    pub(in crate::experiment) fn weights(self, classes: &[i64], counts: &[usize]) -> EncodingWeights {
        let n = counts.iter().sum::<usize>() as f64;
        let values = Array1::from_iter(classes.iter().map(|class| *class as f64));
        let shares = Array1::from_iter(counts.iter().map(|count| *count as f64 / n));
        let single = |column: Array1<f64>, constant: f64| EncodingWeights {
            classes: column.insert_axis(ndarray::Axis(1)),
            constant: Array1::from_elem(1, constant),
        };
        let unit = Array2::eye(classes.len());
        match self {
            LabelEncoding::Integer => single(values, 0.0),
            LabelEncoding::CentredInteger => {
                // Labels are whole, so the sum is exact, and the mean that of `Target::CentredInteger`.
                let sum: i128 = classes
                    .iter()
                    .zip(counts)
                    .map(|(class, count)| i128::from(*class) * *count as i128)
                    .sum();
                single(values, -(sum as f64 / n))
            }
            LabelEncoding::OneHot => {
                EncodingWeights { classes: unit, constant: Array1::zeros(classes.len()) }
            }
            LabelEncoding::CentredOneHot => EncodingWeights { classes: unit, constant: -shares },
            LabelEncoding::Parity => {
                single(classes.iter().map(|c| if c.rem_euclid(2) == 0 { 1.0 } else { -1.0 }).collect(), 0.0)
            }
        }
    }
}

/// The columns of an encoding in terms of the one-hot columns and the constant.
pub(in crate::experiment) struct EncodingWeights {
    /// (classes, m).
    pub(in crate::experiment) classes: Array2<f64>,
    /// (m).
    pub(in crate::experiment) constant: Array1<f64>,
}

/// One target of a [`WholeSet`](super::WholeSet). Written `integer` (any [`LabelEncoding`]), `constant`, `permuted:3:one-hot`,
/// `function:7`; the columns of its Parquet file have these names.
///
/// # Examples
/// ```
/// use analysis_core::experiment::{LabelEncoding, WholeTarget};
/// let target: WholeTarget = "permuted:3:one-hot".parse()?;
/// assert_eq!(target, WholeTarget::Permuted { permutation: 3, encoding: LabelEncoding::OneHot });
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WholeTarget {
    /// The labels.
    Labels(LabelEncoding),
    /// 1 at every row.
    Constant,
    /// The labels dealt out to the rows anew.
    Permuted {
        /// Which permutation, from 0.
        permutation: usize,
        /// How its labels become numbers.
        encoding: LabelEncoding,
    },
    /// The initial function of a network.
    Function {
        /// Which one, from 0.
        function: usize,
    },
}

impl WholeTarget {
    /// All targets, in the order of results: the labels, the constant, every permutation, every function.
    pub fn all(permutations: usize, functions: usize) -> Vec<WholeTarget> {
        let labels = LabelEncoding::ALL.into_iter().map(WholeTarget::Labels);
        let permuted = (0..permutations).flat_map(|permutation| {
            LabelEncoding::ALL
                .into_iter()
                .map(move |encoding| WholeTarget::Permuted { permutation, encoding })
        });
        let functions = (0..functions).map(|function| WholeTarget::Function { function });
        labels.chain([WholeTarget::Constant]).chain(permuted).chain(functions).collect()
    }

    /// Whether it is a permutation of labels that are encoded like this.
    pub fn is_permuted(self, of: LabelEncoding) -> bool {
        matches!(self, WholeTarget::Permuted { encoding, .. } if encoding == of)
    }

    /// Whether it is an initial function.
    pub fn is_function(self) -> bool {
        matches!(self, WholeTarget::Function { .. })
    }
}

impl fmt::Display for WholeTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WholeTarget::Labels(encoding) => encoding.fmt(f),
            WholeTarget::Constant => f.pad("constant"),
            WholeTarget::Permuted { permutation, encoding } => {
                f.pad(&format!("permuted:{permutation}:{encoding}"))
            }
            WholeTarget::Function { function } => f.pad(&format!("function:{function}")),
        }
    }
}

impl FromStr for WholeTarget {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let forms =
            "write integer (or another encoding), constant, permuted:NUMBER:ENCODING or function:NUMBER";
        let number = |text: &str| {
            text.parse::<usize>().map_err(|_| Error::parameter("target", format!("{text:?}"), forms))
        };
        match text.split(':').collect::<Vec<_>>()[..] {
            ["constant"] => Ok(WholeTarget::Constant),
            ["permuted", permutation, encoding] => {
                Ok(WholeTarget::Permuted { permutation: number(permutation)?, encoding: encoding.parse()? })
            }
            ["function", function] => Ok(WholeTarget::Function { function: number(function)? }),
            _ => text
                .parse()
                .map(WholeTarget::Labels)
                .map_err(|_| Error::parameter("target", format!("{text:?}"), forms)),
        }
    }
}

serde_as_text!(WholeTarget);
