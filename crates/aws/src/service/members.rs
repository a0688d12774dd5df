//! The members of its input that each action reads. `tests/sdk/members.json` has them, for `members.py`
//! to compare them with AWS's own models.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::ALL;

/// Stands for all members, where those are taken too that have no name in the code.
const ANY: &str = "*";
/// No input has members in members in members further down.
const DEEPEST: usize = 6;

/// What an input asks for when it is read: `Entries`, `Entries.Id`. Lists and the keys of maps are left out.
pub(crate) fn of<T: Deserialize<'static>>() -> Vec<String> {
    let mut all = Vec::new();
    explore::<T>(&mut Vec::new(), &mut all);
    all.sort_unstable();
    all
}

fn explore<T: Deserialize<'static>>(path: &mut Vec<&'static str>, all: &mut Vec<String>) {
    let mut asked = Vec::new();
    // Nothing is ever read whole.
    let _ = T::deserialize(Asked { path, asked: &mut asked });
    for member in asked {
        path.push(member);
        all.push(path.join("."));
        if member != ANY && path.len() < DEEPEST {
            explore::<T>(path, all);
        }
        path.pop();
    }
}

/// A document that has one member, and in that one, as the path goes on. At its end it notes what is
/// asked of it.
struct Asked<'a> {
    path: &'a [&'static str],
    asked: &'a mut Vec<&'static str>,
}

impl Asked<'_> {
    fn again(&mut self) -> Asked<'_> {
        Asked { path: self.path, asked: self.asked }
    }

    fn note(self, members: &[&'static str]) -> Error {
        if self.path.is_empty() {
            self.asked.extend(members);
        }
        Error::custom("nothing")
    }
}

macro_rules! without_members {
    ($($method:ident($($argument:ty),*))+) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Error> {
            Err(self.note(&[]))
        })+
    };
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.path.split_first() {
            None => Err(self.note(fields)),
            Some((key, path)) => {
                visitor.visit_map(Only { key, value: Some(Asked { path, asked: self.asked }) })
            }
        }
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let _ = visitor.visit_map(Only { key: "", value: Some(self.again()) });
        let members: &[_] = if self.asked.is_empty() { &[ANY] } else { &[] };
        Err(self.note(members))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Only { key: "", value: Some(self) })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
        Err(self.note(&[ANY]))
    }

    without_members! {
        deserialize_bool() deserialize_i64() deserialize_u64() deserialize_i32() deserialize_u32()
        deserialize_f64() deserialize_str() deserialize_string() deserialize_bytes()
        deserialize_byte_buf() deserialize_unit() deserialize_unit_struct(&'static str)
        deserialize_enum(&'static str, &'static [&'static str])
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u128 f32 char tuple tuple_struct identifier ignored_any
    }
}

/// The one entry of a map or element of a list.
struct Only<'a> {
    key: &'static str,
    value: Option<Asked<'a>>,
}

impl<'de> MapAccess<'de> for Only<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.value.as_ref().map(|_| seed.deserialize(StrDeserializer::new(self.key))).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.value.take().expect("a key before it"))
    }
}

impl<'de> SeqAccess<'de> for Only<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        self.value.take().map(|value| seed.deserialize(value)).transpose()
    }
}

type Told = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[test]
fn the_members_that_actions_read_are_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/sdk/members.json");
    let told = std::fs::read(&path).expect("a file");
    let told: Told = serde_json::from_slice(&told).expect("members by service and action");
    let mut read = Told::new();
    for service in ALL {
        for action in service.actions {
            let Some(members) = action.members else { continue };
            let members = members();
            let actions = read.entry(service.name.to_owned()).or_default();
            actions.insert(action.name.to_owned(), members);
        }
    }
    let mut lines = Vec::new();
    for (service, actions) in &read {
        for (action, members) in actions {
            if told.get(service).and_then(|all| all.get(action)) != Some(members) {
                let members = serde_json::to_string(members).expect("texts");
                lines.push(format!("{service}: \"{action}\": {members}"));
            }
        }
    }
    assert!(lines.is_empty(), "tests/sdk/members.json lacks:\n{}", lines.join("\n"));
    assert_eq!(told, read, "tests/sdk/members.json has more than is served");
}
