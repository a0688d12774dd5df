//! Rules of the default event bus as they are declared.
//! <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>

use std::collections::BTreeMap;

use crate::{Account, Arn, Declared, EventTarget, RuleName, ScheduleExpression};

/// Sends events to targets: those that match its pattern, and one at each of its due times.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventRule {
    pub name: RuleName,
    /// An event pattern as JSON. It has this, an expression, or both.
    pub pattern: Option<String>,
    /// By UTC.
    pub expression: Option<ScheduleExpression>,
    pub enabled: bool,
    pub description: Option<String>,
    /// Kept and given back as it was set.
    pub role: Option<String>,
    pub targets: Vec<EventTarget>,
    pub tags: BTreeMap<String, String>,
}

impl EventRule {
    /// Enabled, without a pattern, an expression or targets.
    pub fn new(name: RuleName) -> Self {
        Self {
            name,
            pattern: None,
            expression: None,
            enabled: true,
            description: None,
            role: None,
            targets: Vec::new(),
            tags: BTreeMap::new(),
        }
    }

    pub fn arn(&self, account: &Account) -> Arn {
        account.arn("events", format_args!("rule/{}", self.name))
    }
}

impl Declared for EventRule {
    fn name(&self) -> String {
        self.name.to_string()
    }

    fn references(&self) -> Vec<Arn> {
        self.targets.iter().flat_map(EventTarget::references).collect()
    }
}
