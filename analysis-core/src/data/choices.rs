//! The choices that change the answer: which split, which scaling of the inputs, which encoding of the labels.

use crate::error::{Error, Result};
use crate::text::{not_one_of, plain_enum, serde_as_text};
use std::fmt;
use std::str::FromStr;

/// Which part of a published set.
///
/// # Examples
/// ```
/// use analysis_core::data::Split;
/// assert_eq!("test".parse::<Split>()?, Split::Test);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Split {
    /// The published training images.
    Train,
    /// The published test images.
    Test,
    /// Both, training images first; a set without splits.
    #[default]
    All,
}

plain_enum!(Split, "split", Train = "train", Test = "test", All = "all");

/// How the inputs x are scaled, after the rows have been chosen.
///
/// # Examples
/// ```
/// use analysis_core::data::Scaling;
/// assert_eq!("unit-norm".parse::<Scaling>()?, Scaling::UnitNorm);
/// assert_eq!(Scaling::UnitInterval.to_string(), "unit-interval");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scaling {
    /// Each row divided by its Euclidean norm, ‖x‖ = 1: paper 1's kernels live on the sphere. A row of zeros is refused.
    #[default]
    UnitNorm,
    /// Divided by 255: pixels in [0, 1]. Refused when a value lies outside [0, 255].
    UnitInterval,
    /// Each column minus its mean, divided by its standard deviation (with 1/n), both over the rows chosen.
    /// A constant column becomes 0: it tells rows apart no more than a missing one.
    Standardised,
    /// As in the file; pixels in 0..=255.
    None,
}

plain_enum!(
    Scaling,
    "scaling",
    UnitNorm = "unit-norm",
    UnitInterval = "unit-interval",
    Standardised = "standardised",
    None = "none"
);

/// How labels become the target y (n,k).
///
/// All but [`Target::Numeric`] need labels that are whole numbers. Text is never encoded silently, because the integer
/// encodings depend on the order chosen.
///
/// # Examples
/// ```
/// use analysis_core::data::Target;
/// assert_eq!("one-vs-rest:3".parse::<Target>()?, Target::OneVsRest { class: 3 });
/// assert_eq!(Target::CentredInteger.to_string(), "centred-integer");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Target {
    /// The label itself, k = 1: the encoding that reproduces paper 1's Table 1.
    #[default]
    Integer,
    /// The label minus its mean over the rows chosen, k = 1.
    CentredInteger,
    /// One column for each class in ascending order, 1 in the label's column and 0 elsewhere. A published set always
    /// has its 10 columns, other data one for each label among the rows chosen.
    OneHot,
    /// +1 for an even label, −1 for an odd one, k = 1.
    Parity,
    /// +1 for one class, −1 for every other, k = 1.
    OneVsRest {
        /// The class against the rest; it must occur among the rows chosen.
        class: u8,
    },
    /// The target column as it is, whole numbers or not, k = 1.
    Numeric,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Integer => f.pad("integer"),
            Target::CentredInteger => f.pad("centred-integer"),
            Target::OneHot => f.pad("one-hot"),
            Target::Parity => f.pad("parity"),
            Target::OneVsRest { class } => f.pad(&format!("one-vs-rest:{class}")),
            Target::Numeric => f.pad("numeric"),
        }
    }
}

impl FromStr for Target {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        if let Some(class) = text.strip_prefix("one-vs-rest:") {
            let requirement = "the class must be a number from 0 to 255, as in one-vs-rest:3";
            let refuse = |_| Error::parameter("labels", format!("{text:?}"), requirement);
            return class.parse().map(|class| Target::OneVsRest { class }).map_err(refuse);
        }
        const KNOWN: [&str; 6] =
            ["integer", "centred-integer", "one-hot", "parity", "one-vs-rest:CLASS", "numeric"];
        match text {
            "integer" => Ok(Target::Integer),
            "centred-integer" => Ok(Target::CentredInteger),
            "one-hot" => Ok(Target::OneHot),
            "parity" => Ok(Target::Parity),
            "numeric" => Ok(Target::Numeric),
            _ => Err(not_one_of("labels", text, &KNOWN)),
        }
    }
}

serde_as_text!(Target);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_choice_survives_text_and_json() {
        for split in [Split::Train, Split::Test, Split::All] {
            assert_eq!(split.to_string().parse::<Split>().unwrap(), split);
            assert_eq!(serde_json::to_string(&split).unwrap(), format!("\"{split}\""));
        }
        for scaling in [Scaling::UnitNorm, Scaling::UnitInterval, Scaling::Standardised, Scaling::None] {
            let json = serde_json::to_string(&scaling).unwrap();
            assert_eq!(serde_json::from_str::<Scaling>(&json).unwrap(), scaling);
        }
        for target in [
            Target::Integer,
            Target::CentredInteger,
            Target::OneHot,
            Target::Parity,
            Target::OneVsRest { class: 255 },
            Target::Numeric,
        ] {
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(json, format!("\"{target}\""));
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target);
        }
    }

    #[test]
    fn errors_list_what_is_allowed() {
        assert!("Train".parse::<Split>().unwrap_err().to_string().contains("train, test, all"));
        assert!("unit".parse::<Scaling>().unwrap_err().to_string().contains("unit-norm, unit-interval"));
        for bad in ["one-vs-rest", "one-vs-rest:", "one-vs-rest:256", "one-vs-rest:-1", "", "Integer"] {
            assert!(bad.parse::<Target>().is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<Target>("\"parities\"").unwrap_err().to_string().contains("parity"));
    }
}
