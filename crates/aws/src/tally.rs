//! How often each action was asked for and refused, as numbers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::action::Operation;
use crate::service::{ALL, Service};

/// Of every action of every service, from the start.
#[derive(Debug)]
pub struct Tally {
    /// In the order of the services' tables.
    services: Vec<Vec<Asked>>,
}

#[derive(Debug, Default)]
struct Asked {
    requests: AtomicU64,
    /// By the error's code.
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Default for Tally {
    fn default() -> Self {
        let of = |service: &&Service| service.actions.iter().map(|_| Asked::default()).collect();
        Self { services: ALL.iter().map(of).collect() }
    }
}

impl Tally {
    /// One more request, and the code of the error that it was answered with.
    pub(crate) fn count(
        &self,
        service: &Service,
        operation: &Operation,
        code: Option<&'static str>,
    ) {
        let place = ALL.iter().position(|known| std::ptr::eq(*known, service));
        let place = place.zip(service.actions.element_offset(operation));
        let (service, operation) = place.expect("an operation of a service's table");
        let asked = &self.services[service][operation];
        asked.requests.fetch_add(1, Ordering::Relaxed);
        if let Some(code) = code {
            *locked(&asked.refused).entry(code).or_default() += 1;
        }
    }

    /// Prometheus's text format. Every action is there, also one that nobody asked for.
    pub fn expose(&self) -> String {
        let (mut requests, mut errors) = (String::new(), String::new());
        const REQUESTS: &str = "tidegate_aws_requests_total";
        const ERRORS: &str = "tidegate_aws_errors_total";
        let _ = writeln!(
            requests,
            "# HELP {REQUESTS} Requests of the AWS port.\n# TYPE {REQUESTS} counter"
        );
        let _ = writeln!(
            errors,
            "# HELP {ERRORS} Those answered with an error.\n# TYPE {ERRORS} counter"
        );
        for (service, asked) in ALL.iter().zip(&self.services) {
            for (operation, asked) in service.actions.iter().zip(asked) {
                let labels = format!("service=\"{}\",action=\"{}\"", service.name, operation.name);
                let count = asked.requests.load(Ordering::Relaxed);
                let _ = writeln!(requests, "{REQUESTS}{{{labels}}} {count}");
                for (code, count) in &*locked(&asked.refused) {
                    let _ = writeln!(errors, "{ERRORS}{{{labels},code=\"{code}\"}} {count}");
                }
            }
        }
        requests + &errors
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_their_errors_are_told_by_action() {
        let tally = Tally::default();
        let sqs = &crate::sqs::SERVICE;
        let sends = sqs.operation("SendMessage").expect("an action of SQS");
        tally.count(sqs, sends, None);
        tally.count(sqs, sends, Some("QueueDoesNotExist"));
        let text = tally.expose();
        for line in [
            "tidegate_aws_requests_total{service=\"sqs\",action=\"SendMessage\"} 2",
            "tidegate_aws_errors_total{service=\"sqs\",action=\"SendMessage\",code=\"QueueDoesNotExist\"} 1",
            "tidegate_aws_requests_total{service=\"sts\",action=\"GetCallerIdentity\"} 0",
        ] {
            assert!(text.lines().any(|told| told == line), "{line} is not in {text}");
        }
    }
}
