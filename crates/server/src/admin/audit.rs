//! `GET /audit`: who changed what on this server, for as long as its store exists.

use http::StatusCode;
use serde_json::{Value, json};
use store::{AuditLine, AuditQuery};

use super::refusal::Refusal;
use super::target::pairs;
use super::{Answered, json_body};
use crate::platform::Platform;

/// Lines shown when nobody says how many.
const SHOWN: usize = 50;

pub(super) async fn show(platform: &Platform, query: &str) -> Answered {
    let query = parse(query).map_err(|text| Refusal::new(StatusCode::BAD_REQUEST, text))?;
    let silent = |error: store::StoreError| {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, format!("the audit log: {error}"))
    };
    let lines = platform.keys.store().audit(query).await.map_err(silent)?;
    let lines: Vec<_> = lines.iter().map(line).collect();
    Ok(json_body(&json!({ "audit": lines })))
}

/// A line as programs read it.
pub(super) fn line(line: &AuditLine) -> Value {
    json!({
        "at": line.at.to_string(),
        "actor": line.actor,
        "action": line.action,
        "subject": line.subject,
        "detail": line.detail,
    })
}

fn parse(text: &str) -> Result<AuditQuery, String> {
    let mut query = AuditQuery { subject: None, most: SHOWN };
    for (name, value) in pairs(text) {
        match &*name {
            "subject" => query.subject = Some(value),
            "most" => query.most = value.parse().map_err(|_| "most: expected a whole number")?,
            other => return Err(format!("unknown parameter `{other}`")),
        }
    }
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_read_and_wrong_ones_named() {
        let query = AuditQuery { subject: Some("key partner".into()), most: 3 };
        assert_eq!(parse("subject=key%20partner&most=3"), Ok(query));
        assert_eq!(parse("most=all"), Err("most: expected a whole number".to_owned()));
        assert_eq!(parse("who=me"), Err("unknown parameter `who`".to_owned()));
    }
}
