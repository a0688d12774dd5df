//! How texts with variables are read: `${self:custom.${opt:stage}.size, env:SIZE, 'small'}-jobs`.

/// Far more than anybody reads.
const MOST_DEPTH: usize = 16;

/// A text in pieces.
pub(super) type Text = Vec<Piece>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    Variable(Variable),
}

/// The first of its terms that has a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) terms: Vec<Term>,
    /// As it is written.
    pub(super) written: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// `file(./x.yml):a.b`: a kind of source, what it is given, and an address in it.
    Source {
        kind: String,
        argument: Option<Text>,
        address: Option<Text>,
    },
    Nested(Variable),
    /// Between quotes.
    Quoted(String),
    /// A number, a boolean or nothing.
    Plain(String),
}

/// Reads a text; an error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Text, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.text_until(&[])
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Variables around this place.
    depth: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Up to one of `ends`, which stays.
    fn text_until(&mut self, ends: &[char]) -> Result<Text, String> {
        let mut pieces = Text::new();
        let mut literal = String::new();
        while let Some(next) = self.rest().chars().next().filter(|next| !ends.contains(next)) {
            if self.rest().starts_with("\\${") {
                literal.push_str("${");
                self.at += 3;
            } else if self.rest().starts_with("${") {
                let start = self.at;
                match self.variable()? {
                    Some(variable) => {
                        if !literal.is_empty() {
                            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                        }
                        pieces.push(Piece::Variable(variable));
                    }
                    None => literal.push_str(&self.text[start..self.at]),
                }
            } else {
                literal.push(next);
                self.at += next.len_utf8();
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        Ok(pieces)
    }

    /// `None` when it is a reference of CloudFormation's, such as `${AWS::Region}` or `${Jobs.Arn}`.
    fn variable(&mut self) -> Result<Option<Variable>, String> {
        if self.depth == MOST_DEPTH {
            return Err(format!("variables stand in variables more than {MOST_DEPTH} deep"));
        }
        self.depth += 1;
        let variable = self.terms();
        self.depth -= 1;
        variable
    }

    fn terms(&mut self) -> Result<Option<Variable>, String> {
        let start = self.at;
        self.at += 2;
        let mut terms = Vec::new();
        loop {
            self.skip_space();
            match self.term()? {
                Some(term) => terms.push(term),
                None if terms.is_empty() => {
                    let end = self.rest().find('}').ok_or_else(unclosed)?;
                    self.at += end + 1;
                    return Ok(None);
                }
                None => return Err("a fallback is a source, or a text between quotes".to_owned()),
            }
            self.skip_space();
            let next = self.rest().chars().next().ok_or_else(unclosed)?;
            self.at += next.len_utf8();
            match next {
                ',' => {}
                '}' => {
                    let written = self.text[start..self.at].to_owned();
                    return Ok(Some(Variable { terms, written }));
                }
                other => {
                    return Err(format!("`{other}` is in the way; terms stand between commas"));
                }
            }
        }
    }

    fn term(&mut self) -> Result<Option<Term>, String> {
        let quote = self.rest().chars().next().ok_or_else(unclosed)?;
        if matches!(quote, '\'' | '"') {
            let text = &self.rest()[1..];
            let end = text.find(quote).ok_or_else(|| "a quote has no end".to_owned())?;
            let text = text[..end].to_owned();
            self.at += end + 2;
            return Ok(Some(Term::Quoted(text)));
        }
        if self.rest().starts_with("${") {
            let nested = self.variable()?;
            return Ok(nested.map(Term::Nested));
        }
        let end = self.rest().find(['(', ':', ',', '}']).ok_or_else(unclosed)?;
        let word = self.rest()[..end].trim().to_owned();
        match self.rest()[end..].chars().next() {
            Some('(') => {
                self.at += end + 1;
                self.call(word).map(Some)
            }
            Some(':') if !self.rest()[end..].starts_with("::") => {
                self.at += end + 1;
                let address = Some(self.text_until(&[',', '}'])?);
                Ok(Some(Term::Source { kind: word, argument: None, address }))
            }
            _ if is_plain(&word) => {
                self.at += end;
                Ok(Some(Term::Plain(word)))
            }
            _ => Ok(None),
        }
    }

    fn call(&mut self, kind: String) -> Result<Term, String> {
        let argument = Some(self.text_until(&[')'])?);
        if !self.rest().starts_with(')') {
            return Err("a `(` has no end".to_owned());
        }
        self.at += 1;
        let address = match self.rest().strip_prefix(':') {
            Some(_) => {
                self.at += 1;
                Some(self.text_until(&[',', '}'])?)
            }
            None => None,
        };
        Ok(Term::Source { kind, argument, address })
    }
}

fn unclosed() -> String {
    "a variable has no end; close it with `}`".to_owned()
}

fn is_plain(word: &str) -> bool {
    matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &Text) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Variable(variable) => {
                format!("<{}>", variable.terms.iter().map(term).collect::<Vec<_>>().join(" | "))
            }
        };
        text.iter().map(piece).collect()
    }

    fn term(term: &Term) -> String {
        match term {
            Term::Quoted(text) => format!("{text:?}"),
            Term::Plain(text) => text.clone(),
            Term::Nested(variable) => shown(&vec![Piece::Variable(variable.clone())]),
            Term::Source { kind, argument, address } => {
                let part = |part: &Option<Text>| part.as_ref().map(shown).unwrap_or_default();
                format!("{kind}({}):{}", part(argument), part(address))
            }
        }
    }

    #[test]
    fn texts_come_apart() {
        let cases = [
            ("plain", "plain"),
            ("${self:a.b}", "<self():a.b>"),
            ("x-${opt:stage, 'dev'}-y", "x-<opt():stage | \"dev\">-y"),
            ("${self:custom.${sls:stage}.size, 3}", "<self():custom.<sls():stage>.size | 3>"),
            (
                "${file(./${env:F}.yml):a, ${self:b, null}}",
                "<file(./<env():F>.yml):a | <self():b | null>>",
            ),
            ("${strToBool(${env:ON})}", "<strToBool(<env():ON>):>"),
            (
                "arn:${AWS::Partition}:${Jobs.Arn}:${!Literal}",
                "arn:${AWS::Partition}:${Jobs.Arn}:${!Literal}",
            ),
            ("\\${self:a} costs $5", "${self:a} costs $5"),
            ("${env:A,\"b, c\"}", "<env():A | \"b, c\">"),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).as_ref().map(shown), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let cases = [
            ("${self:a", "no end"),
            ("${opt:a, dev}", "between quotes"),
            ("${opt:a, 'dev}", "quote has no end"),
            ("${file(a:b}", "no end"),
            ("${'a' 'b'}", "in the way"),
            (&"${self:".repeat(17), "deep"),
        ];
        for (text, expected) in cases {
            let error = parse(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
