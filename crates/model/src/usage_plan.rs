//! Usage plans and API keys as a stack declares them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::limit::{Period, Rule, Zone};
use crate::{ApiKeyName, ApiName, Digest, Rate, Timestamp, UsagePlanName};

/// The most limits that a usage plan adds to a request: a rate, a quota, and concurrency.
pub const MOST_OF_PLAN: usize = 3;

/// What each key of the plan may do, counted for each key alone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct UsagePlan {
    pub name: UsagePlanName,
    /// Where the plan is good, in the order of the manifest. At least one.
    pub apis: Vec<PlanApi>,
    /// Over all its APIs together.
    pub rate: Option<PlanRate>,
    pub quota: Option<PlanQuota>,
    /// Requests under way at once.
    pub concurrency: Option<u32>,
}

/// One API of a usage plan.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PlanApi {
    pub api: ApiName,
    /// Rates instead of the plan's own, by route key. Each counts by itself.
    pub routes: BTreeMap<String, PlanRate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct PlanRate {
    pub rate: Rate,
    pub burst: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PlanQuota {
    pub limit: u64,
    pub period: Period,
    pub zone: Zone,
}

impl UsagePlan {
    /// Whose midnights end a day of usage: those that end the quota.
    pub fn zone(&self) -> Zone {
        self.quota.as_ref().map_or(Zone::UTC, |quota| quota.zone.clone())
    }

    pub fn api(&self, name: &ApiName) -> Option<&PlanApi> {
        self.apis.iter().find(|covered| covered.api == *name)
    }
}

impl PlanRate {
    pub fn rule(&self) -> Rule {
        Rule::Rate { rate: self.rate, burst: self.burst }
    }
}

impl PlanQuota {
    pub fn rule(&self) -> Rule {
        Rule::Quota { limit: self.limit, period: self.period, zone: self.zone.clone() }
    }
}

/// A key that comes and goes with the stack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeclaredKey {
    pub name: ApiKeyName,
    /// In the order of the manifest. At least one, and no two for one API.
    pub plans: Vec<UsagePlanName>,
    /// `None` for a key whose values the server makes.
    pub value: Option<GivenValue>,
    /// How long the value before stays good when another is given.
    #[serde(serialize_with = "crate::units::serialize_span")]
    pub overlap: Duration,
    #[serde(serialize_with = "serialize_expiry")]
    pub expires: Option<Timestamp>,
    /// `false` closes it. `true` leaves what operators decided.
    #[serde(skip_serializing_if = "is_enabled")]
    pub enabled: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_enabled(enabled: &bool) -> bool {
    *enabled
}

/// A value that the manifest gives, without the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenValue {
    pub digest: Digest,
    pub prefix: String,
}

/// Enough to see that another value was given.
impl serde::Serialize for GivenValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Digest([a, b, c, d, ..]) = self.digest;
        serializer.collect_str(&format_args!("sha256:{a:02x}{b:02x}{c:02x}{d:02x}..."))
    }
}

fn serialize_expiry<S: serde::Serializer>(
    expires: &Option<Timestamp>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match expires {
        Some(expires) => to.collect_str(&expires.day_in(&Zone::UTC)),
        None => to.serialize_none(),
    }
}
