//! What has a name but no identity on disk: a function of the user's own.
//!
//! A number, a name of ours, a checksum say all there is to know of a parameter. `custom:mine` does not: tomorrow `mine`
//! may be another function. A result kept under such a key would be served as the other function's, so
//! [`Key`](crate::store::Key) must know of it. It cannot be read off the JSON, where a custom activation is a string
//! like any other; so the value itself says so while it is being serialised ([`unidentified`]), and [`to_value`] listens.

use std::cell::RefCell;
use std::fmt::Display;

use serde::{Serialize, Serializer};
use serde_json::Value;

thread_local! {
    /// One place for each [`to_value`] under way in this thread: what without identity it has met.
    static MET: RefCell<Vec<Option<String>>> = const { RefCell::new(Vec::new()) };
}

/// Serialises `name`, the text of something that its text does not identify.
pub(crate) fn unidentified<S: Serializer>(name: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    MET.with_borrow_mut(|met| {
        for place in met.iter_mut() {
            place.get_or_insert_with(|| name.to_string());
        }
    });
    serializer.collect_str(name)
}

/// Takes the place away even where a `Serialize` panics.
struct Place;

impl Drop for Place {
    fn drop(&mut self) {
        MET.with_borrow_mut(|met| met.pop());
    }
}

/// A value as JSON, and the first thing in it that has no identity.
pub(crate) fn to_value<T: Serialize>(value: &T) -> serde_json::Result<(Value, Option<String>)> {
    MET.with_borrow_mut(|met| met.push(None));
    let _place = Place;
    let json = serde_json::to_value(value)?;
    let met = MET.with_borrow(|met| met.last().cloned().flatten());
    Ok((json, met))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::architecture::Activation;

    fn custom(name: &str) -> Activation {
        Activation::Custom { name: name.into(), function: |x| x, derivative: None, kinks: vec![] }
    }

    #[test]
    fn only_what_has_no_identity_is_met_and_its_name_hides_nothing() {
        for harmless in ["custom:mine", "relu"] {
            assert_eq!(to_value(&(harmless, Activation::Relu, 3)).unwrap().1, None);
        }
        for name in ["mine", "", "relu", "custom:mine", "\"\n"] {
            let deep = (1, vec![Some((Activation::Tanh, custom(name)))]);
            let (json, met) = to_value(&deep).unwrap();
            assert_eq!(met, Some(format!("custom:{name}")));
            assert_eq!(json, serde_json::to_value(&deep).unwrap(), "the JSON is as ever");
        }
        assert_eq!(to_value(&Activation::Relu).unwrap().1, None, "nothing stays from before");
        assert_eq!(to_value(&(custom("a"), custom("b"))).unwrap().1.unwrap(), "custom:a");
    }

    /// One inside another: the outer one hears it too.
    #[test]
    fn both_of_two_nested_ones_hear_it() {
        struct Outer;
        impl Serialize for Outer {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (json, met) = to_value(&custom("inner")).unwrap();
                assert_eq!(met.unwrap(), "custom:inner");
                json.serialize(serializer)
            }
        }
        assert_eq!(to_value(&Outer).unwrap().1.unwrap(), "custom:inner");
        struct Broken;
        impl Serialize for Broken {
            fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                let _ = to_value(&custom("lost"));
                Err(serde::ser::Error::custom("broken"))
            }
        }
        assert!(to_value(&Broken).is_err());
        assert_eq!(to_value(&1).unwrap().1, None);
    }
}
