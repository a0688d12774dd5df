//! What is asked about limits.

use std::time::Duration;

use limits::{InForce, Look};

use crate::admin::target::pairs;

/// Callers shown when nobody says how many.
const SHOWN: usize = 100;
/// Ten years.
const LONGEST_PAUSE: Duration = Duration::from_hours(3_653 * 24);

/// Which limits and callers to show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct View {
    /// A limit, or how the name of a caller starts.
    pub(super) name: Option<String>,
    near: f64,
    top: usize,
    pub(super) is_throttled: bool,
}

/// A caller under a limit.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Target {
    /// The limit's name, or its API's, `/` and its name.
    pub(super) limit: String,
    pub(super) key: String,
    pub(super) span: Option<Duration>,
}

impl View {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut view = Self { name: None, near: 0.0, top: SHOWN, is_throttled: false };
        for (name, value) in pairs(text) {
            match &*name {
                "name" => view.name = Some(value).filter(|name| !name.is_empty()),
                "near" => {
                    let near = value.parse().ok().filter(|near| (0.0..=1.0).contains(near));
                    view.near = near.ok_or("near: expected a share from 0 to 1")?;
                }
                "top" => view.top = value.parse().map_err(|_| "top: expected a whole number")?,
                "throttled" => view.is_throttled = value.is_empty() || value == "true",
                other => return Err(format!("unknown parameter `{other}`")),
            }
        }
        Ok(view)
    }

    /// Names are compared afterwards, since they may be a limit's.
    pub(super) fn look(&self, in_force: InForce) -> Look {
        let top = if self.name.is_none() && !self.is_throttled { Some(self.top) } else { None };
        Look { near: self.near, top, in_force: Some(in_force), ..Look::default() }
    }

    pub(super) fn top(&self) -> usize {
        self.top
    }

    pub(super) fn shows_limit(&self, api: &str, policy: &str) -> bool {
        self.name.as_deref().is_none_or(|name| is_limit(name, api, policy))
    }
}

impl Target {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut target = Self::default();
        for (name, value) in pairs(text) {
            match &*name {
                "limit" => target.limit = value,
                "key" => target.key = value,
                "for_ms" => {
                    target.span = Some(pause(&value)?);
                }
                other => return Err(format!("unknown parameter `{other}`")),
            }
        }
        if target.limit.is_empty() || target.key.is_empty() {
            return Err("say which `limit` and which `key`".to_owned());
        }
        Ok(target)
    }
}

/// Nobody means to refuse a caller for longer, and no time is no pause.
fn pause(millis: &str) -> Result<Duration, String> {
    let millis: u64 = millis.parse().map_err(|_| "for_ms: expected milliseconds")?;
    match Duration::from_millis(millis) {
        Duration::ZERO => {
            Err("for_ms: 0 pauses nobody; `PUT /limits/resume` ends a pause".to_owned())
        }
        span if span > LONGEST_PAUSE => {
            let (most, days) = (LONGEST_PAUSE.as_millis(), LONGEST_PAUSE.as_secs() / 86_400);
            Err(format!("for_ms: {millis} is more than {most}, which is {days} days"))
        }
        span => Ok(span),
    }
}

/// The API that `api=` names.
pub(super) fn api_named(text: &str) -> Result<String, String> {
    let mut api = None;
    for (name, value) in pairs(text) {
        match &*name {
            "api" => api = Some(value),
            other => return Err(format!("unknown parameter `{other}`")),
        }
    }
    api.filter(|api| !api.is_empty()).ok_or_else(|| "say which `api`".to_owned())
}

/// Whether `name` is this limit: `ip`, or `public/ip`.
pub(super) fn is_limit(name: &str, api: &str, policy: &str) -> bool {
    match name.split_once('/') {
        Some((scope, rest)) => scope == api && rest == policy,
        None => name == policy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_read_and_wrong_ones_named() {
        let view = View::parse("near=0.8&top=5&name=public%2Fip&throttled").expect("a view");
        assert_eq!((view.near, view.top, view.is_throttled), (0.8, 5, true));
        assert!(view.shows_limit("public", "ip") && !view.shows_limit("admin", "ip"));
        for (text, said) in [
            ("near=2", "near: expected a share from 0 to 1"),
            ("near=NaN", "near: expected a share from 0 to 1"),
            ("top=-1", "top: expected a whole number"),
            ("colour=red", "unknown parameter `colour`"),
        ] {
            assert_eq!(View::parse(text), Err(said.to_owned()));
        }
    }

    #[test]
    fn a_change_is_of_one_caller() {
        let target = Target::parse("limit=ip&key=ip%3D192.0.2.7&for_ms=60000").expect("a target");
        assert_eq!((&*target.limit, &*target.key), ("ip", "ip=192.0.2.7"));
        assert_eq!(target.span, Some(Duration::from_mins(1)));
        assert!(Target::parse("limit=ip").is_err());
        let for_ms = |text| Target::parse(&format!("limit=ip&key=x&for_ms={text}"));
        let said = |text| for_ms(text).expect_err("no span");
        assert_eq!(said("soon"), "for_ms: expected milliseconds");
        assert_eq!(said("0"), "for_ms: 0 pauses nobody; `PUT /limits/resume` ends a pause");
        let most = "for_ms: 18446744073709551615 is more than 315619200000, which is 3653 days";
        assert_eq!(said("18446744073709551615"), most);
        assert!(for_ms("315619200000").is_ok());
    }
}
