//! Payload format 2.0 of HTTP APIs.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE};
use model::Signer;
use model::api::PayloadFormat;

use super::body::{Encoded, is_text};
use super::headers::{Added, Headers};
use super::query::Query;
use super::{ACCOUNT, Source, json, write_decoded};
use crate::plan::Target;

pub(super) fn write(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, route, body, .. } = source;
    out.extend_from_slice(br#"{"version":"2.0""#);
    json::field(out, "routeKey", route.key.as_bytes());
    json::field(out, "rawPath", call.path().as_bytes());
    json::field(out, "rawQueryString", call.query().as_bytes());
    write_cookies(out, source);
    let mut added = Added::new(call);
    out.extend_from_slice(br#","headers":"#);
    Headers::collect(call, body.len(), PayloadFormat::V2, &mut added).write_joined(out);
    let query = Query::parse(call.query());
    if !query.is_empty() {
        out.extend_from_slice(br#","queryStringParameters":"#);
        query.write_joined(out);
    }
    write_context(out, source);
    let encoded = Encoded::of(body, is_text(call.header_text(&CONTENT_TYPE)));
    if !body.is_empty() || declares_empty(call.header_text(&CONTENT_LENGTH)) {
        out.extend_from_slice(br#","body":"#);
        encoded.write(out);
    }
    if !route.parameters.is_empty() {
        out.extend_from_slice(br#","pathParameters":"#);
        source.write_path_parameters(out, write_decoded);
    }
    let is_base64 = !body.is_empty() && encoded.is_base64();
    out.extend_from_slice(br#","isBase64Encoded":"#);
    out.extend_from_slice(if is_base64 { b"true}" } else { b"false}" });
}

/// A client that sends `content-length: 0` sent a body without bytes, one that names no length sent
/// none (RFC 9110 section 8.6): the event has an empty `body`, or no `body`.
fn declares_empty(length: Option<&str>) -> bool {
    length.is_some_and(|length| length.trim() == "0")
}

fn write_cookies(out: &mut Vec<u8>, source: &Source<'_>) {
    let lines = source.call.head.headers.get_all(COOKIE);
    let mut wrote_any = false;
    for line in lines {
        for cookie in line.as_bytes().split(|byte| *byte == b';') {
            let cookie = cookie.trim_ascii();
            if cookie.is_empty() {
                continue;
            }
            out.extend_from_slice(if wrote_any { b"," } else { br#","cookies":["# });
            json::string(out, cookie);
            wrote_any = true;
        }
    }
    if wrote_any {
        out.push(b']');
    }
}

/// Function URLs tell whose request it is: the signer's, or nobody's in particular.
fn account<'a>(source: &'a Source<'_>) -> &'a [u8] {
    match (&source.call.identity.signer, &source.route.target) {
        (Some(signer), _) => signer.account.as_bytes(),
        (None, Target::Function(target)) if target.url.is_some() => b"anonymous",
        _ => ACCOUNT,
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>
fn write_signer(out: &mut Vec<u8>, signer: &Signer) {
    out.extend_from_slice(br#","authentication":null,"authorizer":{"iam":"#);
    json::open(out, "accessKey", signer.access_key.as_bytes());
    json::field(out, "accountId", signer.account.as_bytes());
    json::field(out, "callerId", signer.account.as_bytes());
    out.extend_from_slice(br#","cognitoIdentity":null,"principalOrgId":null"#);
    json::field(out, "userArn", signer.arn.as_bytes());
    json::field(out, "userId", signer.account.as_bytes());
    out.extend_from_slice(b"}}");
}

fn write_context(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, api, route, time, .. } = source;
    out.extend_from_slice(br#","requestContext":"#);
    json::open(out, "accountId", account(source));
    json::field(out, "apiId", api.id.as_bytes());
    if let Some(signer) = &call.identity.signer {
        write_signer(out, signer);
    }
    json::field(out, "domainName", call.domain().as_bytes());
    json::field(out, "domainPrefix", source.domain_prefix().as_bytes());
    out.extend_from_slice(br#","http":"#);
    json::open(out, "method", call.method().as_str().as_bytes());
    json::field(out, "path", call.path().as_bytes());
    json::field(out, "protocol", call.protocol_text().as_bytes());
    json::field(out, "sourceIp", call.client_text().as_bytes());
    json::field(out, "userAgent", source.user_agent().unwrap_or(b""));
    out.push(b'}');
    json::field(out, "requestId", call.id().as_bytes());
    json::field(out, "routeKey", route.key.as_bytes());
    json::field(out, "stage", api.stage.as_bytes());
    json::field(out, "time", time.as_bytes());
    json::number(out, "timeEpoch", call.at().0);
    out.push(b'}');
}
