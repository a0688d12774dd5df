//! Why a message is not served.

use std::fmt;

use http::StatusCode;

macro_rules! refusals {
    ($($name:ident: $status:ident, $label:literal, $text:literal;)*) => {
        /// What is wrong with a message, and so which answer it gets. The connection is closed
        /// after that answer: where the next message would begin is in doubt.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Refusal { $(#[doc = $text] $name,)* }

        impl Refusal {
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// For metrics.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

refusals! {
    RequestLine: BAD_REQUEST, "request_line", "the request line is not `method target version`";
    Method: BAD_REQUEST, "method", "the method is not a token";
    Target: BAD_REQUEST, "target", "the request target has none of the forms HTTP/1.1 allows";
    TargetTooLong: URI_TOO_LONG, "target_too_long", "the request target is too long";
    Version: HTTP_VERSION_NOT_SUPPORTED, "version", "only HTTP/1.0 and HTTP/1.1 are spoken here";
    Connect: NOT_IMPLEMENTED, "connect", "CONNECT is not offered";
    BareLineFeed: BAD_REQUEST, "bare_line_feed", "a line ends without a carriage return";
    ControlCharacter: BAD_REQUEST, "control_character", "a field holds a control character";
    FoldedLine: BAD_REQUEST, "folded_line", "a field is continued on the next line";
    FieldName: BAD_REQUEST, "field_name", "a field has no name, or one that is not a token";
    HeadTooLarge: REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", "the head is too large";
    TooManyFields: REQUEST_HEADER_FIELDS_TOO_LARGE, "too_many_fields", "the head has too many fields";
    HostMissing: BAD_REQUEST, "host_missing", "an HTTP/1.1 request has no Host";
    HostRepeated: BAD_REQUEST, "host_repeated", "the request has more than one Host";
    HostInvalid: BAD_REQUEST, "host_invalid", "the Host is not a host with an optional port";
    HostMismatch: BAD_REQUEST, "host_mismatch", "the Host differs from that of the request target";
    LengthRepeated: BAD_REQUEST, "length_repeated", "the request has more than one Content-Length";
    LengthInvalid: BAD_REQUEST, "length_invalid", "the Content-Length is not a number";
    LengthAndEncoding: BAD_REQUEST, "length_and_encoding", "the request has both Content-Length and Transfer-Encoding";
    EncodingRepeated: BAD_REQUEST, "encoding_repeated", "the request has more than one Transfer-Encoding";
    EncodingInvalid: BAD_REQUEST, "encoding_invalid", "the Transfer-Encoding is not `chunked`";
    EncodingUnsupported: NOT_IMPLEMENTED, "encoding_unsupported", "no Transfer-Encoding but `chunked` is understood";
    EncodingTooOld: BAD_REQUEST, "encoding_too_old", "an HTTP/1.0 request has a Transfer-Encoding";
    Expectation: EXPECTATION_FAILED, "expectation", "no expectation but `100-continue` is understood";
    ChunkSize: BAD_REQUEST, "chunk_size", "a chunk's size is not a hexadecimal number";
    ChunkExtension: BAD_REQUEST, "chunk_extension", "a chunk's extension is too long or malformed";
    ChunkEnd: BAD_REQUEST, "chunk_end", "a chunk does not end where its size says";
    Trailer: BAD_REQUEST, "trailer", "the trailer is malformed, too large, or frames a message";
    SlowHead: REQUEST_TIMEOUT, "slow_head", "the head did not arrive in time";
    SlowBody: REQUEST_TIMEOUT, "slow_body", "the body arrived too slowly";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
