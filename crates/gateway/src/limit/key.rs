//! Whom a limit counts: the values of a request that together form a key.

use std::borrow::Cow;
use std::sync::OnceLock;

use http::header::{COOKIE, HeaderName};
use limits::{Key, KeyBuilder, Seed};
use model::{Selector, WhenMissing};
use percent_encoding::percent_decode_str;

use super::Limit;
use crate::call::Call;

/// What tells one caller from another, resolved for one route.
#[derive(Debug)]
pub(crate) enum Dimension {
    Client,
    Header(HeaderName),
    Query(Box<str>),
    /// The position of the parameter and its name; `None` where the route has no such parameter.
    PathParameter(Option<usize>, Box<str>),
    ApiKey,
    /// What an authorizer said under this name.
    Context(Box<str>),
    Route(Box<str>),
    Api,
}

impl Dimension {
    /// An error is the text that names no header.
    pub(crate) fn of(
        selector: &Selector,
        route: &str,
        parameters: &[Box<str>],
    ) -> Result<Self, String> {
        Ok(match selector {
            Selector::Ip => Self::Client,
            Selector::Header(name) => {
                let parsed = HeaderName::from_bytes(name.as_bytes());
                Self::Header(parsed.map_err(|_| name.clone())?)
            }
            Selector::Query(name) => Self::Query(name.as_str().into()),
            Selector::PathParameter(name) => {
                let position = parameters.iter().position(|known| **known == **name);
                Self::PathParameter(position, name.as_str().into())
            }
            Selector::ApiKey => Self::ApiKey,
            Selector::Context(name) => Self::Context(name.as_str().into()),
            Selector::Route => Self::Route(route.into()),
            Selector::Api => Self::Api,
        })
    }

    /// Whether every request of the route has the same.
    pub(super) fn is_of_route(&self) -> bool {
        matches!(self, Self::Route(_) | Self::Api)
    }

    /// The value that the request has, where it is a text. Of several, which one counts would depend on who
    /// reads them.
    pub(super) fn value<'a>(&'a self, call: &'a Call) -> Value<'a> {
        let one = match self {
            Self::Client | Self::Api => None,
            // HTTP/2 may send a cookie in pieces: RFC 9113, section 8.2.3.
            Self::Header(name) if *name == COOKIE => cookie(call),
            Self::Header(name) => return Value::of(headers(call, name)),
            Self::Query(name) => return Value::of(query(call.query(), name)),
            // Decoded, since `a` and `%61` are one caller.
            Self::PathParameter(position, _) => {
                position.map(|at| Cow::from(percent_decode_str(call.capture(at))))
            }
            Self::ApiKey => call.identity.api_key.as_deref().map(|id| Cow::from(id.as_bytes())),
            Self::Context(name) => {
                let mut context = call.identity.context.iter();
                let found = context.find(|(known, _)| known == name);
                found.map(|(_, value)| Cow::from(value.as_bytes()))
            }
            Self::Route(key) => Some(Cow::from(key.as_bytes())),
        };
        one.map_or(Value::None, Value::One)
    }

    /// Adds what the request has, or says what becomes of one that lacks it.
    #[inline]
    fn add(
        &self,
        key: &mut KeyBuilder<'_>,
        call: &Call,
        when_missing: WhenMissing,
    ) -> Result<(), Keyed> {
        match self {
            Self::Client => key.add_client(call.client()),
            Self::Api => {}
            Self::Route(route) => key.add_text(route.as_bytes()),
            _ => match (self.value(call), when_missing) {
                (Value::One(value), _) => key.add_text(&value),
                (Value::None, WhenMissing::Share) => key.add_absent(),
                (Value::None, WhenMissing::Skip) => return Err(Keyed::NotAtAll),
                (Value::None, WhenMissing::Refuse) | (Value::Several, _) => {
                    return Err(Keyed::Refused);
                }
            },
        }
        Ok(())
    }
}

/// What a request has of one name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    None,
    One(Cow<'a, [u8]>),
    Several,
}

