//! Amazon Resource Names: how AWS's clients name what a server has.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use std::fmt;
use std::sync::Arc;

const EVENT_BUS: &str = "event-bus/default";

/// Whose resources these are. One server is one account in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: Arc<str>,
    pub region: Arc<str>,
}

impl Default for Account {
    fn default() -> Self {
        Self { id: "000000000000".into(), region: "us-east-1".into() }
    }
}

impl Account {
    /// The name of one of this account's resources: `arn("sqs", "jobs")`.
    pub fn arn(&self, service: &str, resource: impl fmt::Display) -> Arn {
        let Self { id, region } = self;
        Arn::from_valid(format!("arn:aws:{service}:{region}:{id}:{resource}").into())
    }

    /// Where a region and an account are that somebody names. AWS looks at the region first.
    pub fn place(&self, region: &str, id: &str) -> Place {
        match () {
            () if *region != *self.region => Place::OtherRegion,
            () if *id != *self.id => Place::OtherAccount,
            () => Place::Here,
        }
    }

    pub fn place_of(&self, arn: &Arn) -> Place {
        self.place(arn.region(), arn.account())
    }

    /// The name of the only event bus.
    pub fn event_bus(&self) -> Arn {
        self.arn("events", EVENT_BUS)
    }
}

/// Where something is, seen from an account. A server has what is here, and answers of the rest as AWS
/// does of what there is not, or nobody here may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Here,
    OtherRegion,
    OtherAccount,
}

/// A whole ARN, `arn:partition:service:region:account:resource`. Other accounts and regions than
/// ours parse too: apps bring literal ones along.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn(Arc<str>);

impl Arn {
    fn from_valid(text: Arc<str>) -> Self {
        Self(text)
    }

    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn");
        let has_partition = parts.next().is_some_and(|partition| partition.starts_with("aws"));
        let has_service = parts.next().is_some_and(|service| !service.is_empty());
        let has_resource = parts.nth(2).is_some_and(|resource| !resource.is_empty());
        (is_arn && has_partition && has_service && has_resource).then(|| Self(text.into()))
    }

    fn part(&self, nth: usize) -> &str {
        self.0.splitn(6, ':').nth(nth).unwrap_or_default()
    }

    /// `sqs`, `sns`, `lambda`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    pub fn region(&self) -> &str {
        self.part(3)
    }

    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Whether it names one of AWS's accounts, which have twelve digits.
    pub fn has_account(&self) -> bool {
        let account = self.account();
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// What stands behind the account, colons included: `jobs`, `function:hello:prod`.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// Whether it is a default event bus's.
    pub fn is_event_bus(&self) -> bool {
        (self.service(), self.resource()) == ("events", EVENT_BUS)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

impl serde::Serialize for Arn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Arn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an ARN"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_its_parts() {
        let arn = Account::default().arn("lambda", "function:hello:prod");
        assert_eq!(arn.as_str(), "arn:aws:lambda:us-east-1:000000000000:function:hello:prod");
        assert_eq!(Arn::parse(arn.as_str()), Some(arn.clone()));
        assert_eq!((arn.service(), arn.resource()), ("lambda", "function:hello:prod"));
        assert_eq!((arn.region(), arn.account()), ("us-east-1", "000000000000"));
    }

    #[test]
    fn only_one_region_of_one_account_is_here() {
        let place = |text| Account::default().place_of(&Arn::parse(text).expect("an ARN"));
        assert_eq!(place("arn:aws:sqs:us-east-1:000000000000:jobs"), Place::Here);
        assert_eq!(place("arn:aws:sqs:us-east-1:123456789012:jobs"), Place::OtherAccount);
        assert_eq!(place("arn:aws:sqs:eu-west-1:000000000000:jobs"), Place::OtherRegion);
        assert_eq!(place("arn:aws:sqs:eu-west-1:123456789012:jobs"), Place::OtherRegion);
        assert_eq!(place("arn:aws:sqs:::jobs"), Place::OtherRegion);
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "jobs",
            "arn:aws:sqs",
            "arn:aws::r:a:jobs",
            "arn:x:sqs:r:a:jobs",
            "arn:aws:sqs:r:a:",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
