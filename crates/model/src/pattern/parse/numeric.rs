//! `numeric`: one bound or two.

use super::super::condition::{Condition, Ends, Range};
use super::super::tokens::{Token, Tokens};
use super::{Parsed, TOO_MANY};

/// Numbers beyond five billion have no place in a numeric condition.
const MOST: f64 = 5.0e9;

/// `["=", 5]`, `[">", 0, "<=", 5]`.
pub(super) fn numeric(tokens: &mut Tokens<'_>) -> Parsed<Condition> {
    if tokens.next() != Some(Token::StartArray) {
        return Err(tokens.problem("Value of numeric must be an array."));
    }
    let operator = match tokens.next() {
        Some(Token::Text(operator)) => operator,
        other => {
            let member = shown(other);
            return Err(tokens.problem(format!("Invalid member in numeric match: {member}")));
        }
    };
    let next = tokens.next();
    let range = match operator.as_str() {
        "=" => {
            let bound = number(tokens, next, "equals")?;
            let both = Some((bound, Ends::Included));
            Range { from: both, to: both }
        }
        "<" | "<=" => {
            let to = number(tokens, next, &operator)?;
            Range { from: None, to: Some((to, ends(&operator))) }
        }
        ">" | ">=" => {
            let from = number(tokens, next, &operator)?;
            return upper(tokens, (from, ends(&operator)));
        }
        _ => {
            let unknown = format!("Unrecognized numeric range operator: {operator}");
            return Err(tokens.problem(unknown));
        }
    };
    match tokens.next() {
        Some(Token::EndArray) => Ok(Condition::Numeric(range)),
        _ => Err(tokens.problem(TOO_MANY)),
    }
}

fn upper(tokens: &mut Tokens<'_>, from: (f64, Ends)) -> Parsed<Condition> {
    let operator = match tokens.next() {
        Some(Token::EndArray) => {
            return Ok(Condition::Numeric(Range { from: Some(from), to: None }));
        }
        Some(Token::Text(operator)) => {
            tokens.took_text();
            operator
        }
        other => {
            let value = shown(other);
            return Err(tokens.problem(format!("Bad value in numeric range: {value}")));
        }
    };
    if !matches!(operator.as_str(), "<" | "<=") {
        return Err(tokens.problem(format!("Bad numeric range operator: {operator}")));
    }
    let next = tokens.next();
    let to = number(tokens, next, &operator)?;
    if tokens.next() != Some(Token::EndArray) {
        return Err(tokens.problem("Too many terms in numeric range expression"));
    }
    if from.0 >= to {
        return Err(tokens.problem("Bottom must be less than top"));
    }
    Ok(Condition::Numeric(Range { from: Some(from), to: Some((to, ends(&operator))) }))
}

fn ends(operator: &str) -> Ends {
    if operator.ends_with('=') { Ends::Included } else { Ends::Excluded }
}

fn number(tokens: &Tokens<'_>, token: Option<Token>, operator: &str) -> Parsed<f64> {
    let number = match token {
        Some(Token::Number(number)) => number.as_f64(),
        _ => None,
    };
    let Some(number) = number else {
        return Err(tokens.problem(format!("Value of {operator} must be numeric")));
    };
    if number.abs() > MOST {
        return Err(tokens.problem("Value must be between -5.0E9 and 5.0E9, inclusive"));
    }
    Ok(number)
}

/// A token as messages show it.
fn shown(token: Option<Token>) -> String {
    match token {
        Some(Token::Number(number)) => number.to_string(),
        Some(Token::Literal(value)) => value.to_string(),
        Some(Token::Text(text) | Token::Name(text)) => text,
        Some(Token::StartObject) => "{".to_owned(),
        Some(Token::EndObject) => "}".to_owned(),
        Some(Token::StartArray) => "[".to_owned(),
        Some(Token::EndArray) | None => "]".to_owned(),
    }
}
