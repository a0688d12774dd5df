//! An error of AWS's: what every protocol's rendering of it is made from.

use std::borrow::Cow;
use std::time::Duration;

use http::StatusCode;

use crate::constraint;

/// An error a client's SDK turns into its exception of the same name.
#[derive(Debug)]
pub(crate) struct AwsError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    fault: Fault,
    /// Members beside the message: `Reason`, which Lambda's throttling has.
    members: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
    query: Option<(&'static str, StatusCode)>,
}

/// Who has to change something before it can work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Sender,
    Receiver,
}

impl Fault {
    pub(crate) fn in_query(self) -> &'static str {
        match self {
            Self::Sender => "Sender",
            Self::Receiver => "Receiver",
        }
    }
}

impl AwsError {
    /// The sender's fault.
    pub(crate) fn user(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            fault: Fault::Sender,
            members: Vec::new(),
            retry_after: None,
            query: None,
        }
    }

    /// The sender's fault, with the status that most errors have.
    pub(crate) fn bad(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::user(StatusCode::BAD_REQUEST, code, message)
    }

    /// This server's fault.
    pub(crate) fn service(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { fault: Fault::Receiver, ..Self::user(status, code, message) }
    }

    /// An input that does not have its type.
    pub(crate) fn malformed(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::bad("SerializationException", problem)
            .in_query("MalformedInput", StatusCode::BAD_REQUEST)
    }

    /// A member that must be there, as most JSON services say it.
    pub(crate) fn null(member: &str) -> Self {
        // Messages have members as Java spells them.
        let mut letters = member.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        let member = first.into_iter().chain(letters).collect::<String>();
        constraint::null(&member)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_member(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, value.into()));
        self
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What the error is called in awsQuery, where that differs.
    pub(crate) fn in_query(mut self, code: &'static str, status: StatusCode) -> Self {
        self.query = Some((code, status));
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn code(&self) -> &'static str {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn fault(&self) -> Fault {
        self.fault
    }

    pub(crate) fn members(&self) -> &[(&'static str, String)] {
        &self.members
    }

    pub(crate) fn wait(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(crate) fn query_code(&self) -> &'static str {
        self.query.map_or(self.code, |(code, _)| code)
    }

    pub(crate) fn query_status(&self) -> StatusCode {
        self.query.map_or(self.status, |(_, status)| status)
    }
}
