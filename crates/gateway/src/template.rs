//! Texts in which `{name}` stands for a path parameter, compiled once per plan.

/// A text with places for path parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// The position of the parameter in the route's pattern.
    Parameter(usize),
}

impl Template {
    /// `{name}` and `{name+}` of a known parameter are places; anything else is text.
    pub(crate) fn compile(text: &str, parameters: &[Box<str>]) -> Self {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').map(|at| open + at);
            let name = close.map(|close| rest[open + 1..close].trim_end_matches('+'));
            let place = name.and_then(|name| parameters.iter().position(|known| **known == *name));
            match (place, close) {
                (Some(position), Some(close)) => {
                    literal.push_str(&rest[..open]);
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal).into()));
                    }
                    pieces.push(Piece::Parameter(position));
                    rest = &rest[close + 1..];
                }
                _ => {
                    literal.push_str(&rest[..=open]);
                    rest = &rest[open + 1..];
                }
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal.into()));
        }
        Self(pieces)
    }

    /// Fills the places with values as they stood in the request's path, still encoded.
    pub(crate) fn fill<'a>(&self, value: impl Fn(usize) -> &'a str) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Parameter(position) => filled.push_str(value(*position)),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let parameters = ["id".into(), "proxy".into()];
        Template::compile(text, &parameters).fill(|at| ["7", "a/b%20c"][at])
    }

    #[test]
    fn parameters_take_their_places() {
        assert_eq!(filled("/users/{id}/{proxy}"), "/users/7/a/b%20c");
        assert_eq!(filled("/{proxy+}?id={id}"), "/a/b%20c?id=7");
        assert_eq!(filled("/plain"), "/plain");
        assert_eq!(filled("/{other}/{id"), "/{other}/{id");
        assert_eq!(filled("{{id}}"), "{7}");
        assert_eq!(filled(""), "");
    }
}
