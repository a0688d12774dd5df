//! Where variables are looked up, by the word before the colon.

use super::{Found, MOST_STEPS, Variables, refused};
use crate::problem::{Code, Problem};
use crate::shape::{did_you_mean, listed};
use crate::source::Span;
use crate::yaml::{Node, Value, shorten};

const KINDS: [&str; 9] = ["self", "opt", "env", "param", "file", "sls", "aws", "ssm", "strToBool"];

impl Variables<'_> {
    pub(super) fn look_up(
        &self,
        kind: &str,
        argument: Option<&str>,
        address: Option<&str>,
    ) -> Found {
        let name = address.unwrap_or_default().trim();
        let text = |text: &str| Node::text(Span::default(), text);
        match kind {
            "self" => self.own(name),
            "opt" => Ok(self.option(name).map(text)),
            "env" => {
                let given = self.inputs.environment.get(name).or_else(|| self.dotenv.get(name));
                Ok(given.map(|value| text(value)))
            }
            "param" => self.parameter(name),
            "file" => self.file(argument.unwrap_or_default().trim(), name),
            "sls" if name == "stage" => Ok(Some(text(&self.stage()))),
            "aws" if name == "region" => Ok(Some(text(&self.inputs.account.region))),
            "aws" if name == "accountId" => Ok(Some(text(&self.inputs.account.id))),
            "strToBool" => boolean(argument.unwrap_or_default()).map(Some),
            // What a store of AWS holds is given here: `--set /shop/url=...`.
            "ssm" => Ok(self.option(name.split('~').next().unwrap_or(name)).map(text)),
            "sls" | "aws" | "cf" | "s3" | "git" | "terraform" | "vault" | "doppler" => {
                let message = format!("`{kind}:{}` is not supported", shorten(name));
                Err(Box::new(Problem::new(Code::Unsupported, message)))
            }
            other => {
                let message = format!("`{}` is no source of variables", shorten(other));
                let help = did_you_mean(other, KINDS)
                    .unwrap_or_else(|| format!("use {}", listed(KINDS, "or")));
                Err(Box::new(Problem::new(Code::Substitution, message).help(help)))
            }
        }
    }

    /// `self:` and an address.
    pub(super) fn own(&self, address: &str) -> Found {
        let found = self.address_in(self.root, address)?;
        if found.is_some() {
            return Ok(found);
        }
        let name = |text: &str| Ok(Some(Node::text(Span::default(), text)));
        match address {
            "service.name" => self.address_in(self.root, "service"),
            "provider.stage" => name(&self.stage()),
            "provider.region" => name(&self.inputs.account.region),
            _ => Ok(None),
        }
    }

    /// What `address` leads to in `root`, with its variables resolved. `a.b.0` goes into mappings and
    /// lists.
    pub(super) fn address_in(&self, root: &Node, address: &str) -> Found {
        if address.is_empty() {
            let message = "a whole file inside itself has no end";
            return Err(refused(Code::Substitution, message));
        }
        if self.trail.borrow().iter().any(|at| at == address) {
            let trail = self.trail.borrow();
            let start = trail.iter().position(|at| at == address).unwrap_or(0);
            let circle = trail[start..].join("` -> `");
            let message = format!("variables lead round in a circle: `{circle}` -> `{address}`");
            return Err(refused(Code::Substitution, message));
        }
        if self.trail.borrow().len() == MOST_STEPS {
            let message = format!("variables refer to variables more than {MOST_STEPS} times");
            return Err(refused(Code::TooComplex, message));
        }
        self.trail.borrow_mut().push(address.to_owned());
        let found = self.walk(root, address);
        self.trail.borrow_mut().pop();
        found
    }

    pub(super) fn walk(&self, root: &Node, address: &str) -> Found {
        let mut at = root.clone();
        for step in address.split('.') {
            // What lies on the way may itself be a variable.
            if at.as_text().is_some_and(|text| text.contains("${")) {
                at = self.whole(&at)?;
            }
            let next = match &at.value {
                Value::Mapping(_) => at.get(step).cloned(),
                Value::Sequence(items) => {
                    step.parse::<usize>().ok().and_then(|index| items.get(index).cloned())
                }
                Value::Scalar(_) => None,
            };
            match next {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        let resolved = self.whole(&at)?;
        Ok((!resolved.is_null()).then_some(resolved))
    }

    /// Given at the start, or else of the stage, or else of all stages.
    fn parameter(&self, name: &str) -> Found {
        if let Some(value) = self.option(name) {
            return Ok(Some(Node::text(Span::default(), value)));
        }
        for stage in [&*self.stage(), "default"] {
            let found = self.own(&format!("params.{stage}.{name}"))?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

fn boolean(text: &str) -> Result<Node, Box<Problem>> {
    let value = match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => "true",
        "false" | "0" | "null" | "" => "false",
        _ => {
            let message = format!("`{}` is neither true nor false", shorten(text));
            return Err(refused(Code::Substitution, message));
        }
    };
    Ok(Node::plain(Span::default(), value))
}
