//! Event patterns: which JSON is meant. One grammar serves the filter policies of subscriptions, the
//! filter criteria of event source mappings and the patterns of EventBridge rules.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html>
//!
//! [`Pattern::compile`] says everything that is wrong with a pattern, in AWS's words;
//! [`Pattern::matches`] decides. Both are pure. What one service allows beyond the grammar (a
//! policy's five keys, a rule's size) is that service's business; [`Pattern::keys`],
//! [`Pattern::is_nested`] and [`Pattern::combinations`] tell it what it needs to know.

mod cidr;
mod condition;
mod parse;
mod tokens;
mod wildcard;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use condition::Condition;
pub use tokens::PatternProblem;

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    fields: Fields,
}

/// All of these must match.
#[derive(Debug, Clone, Default, PartialEq)]
struct Fields {
    named: Vec<(String, Field)>,
    /// Of each `$or`, one alternative must match.
    alternatives: Vec<Vec<Fields>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    /// One of the values must meet one of the conditions.
    Leaf(Vec<Condition>),
    Nested(Fields),
}

impl Pattern {
    pub fn compile(text: &str) -> Result<Self, PatternProblem> {
        let fields = parse::pattern(text)?;
        Ok(Self { fields })
    }

    pub fn matches(&self, event: &Value) -> bool {
        let mut walk = Walk { root: event, path: Vec::new() };
        walk.all(&self.fields, event)
    }

    /// How many names there are at the top; `$or` is one.
    pub fn keys(&self) -> usize {
        self.fields.named.len() + self.fields.alternatives.len()
    }

    pub fn is_nested(&self) -> bool {
        self.fields.is_nested()
    }

    /// How many combinations of values there are, each counted as often as it is deep.
    pub fn combinations(&self) -> u64 {
        self.fields.combinations(1)
    }
}

impl Fields {
    fn is_nested(&self) -> bool {
        self.named.iter().any(|(_, field)| matches!(field, Field::Nested(_)))
            || self.alternatives.iter().flatten().any(Self::is_nested)
    }

    fn combinations(&self, depth: u64) -> u64 {
        let mut product = 1_u64;
        for (_, field) in &self.named {
            let factor = match field {
                Field::Leaf(conditions) => (conditions.len() as u64).saturating_mul(depth),
                Field::Nested(fields) => fields.combinations(depth + 1),
            };
            product = product.saturating_mul(factor);
        }
        for alternatives in &self.alternatives {
            let each = alternatives.iter().map(|fields| fields.combinations(depth));
            product = product.saturating_mul(each.fold(0, u64::saturating_add));
        }
        product
    }
}

/// Where in an event the matching stands.
struct Walk<'a> {
    root: &'a Value,
    path: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn all(&mut self, fields: &'a Fields, value: &'a Value) -> bool {
        match value {
            // Where there is no element, nothing is there of what a member would have to be.
            Value::Array(elements) if elements.is_empty() && !self.path.is_empty() => {
                self.all_of(fields, None)
            }
            // Fields that stand in one object of the pattern are sought in one element.
            Value::Array(elements) => elements.iter().any(|element| self.all(fields, element)),
            Value::Object(members) => self.all_of(fields, Some(members)),
            _ => self.all_of(fields, None),
        }
    }

    fn all_of(&mut self, fields: &'a Fields, members: Option<&'a Map<String, Value>>) -> bool {
        for (name, field) in &fields.named {
            let value = members.and_then(|members| members.get(name));
            self.path.push(name);
            let is_met = match (field, value) {
                (Field::Leaf(conditions), value) => self.any(conditions, value),
                (Field::Nested(fields), Some(value)) => self.all(fields, value),
                (Field::Nested(fields), None) => self.all_of(fields, None),
            };
            self.path.pop();
            if !is_met {
                return false;
            }
        }
        let mut ors = fields.alternatives.iter();
        ors.all(|alternatives| alternatives.iter().any(|one| self.all_of(one, members)))
    }

    fn any(&self, conditions: &[Condition], value: Option<&Value>) -> bool {
        conditions.iter().any(|condition| match condition {
            Condition::Absent => !is_anywhere(self.root, &self.path),
            condition => value.is_some_and(|value| is_met(condition, value)),
        })
    }
}

/// Elements of arrays, also of arrays in arrays, count each for itself; objects are not values.
fn is_met(condition: &Condition, value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| is_met(condition, element)),
        Value::Object(_) => false,
        scalar => condition.is_met(scalar),
    }
}

/// Whether any element on the way has a value there.
fn is_anywhere(value: &Value, path: &[&str]) -> bool {
    match (value, path) {
        (Value::Array(elements), path) => elements.iter().any(|one| is_anywhere(one, path)),
        (Value::Object(members), [first, rest @ ..]) => {
            members.get(*first).is_some_and(|member| is_anywhere(member, rest))
        }
        (Value::Object(_), []) => false,
        (_, path) => path.is_empty(),
    }
}
