//! Reads the head of one request of a runtime.

use std::str;

/// Requests of runtimes are small; anything longer is not one.
const MAX_HEAD: usize = 16 * 1024;
const MAX_HEADERS: usize = 64;

const BASE: &str = "/2018-06-01/runtime/";

/// What a runtime asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Next,
    /// `current` tells whether the id is that of the invocation in flight.
    Response {
        current: bool,
    },
    Error {
        current: bool,
    },
    InitError,
    Unknown,
}

/// How a request's body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Length(usize),
    Chunked,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) call: Call,
    pub(crate) framing: Framing,
    pub(crate) expects_continue: bool,
    pub(crate) closes: bool,
    /// `Lambda-Runtime-Function-Response-Mode: streaming`.
    pub(crate) streams: bool,
    pub(crate) content_type: Option<String>,
    /// `Lambda-Runtime-Function-Error-Type`.
    pub(crate) error_type: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Reads a head and its length; `None` until all of it has arrived.
pub(crate) fn read(
    bytes: &[u8],
    current: Option<&str>,
) -> Result<Option<(Head, usize)>, Malformed> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
        _ => return Err(Malformed),
    };
    let call = call(request.method.unwrap_or(""), request.path.unwrap_or(""), current);
    let mut head = Head {
        call,
        framing: Framing::Length(0),
        expects_continue: false,
        closes: request.version == Some(0),
        streams: false,
        content_type: None,
        error_type: None,
    };
    let mut lengths = 0;
    for header in request.headers.iter() {
        lengths += usize::from(apply(&mut head, header)?);
    }
    // Two ways to say where a body ends would be two answers.
    if lengths > 1 {
        return Err(Malformed);
    }
    Ok(Some((head, length)))
}

/// Returns whether the header delimits the body.
fn apply(head: &mut Head, header: &httparse::Header<'_>) -> Result<bool, Malformed> {
    let name = header.name;
    let value = || str::from_utf8(header.value).map(str::trim).map_err(|_| Malformed);
    if name.eq_ignore_ascii_case("content-length") {
        let text = value()?;
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Malformed);
        }
        head.framing = Framing::Length(text.parse().map_err(|_| Malformed)?);
        return Ok(true);
    }
    if name.eq_ignore_ascii_case("transfer-encoding") {
        if !value()?.eq_ignore_ascii_case("chunked") {
            return Err(Malformed);
        }
        head.framing = Framing::Chunked;
        return Ok(true);
    }
    if name.eq_ignore_ascii_case("connection") {
        head.closes |= value()?.eq_ignore_ascii_case("close");
    } else if name.eq_ignore_ascii_case("expect") {
        head.expects_continue = value()?.eq_ignore_ascii_case("100-continue");
    } else if name.eq_ignore_ascii_case("content-type") {
        head.content_type = Some(value()?.to_owned());
    } else if name.eq_ignore_ascii_case("lambda-runtime-function-response-mode") {
        head.streams = value()?.eq_ignore_ascii_case("streaming");
    } else if name.eq_ignore_ascii_case("lambda-runtime-function-error-type") {
        head.error_type = Some(value()?.to_owned());
    }
    Ok(false)
}

fn call(method: &str, path: &str, current: Option<&str>) -> Call {
    let Some(rest) = path.strip_prefix(BASE) else { return Call::Unknown };
    match (method, rest) {
        ("GET", "invocation/next") => return Call::Next,
        ("POST", "init/error") => return Call::InitError,
        _ => {}
    }
    let named = rest.strip_prefix("invocation/").and_then(|rest| rest.split_once('/'));
    match (method, named) {
        ("POST", Some((id, "response"))) => Call::Response { current: current == Some(id) },
        ("POST", Some((id, "error"))) => Call::Error { current: current == Some(id) },
        _ => Call::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "tests write what they expect in place")]
    fn check(text: &str, expected: Result<Call, Malformed>) {
        let read = read(text.as_bytes(), Some("id-1"));
        assert_eq!(read.map(|head| head.expect("complete").0.call), expected, "{text}");
    }

    #[test]
    fn calls_are_told_apart() {
        let at = |line: &str| format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
        check(&at("GET /2018-06-01/runtime/invocation/next"), Ok(Call::Next));
        check(&at("POST /2018-06-01/runtime/init/error"), Ok(Call::InitError));
        let path = "POST /2018-06-01/runtime/invocation";
        check(&at(&format!("{path}/id-1/response")), Ok(Call::Response { current: true }));
        check(&at(&format!("{path}/id-2/response")), Ok(Call::Response { current: false }));
        check(&at(&format!("{path}/id-1/error")), Ok(Call::Error { current: true }));
        check(&at("GET /2018-06-01/runtime/invocation/id-1/response"), Ok(Call::Unknown));
        check(&at("GET /"), Ok(Call::Unknown));
    }

    #[test]
    fn ambiguous_bodies_are_malformed() {
        let with = |headers: &str| {
            format!("POST /2018-06-01/runtime/init/error HTTP/1.1\r\n{headers}\r\n\r\n")
        };
        for headers in [
            "Content-Length: +5",
            "Content-Length: 5, 5",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Content-Length:",
        ] {
            check(&with(headers), Err(Malformed));
        }
    }

    #[test]
    fn a_head_without_end_is_malformed_in_time() {
        let long = format!("GET / HTTP/1.1\r\nA: {}", "x".repeat(MAX_HEAD));
        assert_eq!(read(long.as_bytes(), None), Err(Malformed));
        assert_eq!(read(&long.as_bytes()[..100], None), Ok(None));
    }
}
