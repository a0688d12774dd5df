//! The time zone whose midnights a quota follows.

use std::fmt;

use jiff::tz::{TimeZone, TimeZoneDatabase};

/// An IANA time zone.
///
/// Its rules come with the binary, so that all nodes that share a limit agree on when a day begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Why a text is no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone; give an IANA name such as `Europe/Berlin`")]
pub struct ZoneProblem(pub String);

impl Zone {
    pub const UTC: Zone = Zone(TimeZone::UTC);

    pub fn named(name: &str) -> Result<Self, ZoneProblem> {
        let zone = TimeZoneDatabase::bundled().get(name);
        zone.map(Self).map_err(|_| ZoneProblem(name.to_owned()))
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> serde::Deserialize<'de> for Zone {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::named(&name).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_name() {
        let name = |text| Zone::named(text).map(|zone| zone.to_string());
        assert_eq!(name("Europe/Berlin"), Ok("Europe/Berlin".to_owned()));
        assert_eq!(name("UTC"), Ok("UTC".to_owned()));
        assert_eq!(Zone::UTC.name(), "UTC");
        for text in ["", "Berlin", "+02:00", "../etc/passwd"] {
            let said =
                format!("`{text}` is no time zone; give an IANA name such as `Europe/Berlin`");
            assert_eq!(name(text).expect_err("no zone").to_string(), said);
        }
    }
}
