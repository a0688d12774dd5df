//! Reads JSON patterns.

use super::{Condition, JsonPattern, Selector, Step, Wanted};

/// Deeper parentheses mean nothing that fewer do not.
const DEEPEST: usize = 32;

type Read<T> = Result<T, String>;
type Bounded = fn(f64) -> Condition;

pub(super) fn pattern(text: &str) -> Read<JsonPattern> {
    let mut reader = Reader { rest: text.trim(), depth: 0 };
    reader.expect("{")?;
    let pattern = reader.any()?;
    reader.expect("}")?;
    match reader.rest {
        "" => Ok(pattern),
        rest => Err(format!("`{}` follows the pattern", rest.escape_debug())),
    }
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    /// Takes this if it comes next, with the white space behind it.
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.map_or(self.rest, str::trim_start);
        rest.is_some()
    }

    fn expect(&mut self, token: &str) -> Read<()> {
        if self.take(token) { Ok(()) } else { Err(format!("`{token}` is missing")) }
    }

    fn any(&mut self) -> Read<JsonPattern> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { JsonPattern::Any(parts) })
    }

    fn all(&mut self) -> Read<JsonPattern> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { JsonPattern::All(parts) })
    }

    fn one(&mut self) -> Read<JsonPattern> {
        if self.take("(") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(format!("more than {DEEPEST} parentheses stand in each other"));
            }
            let inner = self.any()?;
            self.depth -= 1;
            self.expect(")")?;
            return Ok(inner);
        }
        let selector = self.selector()?;
        Ok(JsonPattern::One(selector, self.condition()?))
    }

    fn selector(&mut self) -> Read<Selector> {
        let Some(rest) = self.rest.strip_prefix('$') else {
            return Err("a selector such as `$.level` is expected".to_owned());
        };
        self.rest = rest;
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(".[").or(self.rest.strip_prefix('[')) {
                let (step, rest) = bracketed(rest)?;
                steps.push(step);
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix('.') {
                let end = rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len());
                let (name, rest) = rest.split_at(end);
                if name.is_empty() {
                    return Err("a name is missing behind `.`".to_owned());
                }
                steps.push(Step::Name(name.to_owned()));
                self.rest = rest;
            } else {
                break;
            }
        }
        if steps.is_empty() {
            return Err("`$` alone selects nothing; write `$.name`".to_owned());
        }
        self.rest = self.rest.trim_start();
        Ok(Selector(steps))
    }

    fn condition(&mut self) -> Read<Condition> {
        let is_is = self.take("IS ");
        if is_is {
            let all =
                [("NULL", Condition::Null), ("TRUE", Condition::True), ("FALSE", Condition::False)];
            let found = all.into_iter().find(|(word, _)| self.take(word));
            let found = found.map(|(_, condition)| condition);
            return found.ok_or_else(|| "IS goes with NULL, TRUE and FALSE".to_owned());
        }
        if self.take("NOT EXISTS") {
            return Ok(Condition::NotExists);
        }
        if self.take("EXISTS") {
            return Ok(Condition::Exists);
        }
        if self.take("!=") {
            return self.wanted().map(Condition::IsNot);
        }
        let bounds: [(&str, Bounded); 4] = [
            (">=", Condition::AtLeast),
            ("<=", Condition::AtMost),
            (">", Condition::Above),
            ("<", Condition::Below),
        ];
        for (operator, condition) in bounds {
            if self.take(operator) {
                let wanted = self.wanted()?;
                let number = wanted.number;
                let number = number.ok_or_else(|| format!("`{operator}` goes with a number"))?;
                return Ok(condition(number));
            }
        }
        self.expect("=")?;
        self.wanted().map(Condition::Is)
    }

    fn wanted(&mut self) -> Read<Wanted> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (text, rest) = super::super::quoted(quoted)
                .ok_or_else(|| "a quotation mark is missing".to_owned())?;
            self.rest = rest.trim_start();
            return Ok(Wanted { text, number: None });
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '|' | ')' | '}' | '(' | '{');
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() || word.starts_with('%') {
            return Err("a word, a number or a quoted text is expected".to_owned());
        }
        self.rest = rest.trim_start();
        let number = word.parse().ok().filter(|number: &f64| number.is_finite());
        Ok(Wanted { text: word.to_owned(), number })
    }
}

fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '@' | '#')
}

/// What stands between brackets, and what follows them.
fn bracketed(text: &str) -> Read<(Step, &str)> {
    let unfit = || "brackets hold a number, `*` or a quoted name".to_owned();
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, rest) = super::super::quoted(quoted).ok_or_else(unfit)?;
        return Ok((Step::Name(name), rest.strip_prefix(']').ok_or_else(unfit)?));
    }
    let (inside, rest) = text.split_once(']').ok_or_else(unfit)?;
    if inside == "*" {
        return Ok((Step::Each, rest));
    }
    let name = inside.strip_prefix('\'').and_then(|inside| inside.strip_suffix('\''));
    match name {
        Some(name) => Ok((Step::Name(name.to_owned()), rest)),
        None => Ok((Step::Place(inside.parse().map_err(|_| unfit())?), rest)),
    }
}
