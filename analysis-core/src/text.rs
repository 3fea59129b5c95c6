//! Choices are written in files, on the command line and in notebooks in the same few words.

use crate::error::Error;

/// Makes serde write a type as its `Display` text and read it by `FromStr`, so that JSON spells it like the command line.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

/// `Display`, `FromStr` and serde of an enum without fields, from one list of its values; further spellings that are read
/// stand after a `|`. The name is the parameter's, for the error that lists all values:
///
/// `plain_enum!(Precision, "precision", Single = "single" | "f32", Double = "double" | "f64");`
macro_rules! plain_enum {
    ($type:ident, $name:literal, $($value:ident = $text:literal $(| $also:literal)*),+ $(,)?) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(match self { $($type::$value => $text,)+ })
            }
        }
        impl std::str::FromStr for $type {
            type Err = crate::error::Error;

            fn from_str(text: &str) -> crate::error::Result<Self> {
                match text {
                    $($text $(| $also)* => Ok($type::$value),)+
                    _ => Err(crate::text::not_one_of($name, text, &[$($text),+])),
                }
            }
        }
        crate::text::serde_as_text!($type);
    };
}
pub(crate) use plain_enum;

/// The error that lists what can be written.
pub(crate) fn not_one_of(name: &str, text: &str, known: &[&str]) -> Error {
    Error::parameter(name, format!("{text:?}"), format!("must be one of {}", known.join(", ")))
}

/// Whether a number is best written without an exponent.
pub(crate) fn is_plain(v: f64) -> bool {
    v == 0.0 || !v.is_finite() || (1e-6..1e15).contains(&v.abs())
}

/// A parameter as a person writes it: the shortest text that reads back to the same number, with an exponent where it would
/// otherwise be a row of zeros.
pub(crate) fn written(v: f64) -> String {
    if is_plain(v) { v.to_string() } else { format!("{v:e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        for (v, text) in [
            (0.0, "0"),
            (2.5, "2.5"),
            (100_000.0, "100000"),
            (0.000_01, "0.00001"),
            (1e-14, "1e-14"),
            (-1e100, "-1e100"),
            (1.25e300, "1.25e300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(written(v), text);
            assert_eq!(text.parse::<f64>().unwrap(), v);
        }
    }
}
