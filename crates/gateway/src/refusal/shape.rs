//! The status and the body of each refusal, by the kind of API that it answers for.

use model::Protocol;

use super::Refusal;

/// What a refusal says.
pub(super) struct Shape {
    pub(super) status: u16,
    pub(super) body: &'static str,
    /// `x-amzn-ErrorType`, which REST APIs send.
    pub(super) kind: &'static str,
}

/// The reason that those who run the server find in its log.
const NOT_KEPT: &str = r#"{"message":"Service Unavailable: the message could not be stored"}"#;

/// What API Gateway says before it names them.
const MISSING: &str = r#"{"message": "Missing required request parameters"}"#;
const INVALID_BODY: &str = r#"{"message": "Invalid request body"}"#;

const fn shape(status: u16, body: &'static str, kind: &'static str) -> Shape {
    Shape { status, body, kind }
}

impl Refusal {
    pub(super) fn shape(self, protocol: Protocol) -> Shape {
        match protocol {
            Protocol::Http => self.http_shape(),
            Protocol::Rest => self.rest_shape(),
        }
    }

    fn http_shape(self) -> Shape {
        let (status, body) = match self {
            Self::BadRequest | Self::Unidentified { .. } => (400, r#"{"message":"Bad Request"}"#),
            Self::MissingParameters(_) => (400, MISSING),
            Self::InvalidBody => (400, INVALID_BODY),
            Self::Forbidden => (403, r#"{"message":"Forbidden"}"#),
            Self::NoApi | Self::NoRoute => (404, r#"{"message":"Not Found"}"#),
            Self::BodyTooSlow => (408, r#"{"message":"Request Timeout"}"#),
            Self::BodyTooLarge => (413, r#"{"message":"Request Entity Too Large"}"#),
            Self::Throttled { .. } | Self::QuotaExceeded { .. } | Self::FunctionBusy { .. } => {
                (429, r#"{"message":"Too Many Requests"}"#)
            }
            Self::FunctionFailed
            | Self::FunctionMissing
            | Self::ReceiverMissing
            | Self::MalformedReply => (500, r#"{"message":"Internal Server Error"}"#),
            Self::NotKept => (503, NOT_KEPT),
            Self::UpstreamFailed => (502, r#"{"message":"Bad Gateway"}"#),
            Self::FunctionUnavailable { .. }
            | Self::LimitUnknown { .. }
            | Self::TimedOut
            | Self::UpstreamUnavailable
            | Self::UpstreamBusy { .. }
            | Self::Overloaded { .. }
            | Self::Stopping => (503, r#"{"message":"Service Unavailable"}"#),
        };
        shape(status, body, "")
    }

    /// Of a function URL, which is Lambda's own and no API.
    pub(super) fn url_shape(self) -> Shape {
        match self {
            Self::FunctionFailed | Self::FunctionMissing | Self::MalformedReply => {
                shape(502, "Internal Server Error", "")
            }
            other => other.http_shape(),
        }
    }

    /// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
    fn rest_shape(self) -> Shape {
        match self {
            Self::BadRequest | Self::Unidentified { .. } => {
                shape(400, r#"{"message":"Bad Request"}"#, "BadRequestException")
            }
            Self::MissingParameters(_) => shape(400, MISSING, "BadRequestException"),
            Self::InvalidBody => shape(400, INVALID_BODY, "BadRequestException"),
            Self::QuotaExceeded { .. } => {
                shape(429, r#"{"message":"Limit Exceeded"}"#, "LimitExceededException")
            }
            Self::NoApi | Self::Forbidden => {
                shape(403, r#"{"message":"Forbidden"}"#, "ForbiddenException")
            }
            Self::NoRoute => shape(
                403,
                r#"{"message":"Missing Authentication Token"}"#,
                "MissingAuthenticationTokenException",
            ),
            Self::BodyTooSlow => {
                shape(408, r#"{"message":"Request Timeout"}"#, "RequestTimeoutException")
            }
            Self::BodyTooLarge => {
                shape(413, r#"{"message":"Request Too Long"}"#, "RequestTooLargeException")
            }
            Self::Throttled { .. } | Self::FunctionBusy { .. } => {
                shape(429, r#"{"message":"Too Many Requests"}"#, "TooManyRequestsException")
            }
            Self::NotKept => shape(503, NOT_KEPT, "ServiceUnavailableException"),
            Self::FunctionFailed
            | Self::FunctionMissing
            | Self::ReceiverMissing
            | Self::MalformedReply
            | Self::UpstreamFailed => shape(
                502,
                r#"{"message": "Internal server error"}"#,
                "InternalServerErrorException",
            ),
            Self::FunctionUnavailable { .. }
            | Self::LimitUnknown { .. }
            | Self::UpstreamUnavailable
            | Self::UpstreamBusy { .. }
            | Self::Overloaded { .. }
            | Self::Stopping => {
                shape(503, r#"{"message": "Service Unavailable"}"#, "ServiceUnavailableException")
            }
            Self::TimedOut => shape(
                504,
                r#"{"message": "Endpoint request timed out"}"#,
                "GatewayTimeoutException",
            ),
        }
    }
}
