//! Reads one input out of text members and a JSON body.

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::protocol::{Malformed, Node};

/// Members of the path and the query come first; the body may add others.
pub(super) fn read<'de, T: Deserialize<'de>>(
    given: &'de Node,
    body: &'de [u8],
) -> Result<T, Malformed> {
    if body.is_empty() {
        return crate::protocol::read(given.reading());
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let input = crate::protocol::read(Joined { given, json: &mut json })?;
    json.end().map_err(Malformed::from)?;
    Ok(input)
}

struct Joined<'de, 'a> {
    given: &'de Node,
    json: &'a mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>,
}

impl<'de> Deserializer<'de> for Joined<'de, '_> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.json.deserialize_map(Both { given: self.given, visitor })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// Shows an input's visitor the members of both.
struct Both<'de, V> {
    given: &'de Node,
    visitor: V,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Both<'de, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, body: A) -> Result<V::Value, A::Error> {
        let given = self.given.readings::<A::Error>().peekable();
        self.visitor.visit_map(Chain { given, body })
    }
}

struct Chain<I: Iterator, A> {
    given: std::iter::Peekable<I>,
    body: A,
}

impl<'de, A, D, I> MapAccess<'de> for Chain<I, A>
where
    A: MapAccess<'de>,
    D: Deserializer<'de, Error = A::Error>,
    I: Iterator<Item = (&'de str, D)>,
{
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.given.peek() {
            Some((name, _)) => {
                seed.deserialize(de::value::BorrowedStrDeserializer::new(name)).map(Some)
            }
            None => self.body.next_key_seed(seed),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        match self.given.next() {
            Some((_, value)) => seed.deserialize(value),
            None => self.body.next_value_seed(seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        name: String,
        max_items: Option<u32>,
        tag_keys: Option<Vec<String>>,
        batch_size: Option<u32>,
    }

    fn check(given: &[(&str, &str)], body: &str, expected: &Result<Input, Malformed>) {
        let mut node = Node::default();
        for (name, value) in given {
            node.add(name, (*value).to_owned());
        }
        assert_eq!(&read::<Input>(&node, body.as_bytes()), expected);
    }

    #[test]
    fn path_query_and_body_make_one_input() {
        let given = [("Name", "a"), ("MaxItems", "5"), ("TagKeys", "x"), ("TagKeys", "y")];
        let input = Input {
            name: "a".to_owned(),
            max_items: Some(5),
            tag_keys: Some(vec!["x".to_owned(), "y".to_owned()]),
            batch_size: Some(10),
        };
        check(&given, r#"{"BatchSize": 10, "Unknown": [{}]}"#, &Ok(input));
    }

    #[test]
    fn what_lacks_or_has_another_type_is_said() {
        check(&[], "{}", &Err(Malformed::Missing("Name".to_owned())));
        check(&[], "", &Err(Malformed::Missing("Name".to_owned())));
        let unreadable = "STRING_VALUE can not be converted to an Integer".to_owned();
        check(&[("MaxItems", "many")], "", &Err(Malformed::Unreadable(unreadable)));
    }
}
