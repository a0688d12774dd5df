//! What a variable may say that is known only once the stack runs: `${cache:state.url}`.

use std::collections::BTreeMap;

use crate::{ApiName, CacheName, CachePart, FunctionName};

/// A part of a running stack. [`mark`](Self::mark) stands in for it in the value of an environment
/// variable until [`fill`] puts what it has become there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// `${cache:NAME.PART}`.
    Cache(CacheName, CachePart),
    /// `${api:NAME.url}`: where the server answers to the API's routes, without a slash at the end.
    Api(ApiName),
    /// `${function:NAME.url}`: the function URL, with a slash at the end, as Lambda has it.
    FunctionUrl(FunctionName),
}

/// No variable's value can hold it, so what stands between two of them is never something else.
const EDGE: char = '\0';

impl Reference {
    /// Reads `cache:state.url`. `None` when it is no reference at all.
    pub fn parse(text: &str) -> Option<Result<Self, ReferenceProblem>> {
        let (kind, rest) = text.split_once(':')?;
        let (name, part) = match rest.trim().rsplit_once('.') {
            Some((name, part)) => (name.trim(), part.trim()),
            None => (rest.trim(), ""),
        };
        match kind.trim() {
            "cache" => Some(Self::cache(name, part)),
            "api" => Some(Self::api(name, part)),
            // Its other parts are known without a server.
            "function" if part == "url" => Some(
                FunctionName::parse(name)
                    .map(Self::FunctionUrl)
                    .map_err(|_| ReferenceProblem::Name),
            ),
            _ => None,
        }
    }

    fn cache(name: &str, part: &str) -> Result<Self, ReferenceProblem> {
        let parts = CachePart::NAMES;
        let part = parts.iter().find(|(known, _)| *known == part);
        let (_, part) = part.ok_or(ReferenceProblem::Part { of: "a cache", known: CACHE_PARTS })?;
        let name = CacheName::parse(name).map_err(|_| ReferenceProblem::Name)?;
        Ok(Self::Cache(name, *part))
    }

    fn api(name: &str, part: &str) -> Result<Self, ReferenceProblem> {
        if part != "url" {
            return Err(ReferenceProblem::Part { of: "an API", known: "`url`" });
        }
        ApiName::parse(name).map(Self::Api).map_err(|_| ReferenceProblem::Name)
    }

    fn text(&self) -> String {
        match self {
            Self::Cache(name, part) => {
                let known = CachePart::NAMES.into_iter().find(|(_, known)| known == part);
                format!("cache:{name}.{}", known.map_or("", |(text, _)| text))
            }
            Self::Api(name) => format!("api:{name}.url"),
            Self::FunctionUrl(name) => format!("function:{name}.url"),
        }
    }

    /// Stands in for it.
    pub fn mark(&self) -> String {
        format!("{EDGE}{}{EDGE}", self.text())
    }
}

/// As a manifest has it.
impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "${{{}}}", self.text())
    }
}

const CACHE_PARTS: &str = "`url`, `host`, `port` and `password`";

/// Why a reference cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceProblem {
    #[error("{of} has {known} to refer to")]
    Part { of: &'static str, known: &'static str },
    #[error("it names nothing")]
    Name,
}

/// The references marked in a variable's value, in order.
pub fn marked(value: &str) -> impl Iterator<Item = Reference> {
    let between = value.split(EDGE).skip(1).step_by(2);
    between.filter_map(|text| Reference::parse(text)?.ok())
}

/// Whether a value holds an edge that is not part of a mark, as no variable can.
pub fn is_torn(value: &str) -> bool {
    let is_whole = value.split(EDGE).count() % 2 == 1;
    let mut between = value.split(EDGE).skip(1).step_by(2);
    !is_whole || !between.all(|text| matches!(Reference::parse(text), Some(Ok(_))))
}

/// The value with each mark replaced. Fails on the first reference that has become nothing.
pub fn fill(
    value: &str,
    become_what: impl Fn(&Reference) -> Option<String>,
) -> Result<String, Reference> {
    let mut filled = String::with_capacity(value.len());
    for (at, text) in value.split(EDGE).enumerate() {
        let reference =
            if at % 2 == 1 { Reference::parse(text).and_then(Result::ok) } else { None };
        match reference {
            None => filled.push_str(text),
            Some(reference) => match become_what(&reference) {
                Some(text) => filled.push_str(&text),
                None => return Err(reference),
            },
        }
    }
    Ok(filled)
}

/// The value with every reference in other words.
pub fn reword(value: &str, words: impl Fn(&Reference) -> String) -> String {
    // Only a reference that has no value is an error.
    fill(value, |reference| Some(words(reference))).unwrap_or_default()
}

/// Writes a value with references as a manifest has it.
pub(crate) fn serialize_value<S: serde::Serializer>(value: &str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&reword(value, ToString::to_string))
}

/// Writes variables with references as a manifest has them.
pub(crate) fn serialize_variables<S: serde::Serializer>(
    variables: &BTreeMap<String, String>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let written = |value: &str| reword(value, ToString::to_string);
    to.collect_map(variables.iter().map(|(name, value)| (name, written(value))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Reference {
        Reference::parse(text).expect("a reference").expect("a good one")
    }

    #[test]
    fn marks_are_replaced_and_nothing_else() {
        let (host, port) = (parse("cache:state.host"), parse("cache: state . port"));
        let value = format!("{}:{} $ {}", host.mark(), port.mark(), "${cache:state.host}");
        assert_eq!(marked(&value).collect::<Vec<_>>(), [host.clone(), port.clone()]);
        let filled = fill(&value, |it| Some(if *it == host { "h" } else { "1" }.to_owned()));
        assert_eq!(filled.as_deref(), Ok("h:1 $ ${cache:state.host}"));
        assert_eq!(fill(&value, |_| None), Err(host));
        assert_eq!(fill("", |_| None).as_deref(), Ok(""));
        for (value, expected) in [(&*value, false), ("", false), ("\0", true), ("\0a\0", true)] {
            assert_eq!(is_torn(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_reference_reads_as_it_is_written() {
        for text in ["cache:state.url", "cache:a.password", "api:public.url", "function:f.url"] {
            assert_eq!(parse(text).to_string(), format!("${{{text}}}"));
        }
        assert_eq!(Reference::parse("param:state"), None);
        assert_eq!(Reference::parse("cache"), None);
        assert_eq!(Reference::parse("function:f.arn"), None);
        for (text, expected) in [
            ("cache:state", "a cache has `url`, `host`, `port` and `password` to refer to"),
            ("cache:state.urn", "a cache has `url`, `host`, `port` and `password` to refer to"),
            ("cache:.url", "it names nothing"),
            ("api:public.port", "an API has `url` to refer to"),
        ] {
            let problem = Reference::parse(text).expect("a reference").expect_err(text);
            assert_eq!(problem.to_string(), expected);
        }
    }
}
