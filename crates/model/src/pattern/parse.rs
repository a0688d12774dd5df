//! From a pattern's tokens to its fields and conditions.

mod anything_but;
mod numeric;

use serde_json::Value;

use super::cidr::Network;
use super::condition::Condition;
use super::tokens::{PatternProblem, Token, Tokens};
use super::wildcard::Wildcard;
use super::{Field, Fields};

const OR: &str = "$or";

/// Names of operators, which no field beneath `$or` may have.
const RESERVED: [&str; 9] = [
    "exactly",
    "prefix",
    "suffix",
    "numeric",
    "anything-but",
    "exists",
    "cidr",
    "equals-ignore-case",
    "wildcard",
];

const ONE_KEY: &str = "Only one key allowed in match expression";
const TOO_MANY: &str = "Too many elements in numeric expression";

type Parsed<T> = Result<T, PatternProblem>;

pub(super) fn pattern(text: &str) -> Parsed<Fields> {
    let mut tokens = Tokens::of(text)?;
    if tokens.next() != Some(Token::StartObject) {
        return Err(tokens.problem("Filter is not an object"));
    }
    fields(&mut tokens, Beneath::Pattern)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beneath {
    Pattern,
    Or,
}

fn fields(tokens: &mut Tokens<'_>, beneath: Beneath) -> Parsed<Fields> {
    let mut fields = Fields::default();
    while let Some(Token::Name(name)) = tokens.next() {
        if name == OR {
            fields.alternatives.push(alternatives(tokens)?);
            continue;
        }
        if beneath == Beneath::Or && RESERVED.contains(&name.as_str()) {
            let reserved =
                format!("{name} is Ruler reserved fieldName which cannot be used inside {OR}.");
            return Err(tokens.problem(reserved));
        }
        let field = match tokens.next() {
            Some(Token::StartObject) => Field::Nested(self::fields(tokens, Beneath::Pattern)?),
            Some(Token::StartArray) => Field::Leaf(conditions(tokens)?),
            _ => {
                return Err(tokens.problem(format!("\"{name}\" must be an object or an array")));
            }
        };
        if fields.named.iter().any(|(other, _)| *other == name) {
            let twice = format!("Path `{name}` cannot be allowed multiple times");
            return Err(tokens.problem(twice));
        }
        fields.named.push((name, field));
    }
    if fields.named.is_empty() && fields.alternatives.is_empty() {
        return Err(tokens.problem("Empty objects are not allowed"));
    }
    Ok(fields)
}

fn alternatives(tokens: &mut Tokens<'_>) -> Parsed<Vec<Fields>> {
    if tokens.next() != Some(Token::StartArray) {
        return Err(tokens.problem(format!("It must be an Array followed with {OR}.")));
    }
    let mut alternatives = Vec::new();
    loop {
        match tokens.next() {
            Some(Token::StartObject) => alternatives.push(fields(tokens, Beneath::Or)?),
            Some(Token::EndArray) | None => break,
            Some(_) => {
                let only = format!("Only JSON object is allowed in array of {OR} relationship.");
                return Err(tokens.problem(only));
            }
        }
    }
    if alternatives.len() < 2 {
        let few = format!("There must have at least 2 Objects in {OR} relationship.");
        return Err(tokens.problem(few));
    }
    Ok(alternatives)
}

fn conditions(tokens: &mut Tokens<'_>) -> Parsed<Vec<Condition>> {
    let mut conditions = Vec::new();
    loop {
        conditions.push(match tokens.next() {
            Some(Token::StartObject) => expression(tokens)?,
            Some(Token::Text(text)) => Condition::Is(Value::String(text)),
            Some(Token::Number(number)) => Condition::IsNumber(number),
            Some(Token::Literal(value)) => Condition::Is(value),
            Some(Token::EndArray) | None => break,
            Some(_) => {
                let wrong = "Match value must be String, number, true, false, or null";
                return Err(tokens.problem(wrong));
            }
        });
    }
    if conditions.is_empty() {
        return Err(tokens.problem("Empty arrays are not allowed"));
    }
    Ok(conditions)
}

/// `{"operator": operand}`, of which the first brace was read.
fn expression(tokens: &mut Tokens<'_>) -> Parsed<Condition> {
    let Some(Token::Name(operator)) = tokens.next() else {
        return Err(tokens.problem("Match expression name not found"));
    };
    let (condition, else_left) = match operator.as_str() {
        "exactly" => (Condition::Is(Value::String(text(tokens, "exact")?)), ONE_KEY),
        "prefix" => (affix(tokens, &operator)?, ONE_KEY),
        "suffix" => (affix(tokens, &operator)?, ONE_KEY),
        "equals-ignore-case" => {
            (Condition::EqualsIgnoreCase(text(tokens, &operator)?.to_lowercase()), ONE_KEY)
        }
        "wildcard" => (wildcard(&text(tokens, &operator)?, tokens)?, ONE_KEY),
        // AWS's message speaks of a prefix.
        "cidr" => {
            let network = Network::parse(&text(tokens, "prefix")?);
            let network = network.map_err(|message| tokens.problem(message))?;
            (Condition::Cidr(network), ONE_KEY)
        }
        "exists" => (exists(tokens)?, ONE_KEY),
        "numeric" => (numeric::numeric(tokens)?, TOO_MANY),
        "anything-but" => (anything_but::anything_but(tokens)?, TOO_MANY),
        _ => return Err(tokens.problem(format!("Unrecognized match type {operator}"))),
    };
    close(tokens, else_left)?;
    Ok(condition)
}

fn close(tokens: &mut Tokens<'_>, else_left: &str) -> Parsed<()> {
    match tokens.next() {
        Some(Token::EndObject) => Ok(()),
        _ => Err(tokens.problem(else_left)),
    }
}

fn text(tokens: &mut Tokens<'_>, operator: &str) -> Parsed<String> {
    match tokens.next() {
        Some(Token::Text(text)) => {
            tokens.took_text();
            Ok(text)
        }
        _ => Err(tokens.problem(format!("{operator} match pattern must be a string"))),
    }
}

/// A prefix or suffix, also as `{"equals-ignore-case": text}`.
fn affix(tokens: &mut Tokens<'_>, operator: &str) -> Parsed<Condition> {
    let is_prefix = operator == "prefix";
    match tokens.next() {
        Some(Token::Text(text)) => {
            tokens.took_text();
            Ok(if is_prefix { Condition::Prefix(text) } else { Condition::Suffix(text) })
        }
        Some(Token::StartObject) => {
            let inner = match tokens.next() {
                Some(Token::Name(inner)) => inner,
                _ => return Err(tokens.problem(format!("{operator} expression name not found"))),
            };
            if inner != "equals-ignore-case" {
                return Err(tokens.problem(format!("Unsupported {operator} pattern: {inner}")));
            }
            let text = text(tokens, &inner)?.to_lowercase();
            close(tokens, ONE_KEY)?;
            Ok(match is_prefix {
                true => Condition::PrefixIgnoreCase(text),
                false => Condition::SuffixIgnoreCase(text),
            })
        }
        _ => Err(tokens.problem(format!("{operator} match pattern must be a string"))),
    }
}

fn wildcard(text: &str, tokens: &Tokens<'_>) -> Parsed<Condition> {
    let wildcard = Wildcard::parse(text).map_err(|message| tokens.problem(message))?;
    Ok(Condition::Wildcard(wildcard))
}

fn exists(tokens: &mut Tokens<'_>) -> Parsed<Condition> {
    match tokens.next() {
        Some(Token::Literal(Value::Bool(true))) => Ok(Condition::Present),
        Some(Token::Literal(Value::Bool(false))) => Ok(Condition::Absent),
        _ => Err(tokens.problem("exists match pattern must be either true or false.")),
    }
}
