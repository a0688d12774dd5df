//! Runs the cases under `cases/`, and checks what no case can: hostile input.

mod case;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use model::api::PayloadFormat;
use proptest::prelude::*;

use case::{Settings, cases, request, written};

use super::reply;
use crate::plan::MediaTypes;

#[test]
fn requests_become_the_events_that_aws_sends() {
    for (name, parts) in cases("events") {
        let [settings, raw, expected] = &*parts else { panic!("{name}: three parts") };
        let settings = Settings::parse(settings);
        let (request, text) = request(raw);
        let body = settings.body.clone().unwrap_or(text.into_bytes());
        let event = written(&settings, request, &body);
        let expected: serde_json::Value = serde_json::from_str(expected)
            .unwrap_or_else(|error| panic!("{name}: the expected event: {error}"));
        let event = String::from_utf8(event.to_vec()).expect("UTF-8");
        assert_eq!(event, expected.to_string(), "{name}");
        keeps_its_fields(&name, settings.format, &event);
    }
}

/// The official types read the event without losing what it says.
fn keeps_its_fields(name: &str, format: PayloadFormat, event: &str) {
    use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
    let (back, headers) = match format {
        PayloadFormat::V2 => {
            let read: ApiGatewayV2httpRequest = serde_json::from_str(event).expect(name);
            (serde_json::to_value(&read), read.headers)
        }
        PayloadFormat::V1 | PayloadFormat::Rest => {
            let read: ApiGatewayProxyRequest = serde_json::from_str(event).expect(name);
            (serde_json::to_value(&read), read.headers)
        }
    };
    let back = back.expect("serializes");
    let event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    let fields = event.as_object().expect("object");
    for (header, value) in event["headers"].as_object().expect("headers") {
        let kept = headers.get(header).map(|kept| kept.to_str().expect("text"));
        assert_eq!(kept, value.as_str(), "{name}: {header}");
    }
    // The types of format 1.0 keep one spelling of a header, and no version.
    for (field, value) in fields {
        let is_compared = !matches!(
            field.as_str(),
            "version"
                | "headers"
                | "multiValueHeaders"
                | "requestContext"
                | "queryStringParameters"
        );
        if is_compared && !value.is_null() {
            assert_eq!(&back[field], value, "{name}: {field}");
        }
    }
    for (field, value) in event["requestContext"].as_object().expect("context") {
        let is_compared = !matches!(field.as_str(), "identity" | "http" | "authorizer");
        if is_compared && !value.is_null() && !back["requestContext"][field].is_null() {
            assert_eq!(&back["requestContext"][field], value, "{name}: requestContext.{field}");
        }
    }
}

#[tokio::test]
async fn results_become_the_responses_that_aws_sends() {
    for (name, parts) in cases("replies") {
        let [settings, result, expected] = &*parts else { panic!("{name}: three parts") };
        let settings = Settings::parse(settings);
        let payload = Bytes::from(result.trim_end_matches('\n').to_owned());
        let mut headers = HeaderMap::new();
        if let Some(accept) = &settings.accept {
            headers.insert("accept", accept.parse().expect("value"));
        }
        let binary = MediaTypes::new(&settings.binary);
        let answered = match settings.is_url {
            true => reply::url_response(&payload),
            false => reply::response(settings.format, &payload, &headers, &binary),
        };
        let said = match answered {
            Ok(response) => spelled_out(response).await,
            Err(malformed) => format!("refused: {malformed}\n"),
        };
        assert_eq!(said, *expected, "{name}");
    }
}

async fn spelled_out(response: http::Response<wire::Body>) -> String {
    use std::fmt::Write as _;
    let (head, body) = response.into_parts();
    let mut said = format!("{}\n", head.status.as_u16());
    let mut lines: Vec<_> = head.headers.iter().collect();
    lines.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in lines {
        let _ = writeln!(said, "{name}: {}", value.to_str().expect("text"));
    }
    let body = body.collect().await.expect("body").to_bytes();
    match std::str::from_utf8(&body) {
        Ok("") => {}
        Ok(text) => {
            let _ = write!(said, "\n{text}\n");
        }
        Err(_) => {
            let bytes: Vec<_> = body.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = write!(said, "\nhex {}\n", bytes.join(" "));
        }
    }
    said
}

fn formats() -> impl Strategy<Value = (PayloadFormat, &'static str)> {
    prop::sample::select(vec![
        (PayloadFormat::V2, "$default"),
        (PayloadFormat::V2, "ANY /{a}/{rest+}"),
        (PayloadFormat::V1, "ANY /{a}/{rest+}"),
        (PayloadFormat::Rest, "ANY /{a}/{rest+}"),
    ])
}

proptest! {
    /// Whatever a client sends, a function receives JSON that says it.
    #[test]
    fn any_request_becomes_valid_json(
        (format, route) in formats(),
        path in "/[!-~&&[^?#]]{1,8}/[!-~&&[^?#]]{0,12}",
        query in "[!-~&&[^#]]{0,24}",
        header in prop::collection::vec(any::<u8>(), 0..16),
        body: Vec<u8>,
    ) {
        let mut settings = Settings::parse("");
        settings.format = format;
        settings.route = route.into();
        let Ok(value) = http::HeaderValue::from_bytes(&header) else { return Ok(()) };
        let Ok(request) = Request::builder()
            .method("POST")
            .uri(format!("{path}?{query}"))
            .header("host", "example.com")
            .header("x-odd", value.clone())
            .header("cookie", value)
            .body(())
        else { return Ok(()) };
        if path.starts_with("//") || (format == PayloadFormat::Rest && path.ends_with('/')) {
            return Ok(());
        }
        let event = written(&settings, request, &body);
        let read: serde_json::Value = serde_json::from_slice(&event).expect("valid JSON");
        let back = match read["body"].as_str() {
            None => Vec::new(),
            Some(text) if read["isBase64Encoded"] == true => STANDARD.decode(text).expect("base64"),
            Some(text) => text.as_bytes().to_vec(),
        };
        prop_assert_eq!(back, body);
    }

    /// A function's result is mapped or refused, whatever it is.
    #[test]
    fn any_result_is_answered(payload: Vec<u8>, text in "\\PC*") {
        for payload in [Bytes::from(payload), Bytes::from(text)] {
            for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
                let _ = reply::response(format, &payload, &HeaderMap::new(), &MediaTypes::default());
            }
            let _ = reply::url_response(&payload);
        }
    }

    #[test]
    fn bytes_survive_both_ways(body: Vec<u8>) {
        let text = STANDARD.encode(&body);
        let result = format!(r#"{{"statusCode":200,"isBase64Encoded":true,"body":"{text}"}}"#);
        let binary = MediaTypes::new(&["*/*".into()]);
        for format in [PayloadFormat::V2, PayloadFormat::V1, PayloadFormat::Rest] {
            let payload = Bytes::from(result.clone());
            let response = reply::response(format, &payload, &HeaderMap::new(), &binary)
                .expect("a response");
            let whole = tokio::runtime::Builder::new_current_thread().build().expect("runtime")
                .block_on(response.into_body().collect()).expect("body").to_bytes();
            prop_assert_eq!(&whole[..], &body[..]);
        }
    }
}
