//! Verifies AWS Signature Version 4: that who sent a request knows an access key's secret, and that
//! nobody changed it on the way. Works on the bytes as they came, so that what was verified is what is
//! then read. Signs links that lead back here.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

mod access_key;
mod canonical;
mod presented;
mod presign;
mod time;
mod verify;

pub use access_key::{AccessKey, AccessKeys};
pub(crate) use presign::{Link, presign};
pub use verify::{Refused, Scope, Signed, claimed, is_promising, verify};

/// Clocks may differ by so much.
pub const MOST_SKEW: std::time::Duration = std::time::Duration::from_mins(5);
/// A presigned URL is good for at most so long.
pub const MOST_EXPIRY: std::time::Duration = std::time::Duration::from_hours(7 * 24);
