//! Identifiers that follow a request through the platform.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use crate::Timestamp;

/// Identifies a request or an invocation: a version 4 UUID, as Lambda's request ids are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// `random` should come from a generator that is seeded once per worker.
    pub fn from_random(random: u128) -> Self {
        let id = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
        Self((&*id.hyphenated().encode_lower(&mut Uuid::encode_buffer())).into())
    }

    /// Takes an id that a client or a peer gave.
    pub fn given(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One trace in both spellings: W3C `traceparent` and `X-Amzn-Trace-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    pub trace_id: u128,
    pub span_id: u64,
    pub sampled: bool,
}

impl TraceContext {
    /// Starts a trace. X-Ray wants the first 32 bits to be the time in seconds.
    pub fn start(now: Timestamp, random: u128) -> Self {
        let seconds = u128::from(now.as_secs() & 0xffff_ffff) << 96;
        let trace_id = seconds | (random >> 32);
        let span_id = u64::try_from(random & u128::from(u64::MAX)).unwrap_or(1).max(1);
        Self { trace_id, span_id, sampled: true }
    }

    /// The same trace, one span deeper.
    #[must_use]
    pub fn child(self, span_id: u64) -> Self {
        Self { span_id: span_id.max(1), ..self }
    }

    /// Reads `00-<trace>-<span>-<flags>`; `None` for anything malformed.
    /// <https://www.w3.org/TR/trace-context/#traceparent-header>
    pub fn from_traceparent(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let future = version != "00";
        if version.len() != 2 || version == "ff" || (!future && parts.next().is_some()) {
            return None;
        }
        if trace.len() != 32 || span.len() != 16 || flags.len() != 2 {
            return None;
        }
        let lower = |s: &str| s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if ![version, trace, span, flags].into_iter().all(lower) {
            return None;
        }
        let trace_id = u128::from_str_radix(trace, 16).ok().filter(|id| *id != 0)?;
        let span_id = u64::from_str_radix(span, 16).ok().filter(|id| *id != 0)?;
        let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self { trace_id, span_id, sampled })
    }

    /// Reads `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
    pub fn from_amzn(text: &str) -> Option<Self> {
        let field = |name: &str| {
            text.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let root = field("Root")?.strip_prefix("1-")?;
        let (epoch, unique) = root.split_once('-')?;
        if epoch.len() != 8 || unique.len() != 24 {
            return None;
        }
        let high = u128::from(u32::from_str_radix(epoch, 16).ok()?) << 96;
        let trace_id = high | u128::from_str_radix(unique, 16).ok()?;
        let span_id = field("Parent").and_then(|p| u64::from_str_radix(p, 16).ok());
        let sampled = field("Sampled") != Some("0");
        Some(Self { trace_id, span_id: span_id.unwrap_or(1), sampled })
    }

    pub fn to_traceparent(self) -> String {
        let Self { trace_id, span_id, sampled } = self;
        format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(sampled))
    }

    pub fn to_amzn(self) -> String {
        let mut hex = Uuid::encode_buffer();
        let (epoch, unique) =
            Uuid::from_u128(self.trace_id).simple().encode_lower(&mut hex).split_at(8);
        let sampled = u8::from(self.sampled);
        format!("Root=1-{epoch}-{unique};Parent={:016x};Sampled={sampled}", self.span_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_version_4_uuids() {
        assert_eq!(RequestId::from_random(0).as_str(), "00000000-0000-4000-8000-000000000000");
        let all = RequestId::from_random(u128::MAX);
        assert_eq!(all.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn both_spellings_name_the_same_trace() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = TraceContext::from_traceparent(parent).expect("valid");
        assert_eq!(trace.to_traceparent(), parent);
        let amzn = trace.to_amzn();
        assert_eq!(
            amzn,
            "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"
        );
        assert_eq!(TraceContext::from_amzn(&amzn), Some(trace));
    }

    #[test]
    fn malformed_headers_start_a_new_trace_instead() {
        for text in [
            "",
            "00-0-0-0",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333é-01",
        ] {
            assert_eq!(TraceContext::from_traceparent(text), None, "{text}");
        }
        for text in ["Root=1-x-y", "Root=1-5759e98é-bd862e3fe1be46a994272793", "Self=1"] {
            assert_eq!(TraceContext::from_amzn(text), None, "{text}");
        }
    }
}
