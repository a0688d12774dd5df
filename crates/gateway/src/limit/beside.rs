//! `RateLimit` and `RateLimit-Policy` beside what the integration's answer says in them of limits of its
//! own.

use std::fmt;

use http::header::{Entry, HeaderName};
use http::{HeaderMap, HeaderValue};
use sfv::visitor::{EntryVisitor, Ignored, InnerListVisitor, ItemVisitor};
use sfv::visitor::{ListVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, Parser};

/// Puts our members behind those that are there: a client obeys all of them, and an intermediary should
/// take none away. A field with a malformed part is ignored as a whole by those who read it, so that ours
/// take the place of such a one.
/// <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-11#section-7.2>
#[inline]
pub(super) fn add(headers: &mut HeaderMap, name: HeaderName, ours: HeaderValue) {
    match headers.entry(name) {
        Entry::Vacant(place) => {
            place.insert(ours);
        }
        Entry::Occupied(mut place) => {
            let joined = joined(place.iter(), &ours);
            place.insert(joined.unwrap_or(ours));
        }
    }
}

/// One value, since some clients read the first of several only.
fn joined<'a>(
    theirs: impl Iterator<Item = &'a HeaderValue>,
    ours: &HeaderValue,
) -> Option<HeaderValue> {
    let mut all = Vec::new();
    for line in theirs.map(HeaderValue::as_bytes) {
        if !is_list(line) {
            return None;
        }
        all.extend_from_slice(line);
        all.extend_from_slice(b", ");
    }
    all.extend_from_slice(ours.as_bytes());
    HeaderValue::from_bytes(&all).ok()
}

/// Whether it has members, and each is a string with parameters, as in both fields.
fn is_list(line: &[u8]) -> bool {
    matches!(Parser::new(line).parse_list_with_visitor(Members(0)), Ok(1..))
}

/// How many there are.
struct Members(usize);

struct Member;

#[derive(Debug)]
struct NoString;

impl fmt::Display for NoString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member is no string")
    }
}

impl std::error::Error for NoString {}

impl<'a> ListVisitor<'a> for Members {
    type Out = usize;
    type Error = NoString;

    fn entry(&mut self) -> Result<impl EntryVisitor<'a>, NoString> {
        self.0 += 1;
        Ok(Member)
    }

    fn finish(self) -> Result<usize, NoString> {
        Ok(self.0)
    }
}

impl<'a> EntryVisitor<'a> for Member {
    type Error = NoString;

    fn item(self) -> Result<impl ItemVisitor<'a>, NoString> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'a>, NoString> {
        Err::<Ignored, _>(NoString)
    }
}

impl<'a> ItemVisitor<'a> for Member {
    type Out = ();
    type Error = NoString;

    fn bare_item(
        self,
        item: BareItemFromInput<'a>,
    ) -> Result<impl ParameterVisitor<'a, Out = ()>, NoString> {
        match item {
            BareItemFromInput::String(_) => Ok(Ignored),
            _ => Err(NoString),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(theirs: &[&str]) -> Vec<String> {
        let name = HeaderName::from_static("ratelimit");
        let mut headers = HeaderMap::new();
        for line in theirs {
            headers.append(&name, HeaderValue::from_str(line).expect("a value"));
        }
        add(&mut headers, name.clone(), HeaderValue::from_static(r#""ip";r=1;t=2"#));
        let lines = headers.get_all(&name).iter();
        lines.map(|line| line.to_str().expect("ASCII").to_owned()).collect()
    }

    #[test]
    fn members_stay_in_front_of_ours() {
        assert_eq!(told(&[]), [r#""ip";r=1;t=2"#]);
        let day = r#""day";r=3;t=9;pk=:cHJp:"#;
        assert_eq!(told(&[day]), [format!(r#"{day}, "ip";r=1;t=2"#)]);
        let hour = r#" "a, \"b\"";r=1 ,"hour";r=0 "#;
        let all = format!(r#"{day}, {hour}, "ip";r=1;t=2"#);
        assert_eq!(told(&[day, hour]), [all]);
    }

    #[test]
    fn what_nobody_can_read_gives_way() {
        let day = r#""day";r=3"#;
        for wrong in [
            "",
            "100",
            "100;w=60",
            "limit=100, remaining=50, reset=30",
            "day;r=3",
            r#"("day" "hour")"#,
            r#""day;r=3"#,
            r#""day";r=3,"#,
            r#""day";R=3"#,
            r#"{"limit": 100}"#,
        ] {
            assert_eq!(told(&[wrong]), [r#""ip";r=1;t=2"#], "{wrong}");
            assert_eq!(told(&[day, wrong]), [r#""ip";r=1;t=2"#], "{wrong}");
        }
    }
}
