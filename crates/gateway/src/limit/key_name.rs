//! What keys stand for, written for people who look at limits.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv6Addr};

use http::header::COOKIE;
use limits::{Ask, Key, Name, Naming};

use super::Limit;
use super::key::{Dimension, Value, rollout};
use super::secret;
use crate::call::Call;

/// Longest part of a value that a name shows.
const SHOWN: usize = 64;

/// Writes what a key stands for: `ip=192.0.2.7 x-team=blue`, `authorization=(hidden 3f2a9c)`.
#[derive(Clone, Copy)]
pub(super) struct KeyName<'a> {
    pub(super) limit: &'a Limit,
    pub(super) call: &'a Call,
    pub(super) key: Key,
}

/// Names the keys of all limits of a route.
pub(super) struct KeyNames<'a> {
    pub(super) limits: &'a [Limit],
    pub(super) call: &'a Call,
}

impl Naming for KeyNames<'_> {
    fn name(&self, ask: &Ask<'_>) -> Name {
        // A store may ask with a part of the limit: it has the same name.
        let limit = self.limits.iter().find(|limit| limit.policy.name() == ask.policy.name());
        let text = limit.map(|limit| KeyName { limit, call: self.call, key: ask.key }.to_string());
        let hundredth = limit.map(|limit| limit.hundredth(&rollout(), self.call));
        Name { text: text.unwrap_or_default().into(), hundredth }
    }
}

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, dimension) in self.limit.by.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            dimension.write(self.call, self.key, f)?;
        }
        Ok(())
    }
}

impl Dimension {
    fn write(&self, call: &Call, key: Key, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client => return write_client(call.client(), out),
            Self::Api => return out.write_str("everybody"),
            Self::Header(name) => write!(out, "{name}=")?,
            Self::Query(name) => write!(out, "?{name}=")?,
            Self::PathParameter(_, name) => write!(out, "{{{name}}}=")?,
            Self::ApiKey => out.write_str("api-key=")?,
            Self::Context(name) => write!(out, "context.{name}=")?,
            Self::Route(_) => {}
        }
        match self.value(call) {
            Value::None => out.write_str("(none)"),
            Value::Several => out.write_str("(several)"),
            // A part of the key's hash tells callers apart and says nothing of the value.
            Value::One(value) if self.is_secret() || secret::is_value(&value) => {
                write!(out, "(hidden {:06x})", key.hash() & 0xff_ffff)
            }
            Value::One(value) => {
                let text = String::from_utf8_lossy(&value);
                let mut shown = text.chars().take(SHOWN).filter(|c| !c.is_control());
                shown.try_for_each(|c| out.write_char(c))
            }
        }
    }

    fn is_secret(&self) -> bool {
        match self {
            Self::Header(name) => *name == COOKIE || secret::is_name(name.as_str()),
            Self::Query(name) | Self::PathParameter(_, name) | Self::Context(name) => {
                secret::is_name(name)
            }
            // The id of a key says nothing of the key.
            Self::Client | Self::ApiKey | Self::Route(_) | Self::Api => false,
        }
    }
}

/// As it is counted: an IPv6 client is its network.
fn write_client(address: IpAddr, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match address.to_canonical() {
        IpAddr::V4(address) => write!(out, "ip={address}"),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            write!(out, "ip={network}/64")
        }
    }
}