impl<'a> Value<'a> {
    fn of(mut all: impl Iterator<Item = Cow<'a, [u8]>>) -> Self {
        match (all.next(), all.next()) {
            (None, _) => Self::None,
            (Some(value), None) => Self::One(value),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

fn headers<'a>(call: &'a Call, name: &HeaderName) -> impl Iterator<Item = Cow<'a, [u8]>> {
    call.headers(name).map(|value| Cow::from(value.as_bytes()))
}

fn cookie(call: &Call) -> Option<Cow<'_, [u8]>> {
    let pieces: Vec<_> = headers(call, &COOKIE).collect();
    (!pieces.is_empty()).then(|| Cow::from(pieces.join(&b"; "[..])))
}

/// The values of a query parameter, decoded.
fn query<'a>(query: &'a str, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    query.split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let is_it = key == name || *decoded(key) == *name.as_bytes();
        is_it.then(|| decoded(value))
    })
}

/// As functions see it: `a+b` and `a%20b` are one caller.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        return percent_decode_str(&text.replace('+', " ")).collect();
    }
    percent_decode_str(text).into()
}

/// Whether and as whom a request is counted.
pub(super) enum Keyed {
    As(Key),
    NotAtAll,
    Refused,
}

/// The key of a limit that counts by nothing in a request: hashed once, under the seed there was then.
#[derive(Debug, Default)]
pub(super) struct OneKey(OnceLock<([u64; 2], Key)>);

impl Limit {
    #[inline]
    pub(super) fn key(&self, seed: &Seed, call: &Call) -> Keyed {
        let Some(OneKey(known)) = &self.one_key else {
            return self.key_of(seed, call);
        };
        match known.get() {
            Some((words, key)) if *words == seed.words() => Keyed::As(*key),
            _ => {
                let keyed = self.key_of(seed, call);
                if let Keyed::As(key) = keyed {
                    // Another worker may have been ahead, with the same key.
                    let _ = known.set((seed.words(), key));
                }
                keyed
            }
        }
    }

    fn key_of(&self, seed: &Seed, call: &Call) -> Keyed {
        let mut key = seed.key(&self.policy);
        for dimension in &self.by {
            if let Err(otherwise) = dimension.add(&mut key, call, self.when_missing) {
                return otherwise;
            }
        }
        Keyed::As(key.finish())
    }

    /// Of a request that nobody can tell whom to count for: those that lack the same are one caller.
    pub(super) fn key_of_unidentified(&self, seed: &Seed, call: &Call) -> Key {
        let mut key = seed.key(&self.policy);
        for dimension in &self.by {
            if dimension.add(&mut key, call, WhenMissing::Share).is_err() {
                key.add_text(b"(several)");
            }
        }
        key.finish()
    }

    /// Whether the caller is among this share of all keys; the same on every node and after a
    /// restart, and whoever is among 25 % is also among 50 %. A request that lacks what it is counted by is
    /// its client's.
    pub(super) fn is_among(&self, percent: u8, rollout: &Seed, call: &Call) -> bool {
        self.hundredth(rollout, call) < percent
    }

    /// Those below the share are among it.
    pub(super) fn hundredth(&self, rollout: &Seed, call: &Call) -> u8 {
        match self.key_of(rollout, call) {
            Keyed::As(key) => u8::try_from(key.hash() % 100).unwrap_or_default(),
            Keyed::Refused => {
                let mut key = rollout.key(&self.policy);
                key.add_client(call.client());
                u8::try_from(key.finish().hash() % 100).unwrap_or_default()
            }
            Keyed::NotAtAll => 0,
        }
    }
}

/// The seed of [`Limit::is_among`]. It decides who is throttled first while a limit is rolled out,
/// which need not be a secret.
pub(crate) fn rollout() -> Seed {
    Seed::new([0x726f_6c6c, 0x6f75_7421])
}

#[cfg(test)]
mod tests {
    use super::{Value, query};

    #[test]
    fn a_query_parameter_is_found_by_its_decoded_name() {
        let find = |text: &'static str| Value::of(query(text, "a b"));
        let one = |value: &'static [u8]| Value::One(value.into());
        assert_eq!(find("x=1&a%20b=%31"), one(b"1"));
        assert_eq!(find("a b"), one(b""));
        assert_eq!(find("a+b=c+d%2B"), one(b"c d+"));
        assert_eq!(find("a b=1&x=2&a+b=1"), Value::Several);
        assert_eq!(find("x=1&ab=2"), Value::None);
        assert_eq!(find(""), Value::None);
    }
}
