//! Queue URLs: by these clients name queues. Nobody connects to them.

use model::{Account, Place, Queue, QueueName, Snapshot};

use super::errors;
use crate::call::Call;
use crate::error::AwsError;

pub(super) fn of(call: &Call<'_>, name: &QueueName) -> String {
    format!("{}/{}/{name}", call.origin(), call.backing.account.id)
}

/// The queue that a URL names: the last part of its path, behind an account. The host, which has the
/// region on AWS, is that of whichever way leads to this server.
pub(super) fn name(url: &str, ours: &Account) -> Result<QueueName, AwsError> {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let mut parts = path.rsplit('/');
    let (name, account) = (parts.next().unwrap_or_default(), parts.next());
    let has_account = account.is_some_and(|account| !account.is_empty()) && parts.next().is_some();
    if !has_account {
        let message = format!("The address {url} is not valid for this endpoint.");
        return Err(AwsError::bad("InvalidAddress", message)
            .in_query("InvalidAddress", http::StatusCode::NOT_FOUND));
    }
    let is_account = |id: &str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    let place = account.filter(|id| is_account(id)).map(|id| ours.place(&ours.region, id));
    match place {
        None | Some(Place::Here) => QueueName::parse(name).map_err(|_| errors::no_queue()),
        Some(_) => Err(errors::no_queue()),
    }
}

/// The queue that a URL names, as it is declared.
pub(super) fn find<'a>(
    url: &str,
    among: &'a Snapshot,
    ours: &Account,
) -> Result<&'a Queue, AwsError> {
    among.get::<Queue>(name(url, ours)?).ok_or_else(errors::no_queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: Result<&str, &str>) {
        let name = name(url, &Account::default());
        let seen = name.as_ref().map(QueueName::as_str).map_err(AwsError::code);
        assert_eq!(seen, expected, "{url}");
    }

    #[test]
    fn a_url_of_any_host_names_a_queue() {
        check("http://127.0.0.1:4566/000000000000/jobs", Ok("jobs"));
        check("https://sqs.eu-west-1.amazonaws.com/000000000000/jobs.fifo", Ok("jobs.fifo"));
        check("http://localhost:4566/queue/jobs", Ok("jobs"));
        check("/000000000000/jobs", Ok("jobs"));
    }

    #[test]
    fn anything_else_does_not() {
        check("jobs", Err("InvalidAddress"));
        check("http://127.0.0.1:4566/jobs", Err("InvalidAddress"));
        check("http://127.0.0.1:4566//jobs", Err("InvalidAddress"));
        check("", Err("InvalidAddress"));
        check("http://127.0.0.1:4566/000000000000/no queue", Err("QueueDoesNotExist"));
        check("http://127.0.0.1:4566/123456789012/jobs", Err("QueueDoesNotExist"));
        check("http://127.0.0.1:4566/000000000000/", Err("QueueDoesNotExist"));
    }
}
