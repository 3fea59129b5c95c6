//! Choices are written in files, on the command line and in notebooks in the same few words.

use crate::error::{Error, Result};

/// Makes serde write a type as its `Display` text and read it by `FromStr`, so that JSON spells it like the command line.
macro_rules! serde_as_text {
    ($type:ty) => {
        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.to_string()
            }
        }
        impl TryFrom<String> for $type {
            type Error = crate::error::Error;
            fn try_from(text: String) -> crate::error::Result<Self> {
                text.parse()
            }
        }
    };
}
pub(crate) use serde_as_text;

/// The value whose `Display` is `text`, or an error that lists all of them.
pub(crate) fn one_of<T: Copy + std::fmt::Display>(name: &str, text: &str, all: &[T]) -> Result<T> {
    all.iter().copied().find(|value| value.to_string() == text).ok_or_else(|| {
        let known: Vec<String> = all.iter().map(ToString::to_string).collect();
        Error::parameter(name, format!("{text:?}"), format!("must be one of {}", known.join(", ")))
    })
}
