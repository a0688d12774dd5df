//! Texts that are checked and kept as they are: hosts, origins, stages.

use serde_json::{Value as Json, json};

use super::Name;
use crate::problem::Code;
use crate::shape::{Refused, Text, did_you_mean, text_shape};

/// Declares texts that are checked and kept as they are.
macro_rules! checked_text {
    ($($(#[doc = $doc:literal])+ $name:ident: $what:literal, $pattern:literal, $check:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) String);

        impl Text for $name {
            const WHAT: &'static str = $what;

            fn parse(text: &str) -> Result<Self, Refused> {
                let check: fn(&str) -> Result<String, Refused> = $check;
                check(text).map(Self)
            }

            fn text_schema() -> Json {
                json!({ "type": "string", "pattern": $pattern })
            }
        }

        text_shape!($name);
    )+};
}

checked_text! {
    /// A stage's name.
    Stage: "a stage such as `prod`", r"^(\$default|[A-Za-z0-9_-]{1,128})$", |text| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if text == "$default" || (1..=128).contains(&text.len()) && text.chars().all(is_word) {
            return Ok(text.to_owned());
        }
        Err(Refused::new(Code::Name, "is not a stage")
            .help("use `$default`, or letters, digits, `-` and `_`"))
    };
    /// A host name, in lower case.
    Host: "a host name", "^[A-Za-z0-9.-]+$", |text| {
        if is_host_name(text) {
            return Ok(text.to_ascii_lowercase());
        }
        let help = if text.contains("://") {
            "leave out the scheme"
        } else if text.contains(':') {
            "leave out the port"
        } else if text.contains('*') {
            "name each host; without `hosts` an API answers to all"
        } else {
            "write a name such as `api.example.com`"
        };
        Err(Refused::new(Code::Host, "is not a host name").help(help))
    };
    /// The name of a throttle.
    PolicyName: "a name", "^[A-Za-z0-9_-]{1,64}$", |text| {
        Name::<model::ApiName>::parse(text).map(|name| name.0.to_string())
    };
    /// A media type, or a range of them.
    MediaType: "a media type such as `image/*`", "^[^/ ]+/[^/ ]+$", |text| {
        let is_token = |part: &str| {
            let ok = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+*".contains(c);
            !part.is_empty() && part.chars().all(ok)
        };
        match text.split_once('/') {
            Some((kind, rest)) if is_token(kind) && is_token(rest) => Ok(text.to_ascii_lowercase()),
            _ => Err(Refused::new(Code::MediaType, "is not a media type")
                .help("write a type and a subtype such as `image/png`, or `image/*`")),
        }
    };
    /// A web origin, or `*`.
    Origin: "an origin such as `https://app.example`", r"^(\*|[a-z][a-z0-9+.-]*://[^/]+)$", origin;
    /// A method that pages may use.
    CorsMethod: "a method such as `GET`", r"^(\*|[A-Z]+)$", |text| {
        const ALL: [&str; 8] = ["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        if ALL.contains(&text) {
            return Ok(text.to_owned());
        }
        let help = did_you_mean(text, ALL[1..].iter().copied());
        let refused = Refused::new(Code::Cors, "is not a method that pages can use");
        Err(refused.help(help.unwrap_or_else(|| "use `GET`, `POST`, ... or `*`".to_owned())))
    };
}

fn origin(text: &str) -> Result<String, Refused> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let refused = Refused::new(Code::Cors, "is not an origin");
    let Some((scheme, authority)) = text.split_once("://") else {
        return Err(match text.contains('.') || text.starts_with("localhost") {
            true => refused.help(format!("did you mean `https://{text}`?")),
            false => {
                refused.help("write a scheme and a host such as `https://app.example`, or `*`")
            }
        });
    };
    if let Some((authority, _)) = authority.split_once('/') {
        return Err(refused.help(format!("did you mean `{scheme}://{authority}`?")));
    }
    if authority.contains('*') {
        return Err(refused.help("name each origin, or allow all with `*`"));
    }
    let scheme_ok = !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_lowercase());
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host_ok = is_host_name(host) || host.starts_with('[');
    if !scheme_ok || !host_ok || authority != authority.to_ascii_lowercase() {
        return Err(refused.help("write a scheme and a host in lower case"));
    }
    Ok(text.to_owned())
}

pub(crate) fn is_host_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}
