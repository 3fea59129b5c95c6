//! The arithmetic of a long computation.

use crate::text::plain_enum;

/// Single or double precision arithmetic.
///
/// `Display` and `FromStr` speak "single" and "double" ("f32" and "f64" are read too); serde writes the former.
///
/// # Examples
/// ```
/// use analysis_core::network::Precision;
/// assert_eq!("single".parse::<Precision>()?, Precision::Single);
/// assert_eq!(Precision::Double.epsilon(), f64::EPSILON);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// `f32`: about seven digits, twice the speed.
    Single,
    /// `f64`: about sixteen digits.
    #[default]
    Double,
}

impl Precision {
    /// The distance from 1 to the next larger number.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(analysis_core::network::Precision::Single.epsilon(), 2f64.powi(-23));
    /// ```
    pub fn epsilon(self) -> f64 {
        match self {
            Precision::Single => f64::from(f32::EPSILON),
            Precision::Double => f64::EPSILON,
        }
    }
}

plain_enum!(Precision, "precision", Single = "single" | "f32", Double = "double" | "f64");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_round_trip_and_wrong_ones_are_refused() {
        for precision in [Precision::Single, Precision::Double] {
            assert_eq!(precision.to_string().parse::<Precision>().unwrap(), precision);
            let json = serde_json::to_string(&precision).unwrap();
            assert_eq!(json, format!("\"{precision}\""));
            assert_eq!(serde_json::from_str::<Precision>(&json).unwrap(), precision);
        }
        assert!("half".parse::<Precision>().is_err());
    }
}
