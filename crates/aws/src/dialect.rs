//! Which protocol a request speaks, and so how its errors have to look.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Response};
use model::RequestId;
use wire::Body;

use crate::error::AwsError;
use crate::find;
use crate::protocol::{json, query, rest};

/// A protocol. The services of two of them have namespaces of their own, once they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Json { namespace: &'static str },
    Query { namespace: &'static str },
    Rest,
}

impl Dialect {
    pub(crate) fn of(head: &Parts) -> Self {
        if head.headers.contains_key("x-amz-target") {
            return Self::Json { namespace: "" };
        }
        let content = head.headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
        let is_form = content.is_some_and(|c| c.starts_with(b"application/x-www-form-urlencoded"));
        let query = head.uri.query().unwrap_or_default();
        let names_action = query.split('&').any(|pair| pair.starts_with("Action="));
        // What curl sends is called a form unless it is told otherwise.
        let is_form = is_form && head.method == Method::POST && !find::is_rest(head);
        if names_action || is_form {
            return Self::Query { namespace: "" };
        }
        Self::Rest
    }

    pub(crate) fn refuse(
        self,
        error: &AwsError,
        head: &Parts,
        request_id: &RequestId,
    ) -> Response<Body> {
        match self {
            Self::Json { namespace } => json::refuse(error, namespace, head),
            Self::Query { namespace } => query::refuse(error, namespace, request_id),
            Self::Rest => rest::refuse(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(path: &str) -> Dialect {
        let request = http::Request::post(path);
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Dialect::of(&request.body(()).expect("a request").into_parts().0)
    }

    #[test]
    fn a_form_is_a_query_unless_its_path_is_an_action() {
        assert_eq!(posted("/2015-03-31/functions/hello/invocations"), Dialect::Rest);
        for path in ["/", "/000000000000/jobs", "/?Action=ListQueues"] {
            assert_eq!(posted(path), Dialect::Query { namespace: "" }, "{path}");
        }
    }
}
