//! Texts in which `{user.body.data.id}` stands for a value of the request or of an answer.

use std::fmt;

/// A part of such a text. `{{` and `}}` are braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Value(Reference),
}

/// What stands between braces: names with dots between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    names: Vec<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The request's body, byte for byte.
    Raw,
    /// A place in the request's body; members by name, items by number.
    Body(Vec<String>),
    PathParameter(String),
    Query(String),
    Header(String),
    /// The status of an earlier step, by its position.
    Status(usize),
    /// A place in its body.
    Answer(usize, Vec<String>),
    AnswerHeader(usize, String),
}

/// What an expression may begin with besides the name of a step.
pub const ROOTS: [&str; 5] = ["body", "header", "path", "query", "raw"];

/// Why a text cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionProblem {
    #[error("has a brace without a partner")]
    Unpaired,
    #[error("has an expression with an empty name")]
    Empty,
    #[error("has the character `{0}` in an expression")]
    Character(char),
}

/// Why a reference refers to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceProblem {
    /// No step before this one has the name.
    Unknown(String),
    /// It is not of this form.
    Shape(&'static str),
}

/// Splits a text into its parts.
pub fn parse(text: &str) -> Result<Vec<Piece>, ExpressionProblem> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        if let Some(after) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = after;
            continue;
        }
        let inner = if brace == "{" { after.split_once('}') } else { None };
        let (inner, after) = inner.ok_or(ExpressionProblem::Unpaired)?;
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Value(Reference::parse(inner)?));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

impl Reference {
    fn parse(text: &str) -> Result<Self, ExpressionProblem> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        if let Some(stranger) = text.chars().find(|c| !is_name(*c) && *c != '.') {
            return Err(ExpressionProblem::Character(stranger));
        }
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        if names.iter().any(String::is_empty) {
            return Err(ExpressionProblem::Empty);
        }
        Ok(Self { names })
    }

    /// What it begins with: the name of a step, or one of [`ROOTS`].
    pub fn root(&self) -> &str {
        &self.names[0]
    }

    /// Finds what it refers to, where `steps` have run.
    pub fn source(&self, steps: &[&str]) -> Result<Source, SourceProblem> {
        let rest = &self.names[1..];
        let one = |shape| match rest {
            [name] => Ok(name.clone()),
            _ => Err(SourceProblem::Shape(shape)),
        };
        Ok(match self.root() {
            "raw" if rest.is_empty() => Source::Raw,
            "raw" => return Err(SourceProblem::Shape("`{raw}`")),
            "body" => Source::Body(rest.to_vec()),
            "path" => Source::PathParameter(one("`{path.PARAMETER}`")?),
            "query" => Source::Query(one("`{query.NAME}`")?),
            "header" => Source::Header(one("`{header.NAME}`")?.to_ascii_lowercase()),
            step => {
                let step = steps
                    .iter()
                    .position(|name| *name == step)
                    .ok_or_else(|| SourceProblem::Unknown(step.to_owned()))?;
                match (rest.first().map(String::as_str), rest.get(1..).unwrap_or_default()) {
                    (Some("status"), []) => Source::Status(step),
                    (Some("body"), keys) => Source::Answer(step, keys.to_vec()),
                    (Some("header"), [name]) => {
                        Source::AnswerHeader(step, name.to_ascii_lowercase())
                    }
                    _ => {
                        let shape = "`{STEP.status}`, `{STEP.body.NAME}` or `{STEP.header.NAME}`";
                        return Err(SourceProblem::Shape(shape));
                    }
                }
            }
        })
    }
}

impl Source {
    /// Whether the client said it, as opposed to an upstream.
    pub fn is_of_request(&self) -> bool {
        !matches!(self, Self::Status(_) | Self::Answer(..) | Self::AnswerHeader(..))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.names.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Err(problem) => problem.to_string(),
            Ok(pieces) => {
                let shown = pieces.iter().map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Value(value) => format!("<{}>", value.names.join(" ")),
                });
                shown.collect::<Vec<_>>().join("|")
            }
        }
    }

    #[test]
    fn texts_are_split_at_their_expressions() {
        assert_eq!(shown("/users/{user.body.id}/x{status}"), "/users/|<user body id>|/x|<status>");
        assert_eq!(shown("{{literal}} {a-b_1}"), "{literal} |<a-b_1>");
        assert_eq!(shown(""), "");
        assert_eq!(shown("{{{body}}}"), "{|<body>|}");
    }

    #[test]
    fn what_is_no_expression_is_named() {
        assert_eq!(shown("a}b"), "has a brace without a partner");
        assert_eq!(shown("a{b"), "has a brace without a partner");
        assert_eq!(shown("{}"), "has an expression with an empty name");
        assert_eq!(shown("{a..b}"), "has an expression with an empty name");
        assert_eq!(shown("{a b}"), "has the character ` ` in an expression");
    }

    #[test]
    fn references_lead_to_steps_that_have_run() {
        let source = |text: &str| match parse(text).unwrap().remove(0) {
            Piece::Value(value) => value.source(&["user", "seat"]),
            Piece::Text(text) => panic!("{text}"),
        };
        assert_eq!(source("{seat.status}"), Ok(Source::Status(1)));
        assert_eq!(source("{user.body}"), Ok(Source::Answer(0, Vec::new())));
        assert_eq!(source("{user.header.ETag}"), Ok(Source::AnswerHeader(0, "etag".into())));
        assert_eq!(source("{query.page}"), Ok(Source::Query("page".into())));
        assert_eq!(source("{booking.body}"), Err(SourceProblem::Unknown("booking".into())));
        assert_eq!(source("{path}"), Err(SourceProblem::Shape("`{path.PARAMETER}`")));
        assert!(matches!(source("{user.data}"), Err(SourceProblem::Shape(_))));
    }
}
