//! Reads `application/x-www-form-urlencoded` text into members.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use crate::protocol::Node;

/// A batch of ten messages with ten attributes each has about 500.
const MOST_MEMBERS: usize = 4000;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormProblem {
    #[error("the request's body is not UTF-8")]
    NotUtf8,
    #[error("the request has more than {MOST_MEMBERS} parameters")]
    TooMany,
    #[error("the parameter {0} nests too deep")]
    TooDeep(String),
}

/// Every pair of a form, at its dotted name.
pub(crate) fn read(form: &[u8]) -> Result<Node, FormProblem> {
    let mut node = Node::default();
    for (name, value) in pairs(form)? {
        node.put(&name, value).map_err(|_| FormProblem::TooDeep(name))?;
    }
    Ok(node)
}

/// Every pair of a form, decoded.
pub(crate) fn pairs(form: &[u8]) -> Result<Vec<(String, String)>, FormProblem> {
    let mut pairs = Vec::new();
    for pair in form.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        if pairs.len() == MOST_MEMBERS {
            return Err(FormProblem::TooMany);
        }
        let split = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let value = pair.get(split + 1..).unwrap_or_default();
        pairs.push((decode(&pair[..split])?, decode(value)?));
    }
    Ok(pairs)
}

fn decode(text: &[u8]) -> Result<String, FormProblem> {
    let spaced: Cow<'_, [u8]> = if text.contains(&b'+') {
        text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
    } else {
        text.into()
    };
    let decoded: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(decoded).map_err(|_| FormProblem::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        let pairs = pairs(b"Action=Send+it&&MessageBody=a%2Bb%3D%C3%A9&Empty=&Bare").unwrap();
        let expected =
            [("Action", "Send it"), ("MessageBody", "a+b=é"), ("Empty", ""), ("Bare", "")];
        assert_eq!(pairs, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn what_is_no_text_or_too_much_is_refused() {
        assert_eq!(read(b"a=%ff"), Err(FormProblem::NotUtf8));
        assert_eq!(read("a=1&".repeat(4001).as_bytes()), Err(FormProblem::TooMany));
        let deep = "a.".repeat(10_000);
        assert!(matches!(read(deep.as_bytes()), Err(FormProblem::TooDeep(_))));
    }
}
