//! Payload format 1.0 of HTTP APIs.

use http::header::CONTENT_TYPE;
use model::api::PayloadFormat;

use super::body::{Encoded, is_text};
use super::headers::{Added, Headers};
use super::query::Query;
use super::{ACCOUNT, Source, json, optional, write_decoded};

pub(super) fn write(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, route, body, .. } = source;
    out.extend_from_slice(br#"{"version":"1.0""#);
    json::field(out, "resource", resource(source).as_bytes());
    json::field(out, "path", call.path().as_bytes());
    json::field(out, "httpMethod", call.method().as_str().as_bytes());
    let mut added = Added::new(call);
    let headers = Headers::collect(call, body.len(), PayloadFormat::V1, &mut added);
    out.extend_from_slice(br#","headers":"#);
    headers.write_last(out, json::key);
    out.extend_from_slice(br#","multiValueHeaders":"#);
    headers.write_lists(out, json::key);
    write_query(out, call.query());
    write_context(out, source);
    out.extend_from_slice(br#","pathParameters":"#);
    if route.parameters.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        source.write_path_parameters(out, write_decoded);
    }
    out.extend_from_slice(br#","stageVariables":null"#);
    write_body(out, &Encoded::of(body, is_text(call.header_text(&CONTENT_TYPE))), body);
}

/// `$default` is no resource: the path stands in for it.
fn resource<'a>(source: &'a Source<'_>) -> &'a str {
    if source.route.is_default { source.call.path() } else { &source.route.template }
}

/// Both formats that tell single values from lists write the query alike.
pub(super) fn write_query(out: &mut Vec<u8>, raw: &str) {
    let query = Query::parse(raw);
    if query.is_empty() {
        out.extend_from_slice(
            br#","queryStringParameters":null,"multiValueQueryStringParameters":null"#,
        );
        return;
    }
    out.extend_from_slice(br#","queryStringParameters":"#);
    query.write_last(out);
    out.extend_from_slice(br#","multiValueQueryStringParameters":"#);
    query.write_lists(out);
}

/// Ends the event.
pub(super) fn write_body(out: &mut Vec<u8>, encoded: &Encoded<'_>, body: &[u8]) {
    out.extend_from_slice(br#","body":"#);
    if body.is_empty() {
        out.extend_from_slice(br#"null,"isBase64Encoded":false}"#);
        return;
    }
    encoded.write(out);
    out.extend_from_slice(br#","isBase64Encoded":"#);
    out.extend_from_slice(if encoded.is_base64() { b"true}" } else { b"false}" });
}

fn write_context(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, api, route, time, .. } = source;
    out.extend_from_slice(br#","requestContext":"#);
    json::open(out, "accountId", ACCOUNT);
    json::field(out, "apiId", api.id.as_bytes());
    json::field(out, "domainName", call.domain().as_bytes());
    json::field(out, "domainPrefix", source.domain_prefix().as_bytes());
    json::field(out, "extendedRequestId", call.extended_id().as_bytes());
    json::field(out, "httpMethod", call.method().as_str().as_bytes());
    out.extend_from_slice(
        br#","identity":{"accessKey":null,"accountId":null,"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null"#,
    );
    json::field(out, "sourceIp", call.client_text().as_bytes());
    out.extend_from_slice(br#","user":null"#);
    optional(out, "userAgent", source.user_agent());
    out.extend_from_slice(br#","userArn":null}"#);
    json::field(out, "path", call.path().as_bytes());
    json::field(out, "protocol", call.protocol_text().as_bytes());
    json::field(out, "requestId", call.id().as_bytes());
    json::field(out, "requestTime", time.as_bytes());
    json::number(out, "requestTimeEpoch", call.at().0);
    optional(out, "resourceId", (!route.is_default).then_some(route.key.as_bytes()));
    json::field(out, "resourcePath", resource(source).as_bytes());
    json::field(out, "stage", api.stage.as_bytes());
    out.push(b'}');
}
