//! Between HTTP and the events that functions written for API Gateway know: requests become events,
//! to the byte and in AWS's key order, and results become responses.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>

pub(crate) mod body;
mod headers;
pub(crate) mod json;
mod query;
pub(crate) mod reply;
mod rest;
pub(crate) mod stream;
pub(crate) mod time;
mod v1;
mod v2;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use model::api::PayloadFormat;

use crate::call::Call;
use crate::mapping::time::RequestTime;
use crate::plan::{ApiPlan, RoutePlan};

/// The account that events name; the one of AWS's own examples.
const ACCOUNT: &[u8] = b"123456789012";

/// What an event is made of.
pub(crate) struct Source<'a> {
    pub(crate) call: &'a Call,
    pub(crate) api: &'a ApiPlan,
    pub(crate) route: &'a RoutePlan,
    pub(crate) body: &'a [u8],
    pub(crate) time: &'a RequestTime,
}

/// The event that the function receives for a request.
pub(crate) fn event(format: PayloadFormat, source: &Source<'_>) -> Bytes {
    let head: usize =
        source.call.head.headers.iter().map(|(n, v)| n.as_str().len() + v.len()).sum();
    let mut out = Vec::with_capacity(1536 + 2 * head + source.body.len() * 4 / 3);
    match format {
        PayloadFormat::V2 => v2::write(&mut out, source),
        PayloadFormat::V1 => v1::write(&mut out, source),
        PayloadFormat::Rest => rest::write(&mut out, source),
    }
    Bytes::from(out)
}

impl Source<'_> {
    /// The first label of the domain.
    fn domain_prefix(&self) -> &str {
        let host = crate::plan::without_port(self.call.domain());
        host.split('.').next().unwrap_or("")
    }

    fn user_agent(&self) -> Option<&[u8]> {
        self.call.header(&http::header::USER_AGENT).map(http::HeaderValue::as_bytes)
    }

    /// `{"id":"7"}`; HTTP APIs decode the values, REST APIs pass them as they came.
    fn write_path_parameters(&self, out: &mut Vec<u8>, write: fn(&mut Vec<u8>, &str)) {
        for (position, name) in self.route.parameters.iter().enumerate() {
            out.push(if position == 0 { b'{' } else { b',' });
            json::string(out, name.as_bytes());
            out.push(b':');
            write(out, self.call.capture(position));
        }
        out.push(b'}');
    }
}

fn write_raw(out: &mut Vec<u8>, value: &str) {
    json::string(out, value.as_bytes());
}

fn write_decoded(out: &mut Vec<u8>, value: &str) {
    let decoded: std::borrow::Cow<'_, [u8]> = percent_encoding::percent_decode_str(value).into();
    json::string(out, &decoded);
}

/// `"name":null` or `"name":"value"`.
fn optional(out: &mut Vec<u8>, name: &str, value: Option<&[u8]>) {
    out.push(b',');
    json::key(out, name);
    match value {
        Some(value) => json::string(out, value),
        None => out.extend_from_slice(b"null"),
    }
}
