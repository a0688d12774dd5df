//! Which AWS action a request asks for, by the marks each of AWS's protocols leaves.

use http::Request;
use http::header::AUTHORIZATION;

use crate::lambda::invoke;

/// What a request wants done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// `Invoke`, with the function's name or ARN as it stands in the path.
    Invoke { function: String },
    /// Something this server does not do, named as well as the request allows.
    Unknown(String),
}

/// Reads the request's head only.
pub(crate) fn of<B>(request: &Request<B>) -> Action {
    if let Some(function) = invoke::function_in(request.method(), request.uri().path()) {
        return Action::Invoke { function };
    }
    Action::Unknown(name_of(request))
}

/// JSON protocols name the action in a header, the Query protocol in the query or the body, REST
/// protocols by method and path.
fn name_of<B>(request: &Request<B>) -> String {
    if let Some(target) = request.headers().get("x-amz-target").and_then(|v| v.to_str().ok()) {
        return target.to_owned();
    }
    let query = request.uri().query().unwrap_or_default();
    let action = query.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let signed_for = service(request).map(|service| format!("{service} ")).unwrap_or_default();
    match action {
        Some(action) => format!("{signed_for}{action}"),
        None => format!("{signed_for}{} {}", request.method(), request.uri().path()),
    }
}

/// The service a SigV4 signature was made for: `Credential=<key>/<date>/<region>/<service>/..`.
fn service<B>(request: &Request<B>) -> Option<&str> {
    let authorization = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split([',', ' ']).next()?.split('/').nth(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    fn unknown(method: &str, uri: &str, headers: &[(&str, &str)]) -> String {
        match of(&request(method, uri, headers)) {
            Action::Unknown(name) => name,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_invocation_is_found_by_its_path() {
        let action = of(&request("POST", "/2015-03-31/functions/hello/invocations", &[]));
        assert_eq!(action, Action::Invoke { function: "hello".into() });
    }

    #[test]
    fn an_unknown_action_is_named() {
        let dynamo = [("x-amz-target", "DynamoDB_20120810.ListTables")];
        assert_eq!(unknown("POST", "/", &dynamo), "DynamoDB_20120810.ListTables");
        assert_eq!(
            unknown("GET", "/?Action=GetCallerIdentity&Version=1", &[]),
            "GetCallerIdentity"
        );
        let signature = "AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/lambda/aws4_request, \
                         SignedHeaders=host, Signature=00";
        let signed = [("authorization", signature)];
        assert_eq!(
            unknown("GET", "/2015-03-31/functions/", &signed),
            "lambda GET /2015-03-31/functions/"
        );
    }
}
