//! Stored parameters: their values, from the manifest or from outside.

use model::{ParameterVersion, StoredKind, StoredParameter, Timestamp};

use super::{Kind, Scope};
use crate::manifest::{self, Tier};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Spanned};
use crate::source::Span;

/// Of a value, by tiers.
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm>
const MOST_BYTES: usize = 4_096;
const MOST_BYTES_ADVANCED: usize = 8_192;

impl Scope<'_> {
    /// Each with one version, which holds the value as it is given: whoever keeps it numbers and seals it.
    pub(super) fn stored_parameters(&mut self) -> Vec<StoredParameter> {
        let mut all = Vec::new();
        for (named, written) in self.manifest.ssm.iter().flat_map(Map::readable) {
            let Some((value, span)) = self.stored_value(written) else { continue };
            let (most, help) = match written.tier {
                Tier::Standard => (MOST_BYTES, "write `tier: advanced`, or remove the key"),
                Tier::Advanced | Tier::Intelligent => {
                    (MOST_BYTES_ADVANCED, "keep large texts in a file of the code")
                }
            };
            if value.len() > most {
                let message = format!("the value has {} bytes, not at most {most}", value.len());
                let problem = Problem::new(Code::StoredParameter, message).at(span, "");
                self.problems.push(problem.help(help));
            }
            let version = ParameterVersion {
                number: 0,
                is_advanced: written.tier == Tier::Advanced || value.len() > MOST_BYTES,
                value,
                set: Timestamp(0),
                description: written.description.as_ref().map(|text| text.0.clone()),
                allowed_pattern: None,
            };
            all.push(StoredParameter {
                name: named.key.0.clone(),
                kind: written.kind.value,
                versions: vec![version],
                tags: Default::default(),
            });
        }
        all
    }

    fn stored_value(&mut self, written: &manifest::StoredParameter) -> Option<(String, Span)> {
        self.exactly_one(written, "a stored parameter", &["value", "value_file"])?;
        if let Some(file) = &written.value_file {
            return Some((self.value_from_file(file)?, file.span));
        }
        let texts = &written.value.as_ref()?.0;
        let first = texts.first()?;
        let kind = written.kind.value;
        if let (Some(second), true) = (texts.get(1), kind != StoredKind::StringList) {
            let message = format!("a {} has one value", kind.as_str());
            let problem = Problem::new(Code::Conflict, message).at(second.span, "");
            self.problems.push(problem.help("leave one, or write `type: StringList`"));
        }
        if kind == StoredKind::SecureString && first.value.is_written {
            let message =
                "the value of a SecureString is a secret, and is not written into the manifest";
            let help = "write `${env:NAME}`, or name a file: `value_file: ...`";
            self.problems
                .push(Problem::new(Code::StoredParameter, message).at(first.span, "").help(help));
        }
        let texts: Vec<&str> = texts.iter().map(|text| text.value.text.as_str()).collect();
        Some((texts.join(","), first.span))
    }

    fn value_from_file(&mut self, file: &Spanned<manifest::PathText>) -> Option<String> {
        let path = self.existing(file, Kind::File)?;
        let is_small = std::fs::metadata(&path)
            .is_ok_and(|found| found.len() <= MOST_BYTES_ADVANCED as u64 + 2);
        let text = if is_small { std::fs::read_to_string(&path).ok() } else { None };
        let text = text.map(|text| {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            line.strip_suffix('\r').unwrap_or(line).to_owned()
        });
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            return Some(text);
        }
        let message = format!("`{}` holds no value of a stored parameter", file.value.0);
        let problem = Problem::new(Code::StoredParameter, message).at(file.span, "");
        self.problems.push(problem.help("name a file of 1 to 8192 bytes of text"));
        None
    }
}
