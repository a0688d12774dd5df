//! Messages of AWS's event streams: an answer in several parts, each with headers of its own.
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>

use bytes::{BufMut, Bytes, BytesMut};

pub(crate) const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// The type of a header's value that is text.
const TEXT: u8 = 7;
/// Two lengths, and the checksum of both.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;

/// One event, as the service's model names it.
pub(crate) fn event(kind: &str, content_type: &str, payload: &[u8]) -> Bytes {
    let headers =
        [(":event-type", kind), (":content-type", content_type), (":message-type", "event")];
    let length: usize = headers.iter().map(|(name, value)| 4 + name.len() + value.len()).sum();
    let whole = PRELUDE + length + payload.len() + CHECKSUM;
    let mut out = BytesMut::with_capacity(whole);
    out.put_u32(number(whole));
    out.put_u32(number(length));
    out.put_u32(crc32fast::hash(&out));
    for (name, value) in headers {
        out.put_u8(u8::try_from(name.len()).expect("a header's name is short"));
        out.put_slice(name.as_bytes());
        out.put_u8(TEXT);
        out.put_u16(u16::try_from(value.len()).expect("a header's value is short"));
        out.put_slice(value.as_bytes());
    }
    out.put_slice(payload);
    out.put_u32(crc32fast::hash(&out));
    out.freeze()
}

/// Events hold what functions answer, which is a few MiB at most.
fn number(length: usize) -> u32 {
    u32::try_from(length).expect("an event is smaller than 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What AWS's encoder makes of the same event.
    #[test]
    fn an_event_has_lengths_checksums_and_headers() {
        let event = event("PayloadChunk", "application/octet-stream", b"hello");
        let length = |at: usize| u32::from_be_bytes(event[at..at + 4].try_into().expect("four"));
        assert_eq!(length(0) as usize, event.len());
        assert_eq!(length(4) as usize, event.len() - PRELUDE - CHECKSUM - 5);
        assert_eq!(length(8), crc32fast::hash(&event[..8]));
        assert_eq!(&event[12..24], b"\x0b:event-type");
        assert_eq!(&event[24..39], b"\x07\x00\x0cPayloadChunk");
        assert_eq!(&event[event.len() - 9..event.len() - 4], b"hello");
        assert_eq!(length(event.len() - 4), crc32fast::hash(&event[..event.len() - 4]));
    }
}
