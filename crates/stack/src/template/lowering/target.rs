//! Resources that texts of a template refer to.

/// What a text names, by what it is called here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Function(String),
    Queue(String),
    Topic(String),
}

/// How a reference to a kind of resource begins, and what it makes of the name.
type Mark = (&'static str, fn(String) -> Named);

/// Finds a reference such as `${queue:name.arn}`, or an ARN, in a text that holds nothing else of the kind.
pub(super) fn named(text: &str) -> Option<Named> {
    let marks: [Mark; 3] =
        [("${function:", Named::Function), ("${queue:", Named::Queue), ("${topic:", Named::Topic)];
    for (mark, kind) in marks {
        if let Some(start) = text.find(mark) {
            let inner = &text[start + mark.len()..];
            let inner = &inner[..inner.find('}')?];
            let (name, _) = inner.rsplit_once('.')?;
            return Some(kind(name.to_owned()));
        }
    }
    let arn = &text[text.find("arn:aws:")?..];
    // Those of gateways hold the one that is meant.
    if let Some(at) = arn.find("functions/arn:aws:") {
        return named(&arn[at + "functions/".len()..]);
    }
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let last = |text: &str| text.split(['/', ':']).next().unwrap_or_default().to_owned();
    match (parts.get(2), parts.get(5), parts.get(6)) {
        (Some(&"lambda"), Some(&"function"), Some(name)) => Some(Named::Function(last(name))),
        (Some(&"sqs"), Some(name), _) => Some(Named::Queue((*name).to_owned())),
        (Some(&"sns"), Some(name), _) => Some(Named::Topic((*name).to_owned())),
        _ => None,
    }
}

/// The function that a text names, by name or ARN.
pub(super) fn function(text: &str) -> Option<String> {
    match named(text) {
        Some(Named::Function(name)) => Some(name),
        Some(_) => None,
        None => (!text.contains([':', '/', '$'])).then(|| text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_names_is_found() {
        let check =
            |text: &str, expected: Option<Named>| assert_eq!(named(text), expected, "{text}");
        let function = |name: &str| Some(Named::Function(name.into()));
        check("${function:a-B.arn}", function("a-B"));
        check("${queue:a.fifo.arn}", Some(Named::Queue("a.fifo".into())));
        check("arn:aws:sns:us-east-1:000000000000:news", Some(Named::Topic("news".into())));
        check("arn:aws:lambda:us-east-1:000000000000:function:f:live", function("f"));
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/";
        check(&format!("{uri}${{function:f.arn}}/invocations"), function("f"));
        let whole = format!("{uri}arn:aws:lambda:us-east-1:000000000000:function:f/invocations");
        check(&whole, function("f"));
        check("https://example.com", None);
    }
}
