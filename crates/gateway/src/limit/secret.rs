//! What of a request is not shown to people who look at limits.

/// Parts of names whose values may let somebody in.
const WORDS: [&str; 10] =
    ["auth", "cred", "jwt", "key", "pass", "pwd", "secret", "session", "signature", "token"];

/// Whether what is called this may be a secret. An author is none, an authorization is.
pub(super) fn is_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace("authori", "auth").replace("author", "");
    WORDS.iter().any(|word| name.contains(word))
}

/// Whether it is a secret by its looks, whatever it is called: what an `Authorization` has, or a JWT.
pub(super) fn is_value(value: &[u8]) -> bool {
    let value = value.trim_ascii_start();
    let begins = |scheme: &str| {
        let start = value.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    begins("bearer ") || begins("basic ") || is_jwt(value)
}

/// A header, which is an object of JSON, and two parts at least (RFC 7519, section 3), in base64url.
fn is_jwt(value: &[u8]) -> bool {
    let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let dots = value.iter().filter(|byte| **byte == b'.').count();
    value.starts_with(b"eyJ") && dots >= 2 && value.iter().all(is_base64url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_known() {
        for name in ["x-auth", "Authorization", "access_token", "x-jwt", "apiKey", "passwd"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["x-team", "project", "author", "co-authors", "ip", "user"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_looks() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmVk";
        for value in ["Bearer abc", "basic YTpi", " BEARER x", jwt] {
            assert!(is_value(value.as_bytes()), "{value}");
        }
        for value in ["", "bearer", "Basically", "eyJhbGciOiJub25lIn0", "eyJ. a.b", "a.b.c"] {
            assert!(!is_value(value.as_bytes()), "{value}");
        }
    }
}
