//! The Lambda proxy event of REST APIs.

use http::header::CONTENT_TYPE;
use model::api::PayloadFormat;

use super::body::Encoded;
use super::headers::{Added, Headers, capitalized_key};
use crate::usage::X_API_KEY;

use super::{ACCOUNT, Source, json, optional, v1, write_raw};

pub(super) fn write(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, api, route, body, .. } = source;
    json::open(out, "resource", resource(source).as_bytes());
    json::field(out, "path", call.route_path().as_bytes());
    json::field(out, "httpMethod", call.method().as_str().as_bytes());
    let mut added = Added::new(call);
    let headers = Headers::collect(call, body.len(), PayloadFormat::Rest, &mut added);
    out.extend_from_slice(br#","headers":"#);
    headers.write_last(out, capitalized_key);
    out.extend_from_slice(br#","multiValueHeaders":"#);
    headers.write_lists(out, capitalized_key);
    v1::write_query(out, call.query());
    out.extend_from_slice(br#","pathParameters":"#);
    if route.parameters.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        source.write_path_parameters(out, write_raw);
    }
    out.extend_from_slice(br#","stageVariables":null"#);
    write_context(out, source);
    let is_binary = call.header_text(&CONTENT_TYPE).is_some_and(|given| api.binary.contain(given));
    v1::write_body(out, &Encoded::of(body, !is_binary), body);
}

fn resource<'a>(source: &'a Source<'_>) -> &'a str {
    if source.route.is_default { source.call.route_path() } else { &source.route.template }
}

fn write_context(out: &mut Vec<u8>, source: &Source<'_>) {
    let Source { call, api, route, time, .. } = source;
    out.extend_from_slice(br#","requestContext":"#);
    json::open(out, "resourceId", route.resource_id.as_bytes());
    json::field(out, "resourcePath", resource(source).as_bytes());
    json::field(out, "httpMethod", call.method().as_str().as_bytes());
    json::field(out, "extendedRequestId", call.extended_id().as_bytes());
    json::field(out, "requestTime", time.as_bytes());
    json::field(out, "path", call.path().as_bytes());
    json::field(out, "accountId", ACCOUNT);
    json::field(out, "protocol", call.protocol_text().as_bytes());
    json::field(out, "stage", api.stage.as_bytes());
    json::field(out, "domainPrefix", source.domain_prefix().as_bytes());
    json::number(out, "requestTimeEpoch", call.at().0);
    json::field(out, "requestId", call.id().as_bytes());
    out.extend_from_slice(
        br#","identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null"#,
    );
    if let (Some(id), Some(value)) = (&call.identity.api_key, call.header(&X_API_KEY)) {
        json::field(out, "apiKey", value.as_bytes());
        json::field(out, "apiKeyId", id.as_bytes());
    }
    json::field(out, "sourceIp", call.client_text().as_bytes());
    out.extend_from_slice(
        br#","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null"#,
    );
    optional(out, "userAgent", source.user_agent());
    out.extend_from_slice(br#","user":null}"#);
    json::field(out, "domainName", call.domain().as_bytes());
    json::field(out, "apiId", api.id.as_bytes());
    out.push(b'}');
}
