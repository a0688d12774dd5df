//! Query strings as events carry them: decoded, grouped by name, names in order.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::json;

/// The decoded pairs of a query string, sorted by name; equal names keep their order.
pub(super) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    pub(super) fn parse(raw: &'a str) -> Self {
        let mut pairs: Vec<_> = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect();
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        Self(pairs)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `{"name":"first,second"}`.
    pub(super) fn write_joined(&self, out: &mut Vec<u8>) {
        self.write(out, |out, values| {
            out.push(b'"');
            for (at, (_, value)) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json::text(out, value.as_bytes());
            }
            out.push(b'"');
        });
    }

    /// `{"name":"last"}`.
    pub(super) fn write_last(&self, out: &mut Vec<u8>) {
        self.write(out, |out, values| {
            let last = values.last().map_or("", |(_, value)| value);
            json::string(out, last.as_bytes());
        });
    }

    /// `{"name":["first","second"]}`.
    pub(super) fn write_lists(&self, out: &mut Vec<u8>) {
        self.write(out, |out, values| {
            out.push(b'[');
            for (at, (_, value)) in values.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                json::string(out, value.as_bytes());
            }
            out.push(b']');
        });
    }

    fn write(
        &self,
        out: &mut Vec<u8>,
        mut value: impl FnMut(&mut Vec<u8>, &[(Cow<'a, str>, Cow<'a, str>)]),
    ) {
        out.push(b'{');
        for (at, group) in self.0.chunk_by(|a, b| a.0 == b.0).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            json::string(out, group[0].0.as_bytes());
            out.push(b':');
            value(out, group);
        }
        out.push(b'}');
    }
}

/// Decodes `%41` and `+`; what is not UTF-8 becomes U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode(spaced.as_bytes()).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(raw: &str) -> String {
        let mut out = Vec::new();
        Query::parse(raw).write_joined(&mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn values_are_decoded_and_joined() {
        assert_eq!(joined("p=1&q=x%2Cy&p=2"), r#"{"p":"1,2","q":"x,y"}"#);
        assert_eq!(joined("a=b+c&d=e%20f&g=%2B"), r#"{"a":"b c","d":"e f","g":"+"}"#);
        assert_eq!(joined("flag&empty=&=nameless&&"), r#"{"":"nameless","empty":"","flag":""}"#);
        assert_eq!(joined("bad=%zz%f"), r#"{"bad":"%zz%f"}"#);
        assert_eq!(joined("a=b=c"), r#"{"a":"b=c"}"#);
        assert_eq!(joined("latin=%e9"), "{\"latin\":\"\u{fffd}\"}");
    }
}
