//! `${queue:jobs.url}` and its like: how functions learn the names that AWS's clients call the stack's
//! own resources by.

use std::collections::BTreeMap;

use model::Account;

use crate::problem::{Code, Problem};
use crate::shape::did_you_mean;
use crate::yaml::{Node, Value, shorten};

/// What values may refer to, by the key that declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Queue,
    Topic,
    Function,
}

const KINDS: [(&str, &str, Kind); 3] = [
    ("queue", "queues", Kind::Queue),
    ("topic", "topics", Kind::Topic),
    ("function", "functions", Kind::Function),
];

/// The names that a manifest declares, read before anything else of it is.
pub(super) struct References<'a> {
    account: &'a Account,
    aws_url: &'a str,
    declared: BTreeMap<Kind, Vec<String>>,
}

impl<'a> References<'a> {
    pub(super) fn of(tree: &Node, account: &'a Account, aws_url: &'a str) -> Self {
        let mut declared: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
        if let Value::Mapping(entries) = &tree.value {
            for (_, key, kind) in KINDS {
                let Some(entry) = entries.iter().find(|entry| entry.key.text == key) else {
                    continue;
                };
                let Value::Mapping(named) = &entry.value.value else { continue };
                let names = named.iter().map(|entry| entry.key.text.clone());
                declared.entry(kind).or_default().extend(names);
            }
        }
        Self { account, aws_url, declared }
    }

    /// `None` when it is no reference to a resource at all.
    pub(super) fn look_up(&self, kind: &str, rest: &str) -> Option<Result<String, Box<Problem>>> {
        let (noun, key, kind) = *KINDS.iter().find(|(noun, ..)| *noun == kind)?;
        Some(self.property(noun, key, kind, rest))
    }

    fn property(
        &self,
        noun: &str,
        key: &str,
        kind: Kind,
        rest: &str,
    ) -> Result<String, Box<Problem>> {
        let known: &[&str] = match kind {
            Kind::Queue => &["url", "arn", "name"],
            Kind::Topic | Kind::Function => &["arn", "name"],
        };
        let Some((name, property)) = rest.rsplit_once('.').filter(|(_, last)| *last != "fifo")
        else {
            let message = format!("`${{{noun}:{}}}` names no property", shorten(rest));
            let forms = known.iter().map(|property| format!("`${{{noun}:{rest}.{property}}}`"));
            let help = format!("write {}", forms.collect::<Vec<_>>().join(" or "));
            return Err(Box::new(Problem::new(Code::Substitution, message).help(help)));
        };
        let names = self.declared.get(&kind).map(Vec::as_slice).unwrap_or_default();
        if !names.iter().any(|declared| declared == name) {
            let message = format!("the {noun} `{}` is not defined in this stack", shorten(name));
            let near = did_you_mean(name, names.iter().map(String::as_str));
            let help = near.unwrap_or_else(|| format!("define it: `{key}: {{ {name}: ... }}`"));
            return Err(Box::new(Problem::new(Code::Dangling, message).help(help)));
        }
        let Account { id, .. } = self.account;
        Ok(match (property, kind) {
            ("name", _) => name.to_owned(),
            ("url", Kind::Queue) => format!("{}/{id}/{name}", self.aws_url),
            ("arn", Kind::Queue) => self.account.arn("sqs", name).to_string(),
            ("arn", Kind::Topic) => self.account.arn("sns", name).to_string(),
            ("arn", Kind::Function) => {
                self.account.arn("lambda", format_args!("function:{name}")).to_string()
            }
            _ => {
                let message = format!("a {noun} has no `{}`", shorten(property));
                let all = known.iter().map(|property| format!("`{property}`"));
                let help = did_you_mean(property, known.iter().copied())
                    .unwrap_or_else(|| format!("it has {}", all.collect::<Vec<_>>().join(", ")));
                return Err(Box::new(Problem::new(Code::Substitution, message).help(help)));
            }
        })
    }
}
