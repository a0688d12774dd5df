//! `anything-but`: what a value must not be.

use serde_json::Value;

use super::super::condition::Condition;
use super::super::tokens::{Token, Tokens};
use super::{Parsed, TOO_MANY, close, wildcard};

/// A value, several of one kind, or `{"prefix": ..}` with one or several texts.
pub(super) fn anything_but(tokens: &mut Tokens<'_>) -> Parsed<Condition> {
    let excluded = match tokens.next() {
        Some(Token::Text(text)) => {
            tokens.took_text();
            vec![Condition::Is(Value::String(text))]
        }
        Some(Token::Number(number)) => vec![Condition::IsNumber(number)],
        Some(Token::StartArray) => values(tokens)?,
        Some(Token::StartObject) => {
            let inner = match tokens.next() {
                Some(Token::Name(inner)) => inner,
                _ => return Err(tokens.problem("Anything-But expression name not found")),
            };
            let excluded = texts(tokens, &inner)?;
            close(tokens, TOO_MANY)?;
            excluded
        }
        _ => {
            let wrong = "Value of anything-but must be an array or single string/number value.";
            return Err(tokens.problem(wrong));
        }
    };
    Ok(Condition::AnythingBut(excluded))
}

fn values(tokens: &mut Tokens<'_>) -> Parsed<Vec<Condition>> {
    let (mut excluded, mut text_count) = (Vec::new(), 0);
    loop {
        match tokens.next() {
            Some(Token::Text(text)) => {
                text_count += 1;
                excluded.push(Condition::Is(Value::String(text)));
            }
            Some(Token::Number(number)) => excluded.push(Condition::IsNumber(number)),
            Some(Token::EndArray) | None => break,
            Some(_) => {
                let wrong = "Inside anything but list, start|null|boolean is not supported.";
                return Err(tokens.problem(wrong));
            }
        }
    }
    if excluded.is_empty() || (text_count != 0 && text_count != excluded.len()) {
        let mixed = "Inside anything but list, either all values are number or string, \
                     mixed type is not supported";
        return Err(tokens.problem(mixed));
    }
    Ok(excluded)
}

/// What `anything-but` with an operator does not take.
fn texts(tokens: &mut Tokens<'_>, operator: &str) -> Parsed<Vec<Condition>> {
    let wrong = match operator {
        "prefix" | "suffix" => "prefix/suffix match pattern must be a string",
        "wildcard" => "wildcard match pattern must be a string",
        "equals-ignore-case" => {
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
        }
        _ => {
            let unsupported = format!("Unsupported anything-but pattern: {operator}");
            return Err(tokens.problem(unsupported));
        }
    };
    match tokens.next() {
        Some(Token::Text(text)) => {
            tokens.took_text();
            Ok(vec![one_text(tokens, operator, text)?])
        }
        Some(Token::StartArray) => {
            let mut excluded = Vec::new();
            loop {
                match tokens.next() {
                    Some(Token::Text(text)) => {
                        tokens.took_text();
                        excluded.push(one_text(tokens, operator, text)?);
                    }
                    Some(Token::EndArray) if !excluded.is_empty() => return Ok(excluded),
                    _ => return Err(tokens.problem(wrong)),
                }
            }
        }
        _ => Err(tokens.problem(wrong)),
    }
}

fn one_text(tokens: &Tokens<'_>, operator: &str, text: String) -> Parsed<Condition> {
    if matches!(operator, "prefix" | "suffix") && text.is_empty() {
        return Err(tokens.problem("Null prefix/suffix not allowed"));
    }
    Ok(match operator {
        "prefix" => Condition::Prefix(text),
        "suffix" => Condition::Suffix(text),
        "wildcard" => return wildcard(&text, tokens),
        _ => Condition::EqualsIgnoreCase(text.to_lowercase()),
    })
}
