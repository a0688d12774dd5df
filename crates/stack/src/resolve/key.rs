//! API keys: their plans, and values that come from outside.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{
    ApiKeyName, ApiName, DeclaredKey, Digest, GivenValue, KeyText, KeyValue, Timestamp, UsagePlan,
    UsagePlanName,
};

use super::{Kind, Scope};
use crate::manifest::{self, help_for};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Spanned, did_you_mean};
use crate::source::Span;

/// Larger files hold no key.
const MOST_BYTES: u64 = 4096;

impl Scope<'_> {
    pub(super) fn keys(
        &mut self,
        plans: &BTreeMap<UsagePlanName, UsagePlan>,
    ) -> BTreeMap<ApiKeyName, DeclaredKey> {
        let mut keys = BTreeMap::new();
        let mut values: BTreeMap<Digest, Span> = BTreeMap::new();
        for (named, written) in self.manifest.keys.iter().flat_map(Map::readable) {
            let value = self.key_value(named.span, written);
            if let Some((value, span)) = &value {
                if let Some(first) = values.get(&value.digest) {
                    let problem = Problem::new(Code::Conflict, "two keys have the same value")
                        .at(*span, "again here")
                        .related(*first, "first here")
                        .help("give each caller a value of its own");
                    self.problems.push(problem);
                }
                values.insert(value.digest, *span);
            }
            let expires = written.expires.as_ref().map(|day| {
                let days = u64::try_from(day.value.0.0).unwrap_or_default();
                Timestamp(0).plus(Duration::from_hours(24 * days))
            });
            let name = named.key.0.clone();
            let plans = self.plans_of(&name, written, plans);
            let value = value.map(|(value, _)| value);
            let (overlap, enabled) = (written.overlap.0, written.enabled);
            let key = DeclaredKey { name, plans, value, overlap, expires, enabled };
            keys.insert(key.name.clone(), key);
        }
        keys
    }

    /// A key's plans, of which no two may be good for one API: which of them would count?
    fn plans_of(
        &mut self,
        name: &ApiKeyName,
        written: &manifest::Key,
        plans: &BTreeMap<UsagePlanName, UsagePlan>,
    ) -> Vec<UsagePlanName> {
        let mut apis: BTreeMap<&ApiName, &Spanned<_>> = BTreeMap::new();
        let mut known = Vec::new();
        for plan in &written.plans.0 {
            let found = &plan.value.0;
            if known.contains(found) {
                let message = format!("the key names the plan `{found}` twice");
                let problem = Problem::new(Code::Conflict, message).at(plan.span, "");
                self.problems.push(problem.help("remove it"));
                continue;
            }
            known.push(found.clone());
            let Some(resolved) = plans.get(found) else {
                self.unknown_plan(found.as_str(), plan.span);
                continue;
            };
            for covered in &resolved.apis {
                let Some(first) = apis.insert(&covered.api, plan) else { continue };
                let message = format!(
                    "the key `{name}` is in two plans that are good for the API `{}`",
                    covered.api
                );
                let problem = Problem::new(Code::Conflict, message)
                    .at(plan.span, "this one")
                    .related(first.span, "and this one")
                    .help("leave it in one of them, or give the other plan another API");
                self.problems.push(problem);
            }
        }
        known
    }

    fn unknown_plan(&mut self, name: &str, span: Span) {
        let written = self.manifest.usage_plans.as_ref();
        if written.is_some_and(|all| all.names().any(|known| known == name)) {
            // It could not be read, which has been reported.
            return;
        }
        let near = did_you_mean(name, written.iter().flat_map(|all| all.names()));
        let help = near.unwrap_or_else(|| format!("define it: `usage_plans: {{ {name}: ... }}`"));
        let message = format!("the usage plan `{name}` is not defined in this stack");
        self.problems.push(Problem::new(Code::Dangling, message).at(span, "").help(help));
    }

    /// The value that the manifest gives, and where.
    fn key_value(&mut self, name: Span, written: &manifest::Key) -> Option<(GivenValue, Span)> {
        let text = match (&written.value, &written.value_file) {
            (Some(value), Some(file)) => {
                let problem = Problem::new(Code::Conflict, "the key has `value` and `value_file`")
                    .at(file.span, "")
                    .related(value.span, "its value is here already")
                    .help("remove one of them");
                self.problems.push(problem);
                return None;
            }
            (Some(value), None) => (value.value.0.clone(), value.span),
            (None, Some(file)) => (self.key_from_file(file)?, file.span),
            (None, None) => return None,
        };
        let _ = name;
        let KeyValue { digest, prefix, .. } = KeyValue::of(&text.0, Timestamp(0));
        Some((GivenValue { digest, prefix }, text.1))
    }

    fn key_from_file(&mut self, file: &Spanned<manifest::PathText>) -> Option<KeyText> {
        let path = self.existing(file, Kind::File)?;
        let is_small = std::fs::metadata(&path).is_ok_and(|found| found.len() <= MOST_BYTES);
        let text = if is_small { std::fs::read_to_string(&path).ok() } else { None };
        let parsed = text.map(|text| KeyText::parse(text.trim_end_matches(['\r', '\n'])));
        let (message, help) = match parsed {
            Some(Ok(text)) => return Some(text),
            Some(Err(unfit)) => (format!("{unfit}, in `{}`", file.value.0), help_for(unfit)),
            None => {
                let help = "name a file of one line of text that the server may read";
                (format!("`{}` holds no key", file.value.0), help)
            }
        };
        let problem = Problem::new(Code::KeyValue, message).at(file.span, "");
        self.problems.push(problem.help(help));
        None
    }
}
