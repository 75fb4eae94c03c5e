//! How rows are stored beside a journal: a code by its number, everything else by its name, so that what was written
//! by one version is read by the next.

use super::{EventPackage, HeaderName, Method, StatusCode, Timer};
use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

impl Serialize for StatusCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.number())
    }
}

impl<'de> Deserialize<'de> for StatusCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u16::deserialize(deserializer)?;
        StatusCode::new(number)
            .ok_or_else(|| D::Error::invalid_value(Unexpected::Unsigned(number.into()), &"a status code"))
    }
}

macro_rules! stored_by_name {
    ($type:ty, $expected:literal, $find:expr) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = Cow::<'de, str>::deserialize(deserializer)?;
                let find: fn(&str) -> Option<$type> = $find;
                find(&name).ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&name), &$expected))
            }
        }
    };
}

stored_by_name!(Method, "a method", |name| Method::from_token(name.as_bytes()));
stored_by_name!(Timer, "a timer", |name| Timer::ALL.iter().copied().find(|timer| timer.as_str() == name));
stored_by_name!(HeaderName, "a header field", |name| Some(HeaderName::from_bytes(name.as_bytes())));
stored_by_name!(EventPackage, "an event package", |name| EventPackage::from_bytes(name.as_bytes()));
