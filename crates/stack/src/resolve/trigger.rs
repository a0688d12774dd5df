//! Triggers: a queue, a function, and how messages become batches.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{EventSourceMapping, Pattern};

use super::Scope;
use crate::manifest;
use crate::problem::{Code, Problem};
use crate::shape::Map;
use crate::source::Span;

/// The most of one batch without a window.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const AT_ONCE: u64 = 10;

impl Scope<'_> {
    pub(super) fn triggers(&mut self) -> Vec<EventSourceMapping> {
        let mut all = Vec::new();
        let mut pairs: BTreeMap<(String, String), Span> = BTreeMap::new();
        for (named, written) in self.manifest.triggers.iter().flat_map(Map::readable) {
            let queue = self.queue_arn(&written.queue);
            let function = self.function_arn(&written.function);
            let pair = (queue.to_string(), function.to_string());
            if let Some(first) = pairs.insert(pair, named.span) {
                let message = "two triggers join the same queue and function";
                let problem = Problem::new(Code::Conflict, message).at(named.span, "again here");
                self.problems.push(problem.related(first, "first here").help("remove one of them"));
            }
            self.check_batch(written);
            self.check_visibility(written);
            let id = EventSourceMapping::id_of(&named.text);
            all.push(EventSourceMapping {
                enabled: written.enabled,
                batch: written.batch.value.as_u32(),
                window: written.window.value.0,
                filters: self.filters(written),
                most_concurrent: written.concurrency.map(|most| most.as_u32()),
                reports_failures: written.partial_failures,
                tags: super::queue::tags(written.tags.as_ref()),
                ..EventSourceMapping::new(id, queue, function)
            });
        }
        all
    }

    fn filters(&mut self, written: &manifest::Trigger) -> Vec<String> {
        let mut filters = Vec::new();
        for filter in written.filters.iter().flatten() {
            let text = filter.value.to_string();
            if let Err(problem) = Pattern::compile(&text) {
                let message = format!("this filter matches nothing: {problem}");
                let problem = Problem::new(Code::Pattern, message).at(filter.span, "");
                self.problems.push(
                    problem.help("write names with lists of values: `{ body: { kind: [order] } }`"),
                );
            }
            filters.push(text);
        }
        filters
    }

    fn check_batch(&mut self, written: &manifest::Trigger) {
        let is_fifo = written.queue.value.0.is_fifo();
        let is_large = written.batch.value.0 > AT_ONCE;
        let waits = written.window.value.0 > Duration::ZERO;
        let (message, span, help) = match (is_fifo, is_large, waits) {
            (true, true, _) => {
                let message = "a batch of a FIFO queue has at most 10 messages";
                (message, written.batch.span, "write `batch: 10` or less")
            }
            (true, _, true) => {
                ("a FIFO queue's batches do not wait", written.window.span, "remove `window`")
            }
            (false, true, false) => {
                let message = "a batch of more than 10 messages needs time to become full";
                (message, written.batch.span, "add `window: 1s` or more")
            }
            _ => return,
        };
        self.problems.push(Problem::new(Code::Conflict, message).at(span, "").help(help));
    }

    /// A message that is visible again while it is worked on is worked on twice.
    fn check_visibility(&mut self, written: &manifest::Trigger) {
        let queues = self.manifest.queues.iter().flat_map(Map::readable);
        let functions = self.manifest.functions.iter().flat_map(Map::readable);
        let mut queues = queues.filter(|(named, _)| named.key == written.queue.value);
        let mut functions = functions.filter(|(named, _)| named.key == written.function.value);
        let (Some((_, queue)), Some((_, function))) = (queues.next(), functions.next()) else {
            return;
        };
        let (visibility, timeout) = (queue.visibility.0, function.timeout.0);
        if visibility >= timeout {
            return;
        }
        let shown = model::units::span_text;
        let message = format!(
            "the queue's messages are visible again after {}, while the function may take {}",
            shown(visibility),
            shown(timeout)
        );
        let problem = Problem::new(Code::Conflict, message).at(written.queue.span, "");
        let help = format!("give the queue `visibility: {}` or more", shown(timeout));
        self.problems.push(problem.help(help));
    }
}
