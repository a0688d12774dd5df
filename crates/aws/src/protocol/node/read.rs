//! Reads serde types out of text members. Numbers and booleans are what their text says.

use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::Node;

/// A node as a deserializer, with the errors of whichever format it is read beside.
pub(crate) struct Reading<'de, E> {
    node: &'de Node,
    error: PhantomData<E>,
}

impl Node {
    pub(crate) fn reading<E>(&self) -> Reading<'_, E> {
        Reading { node: self, error: PhantomData }
    }

    /// Its members, each ready to be read.
    pub(crate) fn readings<E>(&self) -> impl Iterator<Item = (&str, Reading<'_, E>)> {
        self.members.iter().map(|(name, node)| (name.as_str(), node.reading()))
    }
}

impl<'de, E: de::Error> IntoDeserializer<'de, E> for Reading<'de, E> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de, E: de::Error> Reading<'de, E> {
    fn text(&self) -> Result<&'de str, E> {
        self.node.text.as_deref().ok_or_else(|| E::custom("a value was expected"))
    }

    fn parsed<T: std::str::FromStr>(&self) -> Result<T, E> {
        let text = self.text()?;
        let wanted = std::any::type_name::<T>();
        text.trim().parse().map_err(|_| E::invalid_type(Unexpected::Str(text), &wanted))
    }

    /// A list without elements is sent as an empty value.
    fn is_empty(&self) -> bool {
        self.node.members.is_empty() && self.node.text.as_deref().is_none_or(str::is_empty)
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident),+ $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            visitor.$visit(self.parsed()?)
        }
    )+};
}

impl<'de, E: de::Error> Deserializer<'de> for Reading<'de, E> {
    type Error = E;

    numbers! {
        deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_u8 visit_u8, deserialize_u16 visit_u16,
        deserialize_u32 visit_u32, deserialize_u64 visit_u64, deserialize_f32 visit_f32,
        deserialize_f64 visit_f64, deserialize_bool visit_bool,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match &self.node.text {
            Some(text) if self.node.members.is_empty() => visitor.visit_borrowed_str(text),
            _ => visitor.visit_map(MapDeserializer::new(self.node.readings())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.is_empty() {
            return visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Self>()));
        }
        if self.node.text.is_some() && self.node.members.is_empty() {
            return visitor.visit_seq(SeqDeserializer::new(std::iter::once(self)));
        }
        let elements = self.node.elements().ok_or_else(|| E::custom("a list was expected"))?;
        visitor.visit_seq(SeqDeserializer::new(elements.into_iter().map(Node::reading)))
    }

    /// A map is a list of entries with a name and a value each.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.is_empty() {
            return visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, Self)>()));
        }
        let elements = self.node.elements().ok_or_else(|| E::custom("a map was expected"))?;
        let mut entries = Vec::with_capacity(elements.len());
        for entry in elements {
            let name =
                entry.member(&["Name", "Key", "key", "name"]).and_then(|n| n.text.as_deref());
            let value = entry.member(&["Value", "value"]);
            let (Some(name), Some(value)) = (name, value) else {
                return Err(E::custom("an entry of a map has a name and a value"));
            };
            entries.push((name, value.reading::<E>()));
        }
        visitor.visit_map(MapDeserializer::new(entries.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_map(MapDeserializer::new(self.node.readings()))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier
        ignored_any
    }
}
