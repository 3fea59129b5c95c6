//! What many computations refuse, in the same words everywhere: parameters outside their domain, arrays with a NaN.

use ndarray::ArrayView2;

use crate::error::{Error, Result};

/// Refuses what is not positive and finite.
pub(crate) fn positive(name: &str, value: f64) -> Result<()> {
    refuse(!(value.is_finite() && value > 0.0), name, value, "must be positive and finite")
}

/// Refuses what is negative or not finite.
pub(crate) fn not_negative(name: &str, value: f64) -> Result<()> {
    refuse(!(value.is_finite() && value >= 0.0), name, value, "must be finite and not negative")
}

/// Refuses NaN and the infinities.
pub(crate) fn finite(name: &str, value: f64) -> Result<()> {
    refuse(!value.is_finite(), name, value, "must be finite")
}

/// Refuses 0.
pub(crate) fn at_least_one(name: &str, count: usize) -> Result<()> {
    refuse(count == 0, name, count, "must be at least 1")
}

/// Refuses an empty list.
pub(crate) fn not_empty<T>(name: &str, list: &[T]) -> Result<()> {
    refuse(list.is_empty(), name, "[]", "name at least one")
}

/// Refuses a list that is empty, or in which a value stands twice.
pub(crate) fn once<T: PartialEq + std::fmt::Debug>(name: &str, list: &[T]) -> Result<()> {
    not_empty(name, list)?;
    let twice = list.iter().enumerate().find(|(place, value)| list[..*place].contains(value));
    refuse(twice.is_some(), name, format!("{:?}", twice.map(|t| t.1)), "is named twice")
}

/// Refuses a NaN or an infinity in `values`, with the row of the first one.
pub(crate) fn finite_values<'a>(what: &str, values: impl IntoIterator<Item = &'a f64>) -> Result<()> {
    match values.into_iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((row, value)) => Err(Error::NotFinite { what: what.into(), row, column: 0, value: *value }),
        None => Ok(()),
    }
}

/// Refuses a NaN or an infinity in `array`, with the place of the first one.
pub(crate) fn finite_array(what: &str, array: ArrayView2<f64>) -> Result<()> {
    match array.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), value)) => {
            Err(Error::NotFinite { what: what.into(), row, column, value: *value })
        }
        None => Ok(()),
    }
}

/// Refuses an array of another shape.
pub(crate) fn shape(what: &str, expected: (usize, usize), found: (usize, usize)) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::shape(what, format!("{expected:?}"), format!("{found:?}")))
}

/// [`Error::Parameter`] unless `allowed`.
pub(crate) fn that(
    allowed: bool,
    name: &str,
    value: impl std::fmt::Display,
    requirement: impl Into<String>,
) -> Result<()> {
    refuse(!allowed, name, value, requirement)
}

/// [`Error::Parameter`] where `wrong`.
pub(crate) fn refuse(
    wrong: bool,
    name: &str,
    value: impl std::fmt::Display,
    requirement: impl Into<String>,
) -> Result<()> {
    if wrong { Err(Error::parameter(name, value, requirement)) } else { Ok(()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_every_domain_are_refused_or_not() {
        let texts = |check: fn(&str, f64) -> Result<()>| {
            [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0].map(|value| check("a", value).is_ok())
        };
        assert_eq!(texts(positive), [false, false, false, false, true]);
        assert_eq!(texts(not_negative), [false, false, false, true, true]);
        assert_eq!(texts(finite), [false, false, true, true, true]);
        assert!(at_least_one("a", 1).is_ok() && not_empty("a", &[0]).is_ok());
        assert_eq!(at_least_one("a", 0).unwrap_err().to_string(), "a = 0: must be at least 1");
        assert_eq!(not_empty::<f64>("a", &[]).unwrap_err().to_string(), "a = []: name at least one");
    }

    #[test]
    fn the_first_value_that_is_not_finite_is_named() {
        let array = ndarray::array![[0.0, 1.0], [f64::INFINITY, f64::NAN]];
        let error = finite_array("x", array.view()).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 1, column: 0, value: f64::INFINITY, .. }), "{error}");
        let error = finite_values("x", &[0.0, f64::NAN]).unwrap_err();
        assert!(matches!(error, Error::NotFinite { row: 1, column: 0, .. }), "{error}");
        assert!(
            finite_values("x", &[]).is_ok() && finite_array("x", array.slice(ndarray::s![..1, ..])).is_ok()
        );
    }
}
