//! Where a network starts.

use std::fmt;
use std::str::FromStr;

use super::layers::Network;
use crate::check;
use crate::error::{Error, Result};
use crate::text::serde_as_text;

/// How a network starts. All of them draw from the same streams, so with one seed every choice but
/// [`MirroredHalf`](Initialisation::MirroredHalf) has the same random network in it: a paired design.
///
/// `Display` and `FromStr` speak "standard", "mirrored", "mirrored-half", "centred", "scaled:A"; serde writes the same.
///
/// # Examples
/// ```
/// use analysis_core::network::Initialisation;
/// assert_eq!("scaled:0.5".parse::<Initialisation>()?, Initialisation::Scaled(0.5));
/// assert_eq!(Initialisation::Mirrored.to_string(), "mirrored");
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Initialisation {
    /// Every parameter random: f₀ is about a draw of the Gaussian process whose kernel is the NNGP kernel.
    #[default]
    Standard,
    /// Two networks of width m with the same initial parameters, f = (√2/2)(f⁽¹⁾ − f⁽²⁾), both trained; f₀ is exactly 0
    /// and the tangent kernel that of one of them (Chen, Li and Lin 2024, §2; Zhang et al. 2020). 2m units in all.
    Mirrored,
    /// The same with m/2 units in each copy, m in all; the paper does not say which of the two it means.
    MirroredHalf,
    /// The standard network minus its own initial function: f − f₀, exactly 0 at the start.
    Centred,
    /// f − (1 − α) f₀, which starts at α f₀: centred at α = 0, standard at 1, rougher beyond. α must be finite.
    Scaled(f64),
}

impl Initialisation {
    /// Refuses an α that is not finite.
    pub(crate) fn check(self) -> Result<()> {
        let finite = !matches!(self, Initialisation::Scaled(alpha) if !alpha.is_finite());
        check::that(finite, "initialisation", self, "α must be finite")
    }

    /// How many networks are trained: 2 where they are mirrored, else 1.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(analysis_core::network::Initialisation::Mirrored.copies(), 2);
    /// ```
    pub fn copies(self) -> usize {
        match self {
            Initialisation::Mirrored | Initialisation::MirroredHalf => 2,
            _ => 1,
        }
    }

    /// The share of f₀ that is subtracted, where there is one.
    pub(crate) fn subtracted(self) -> Option<f64> {
        match self {
            Initialisation::Centred => Some(1.0),
            Initialisation::Scaled(alpha) => Some(1.0 - alpha),
            _ => None,
        }
    }

    /// ∂f/∂f⁽ʲ⁾ of copy j.
    pub(crate) fn share(self, copy: usize) -> f64 {
        match (self.copies(), copy) {
            (2, 0) => std::f64::consts::FRAC_1_SQRT_2,
            (2, _) => -std::f64::consts::FRAC_1_SQRT_2,
            _ => 1.0,
        }
    }

    /// The network of which the copies are made.
    pub(crate) fn copy_of(self, network: &Network) -> Result<Network> {
        if self != Initialisation::MirroredHalf {
            return Ok(network.clone());
        }
        if network.width < 2 || !network.width.is_multiple_of(2) {
            let why = "must be even, so that each mirrored copy has half of it";
            return Err(Error::parameter("width", network.width, why));
        }
        Ok(Network { width: network.width / 2, ..network.clone() })
    }
}

impl fmt::Display for Initialisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Initialisation::Standard => f.write_str("standard"),
            Initialisation::Mirrored => f.write_str("mirrored"),
            Initialisation::MirroredHalf => f.write_str("mirrored-half"),
            Initialisation::Centred => f.write_str("centred"),
            Initialisation::Scaled(alpha) => write!(f, "scaled:{alpha}"),
        }
    }
}

impl FromStr for Initialisation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            let choices =
                "must be standard, mirrored, mirrored-half, centred or scaled:A with a finite number A";
            Error::parameter("initialisation", text, choices)
        };
        let initialisation = match text {
            "standard" => Initialisation::Standard,
            "mirrored" => Initialisation::Mirrored,
            "mirrored-half" => Initialisation::MirroredHalf,
            "centred" => Initialisation::Centred,
            _ => {
                let alpha = text.strip_prefix("scaled:").ok_or_else(wrong)?;
                Initialisation::Scaled(alpha.parse().map_err(|_| wrong())?)
            }
        };
        initialisation.check().map_err(|_| wrong())?;
        Ok(initialisation)
    }
}

serde_as_text!(Initialisation);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_wrong_ones_are_refused() {
        use Initialisation::*;
        for choice in [Standard, Mirrored, MirroredHalf, Centred, Scaled(0.1), Scaled(-2.0), Scaled(1e-300)] {
            assert_eq!(choice.to_string().parse::<Initialisation>().unwrap(), choice);
            let json = serde_json::to_string(&choice).unwrap();
            assert_eq!(serde_json::from_str::<Initialisation>(&json).unwrap(), choice);
        }
        for text in ["", "Standard", "scaled", "scaled:", "scaled:nan", "scaled:inf", "mirrored:2"] {
            assert!(text.parse::<Initialisation>().is_err(), "{text}");
        }
    }

    #[test]
    fn half_of_an_odd_width_is_refused() {
        let network = Network { width: 7, ..Network::default() };
        assert!(Initialisation::MirroredHalf.copy_of(&network).is_err());
        assert_eq!(Initialisation::Mirrored.copy_of(&network).unwrap().width, 7);
        let even = Network { width: 8, ..network };
        assert_eq!(Initialisation::MirroredHalf.copy_of(&even).unwrap().width, 4);
    }
}
