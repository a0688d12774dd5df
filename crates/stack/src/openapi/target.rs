//! What the URI of an integration leads to.

use crate::yaml::Node;

/// What a route calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Function(String),
    /// Scheme, host and port; and a path that may have parameters.
    Server {
        address: String,
        path: String,
    },
    Unknown,
}

/// How addresses around a function's ARN end.
const INVOCATIONS: [&str; 2] = ["/invocations", "/response-streaming-invocations"];

/// Reads a URI; functions may be named as the manifest refers to them, `${function:hello.arn}`.
pub(super) fn of(uri: &Node) -> Target {
    let text = uri.as_text().unwrap_or_default();
    if let Some((scheme, rest)) = text.split_once("://") {
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let address = format!("{scheme}://{host}");
        return Target::Server { address, path: path.to_owned() };
    }
    // A REST API's URI is an address around the function's ARN.
    let invoked = text.split_once(":lambda:path/").and_then(|(_, path)| {
        let (_, rest) = path.split_once("/functions/")?;
        INVOCATIONS.iter().find_map(|suffix| rest.strip_suffix(suffix))
    });
    let name = own(invoked.unwrap_or(text)).or_else(|| of_arn(invoked.unwrap_or(text)));
    name.map_or(Target::Unknown, |name| Target::Function(name.to_owned()))
}

fn own(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${function:")?;
    name.strip_suffix(".arn}").or_else(|| name.strip_suffix(".name}"))
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, perhaps with a version or alias.
fn of_arn(text: &str) -> Option<&str> {
    let arn = text.strip_prefix("arn:")?;
    let (_, rest) = arn.split_once(":lambda:")?;
    let (_, rest) = rest.split_once(":function:")?;
    rest.split(':').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    #[test]
    fn uris_are_understood() {
        let hello = Target::Function("hello".into());
        let cases = [
            ("arn:aws:lambda:us-east-1:123456789012:function:hello", hello.clone()),
            ("arn:aws:lambda:us-east-1:123456789012:function:hello:live", hello.clone()),
            ("${function:hello.arn}", hello.clone()),
            (
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${function:hello.arn}/invocations",
                hello.clone(),
            ),
            (
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:hello/invocations",
                hello,
            ),
            ("arn:aws:apigateway:us-east-1:sqs:path/123456789012/jobs", Target::Unknown),
            (
                "http://pets.example:8080/v1/{proxy}",
                Target::Server {
                    address: "http://pets.example:8080".into(),
                    path: "/v1/{proxy}".into(),
                },
            ),
            (
                "http://pets.example",
                Target::Server { address: "http://pets.example".into(), path: String::new() },
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(of(&Node::text(Span::default(), text)), expected, "{text}");
        }
    }
}
