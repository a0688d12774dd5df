//! Topics, and who gets their messages.

use std::collections::BTreeMap;

use model::topic::{Endpoint, EndpointProblem, FifoTopic, Protocol};
use model::{Arn, Resource, Subscription, Topic, TopicName};

use super::Scope;
use crate::manifest::{self, Dedup};
use crate::problem::{Code, Problem};
use crate::shape::{Filled, Map, Placed, Spanned};
use crate::source::Span;

const WHO: [&str; 4] = ["queue", "function", "url", "email"];

impl Scope<'_> {
    pub(super) fn topics(&mut self) -> Vec<Resource> {
        let mut all = Vec::new();
        for (named, written) in self.manifest.topics.iter().flat_map(Map::readable) {
            let name = named.key.0.clone();
            let mut topic = Topic::new(name.clone());
            self.topic_kind(&name, written);
            if let Some(fifo) = &mut topic.fifo {
                let content = |dedup: &Spanned<Dedup>| dedup.value == Dedup::Content;
                let deduplicates_content = written.dedup.as_ref().is_some_and(content);
                let by_group = written.high_throughput.as_ref();
                let deduplicates_by_group = by_group.is_some_and(|high| high.value);
                *fifo = FifoTopic { deduplicates_content, deduplicates_by_group };
            }
            topic.signature = written.signature;
            topic.display_name = written.display_name.clone().unwrap_or_default();
            topic.tags = super::queue::tags(written.tags.as_ref());
            all.push(Resource::from(topic));
            let arn = self.account.arn("sns", &name);
            let mut seen: BTreeMap<String, Span> = BTreeMap::new();
            for subscription in written.subscriptions.iter().flatten() {
                let Some(resolved) = self.subscription(&name, &arn, subscription) else { continue };
                let span = subscription.record().span;
                if let Some(first) = seen.insert(resolved.id(), span) {
                    let message = "the topic has this subscription twice";
                    let problem = Problem::new(Code::Conflict, message).at(span, "again here");
                    self.problems.push(problem.related(first, "first here").help("remove one"));
                }
                all.push(resolved.into());
            }
        }
        all
    }

    fn topic_kind(&mut self, name: &TopicName, written: &manifest::Topic) {
        if let Some(fifo) = &written.fifo
            && fifo.value != name.is_fifo()
        {
            let (message, help) = match fifo.value {
                true => {
                    ("the name of a FIFO topic ends in `.fifo`", format!("call it `{name}.fifo`"))
                }
                false => {
                    let help = "call it otherwise".to_owned();
                    ("a topic whose name ends in `.fifo` is a FIFO topic", help)
                }
            };
            self.problems.push(Problem::new(Code::Conflict, message).at(fifo.span, "").help(help));
        }
        if name.is_fifo() {
            return;
        }
        let dedup = written.dedup.as_ref().map(|dedup| ("dedup", dedup.span));
        let high = written.high_throughput.as_ref().map(|high| ("high_throughput", high.span));
        for (key, span) in dedup.into_iter().chain(high) {
            let message = format!("`{key}` goes with FIFO topics only");
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            self.problems.push(problem.help(format!("call it `{name}.fifo`, or remove the key")));
        }
    }

    fn subscription(
        &mut self,
        topic: &TopicName,
        arn: &Arn,
        written: &manifest::Subscription,
    ) -> Option<Subscription> {
        let endpoint = self.endpoint(topic, written);
        self.exactly_one(written, "a subscription", &WHO)?;
        let mut subscription = Subscription::new(arn.clone(), endpoint?);
        subscription.scope = written.filter_on;
        subscription.filter = written.filter.as_ref().map(|filter| filter.value.to_string());
        if let (Err(problem), Some(filter)) = (subscription.compiled_filter(), &written.filter) {
            let told = problem.strip_prefix("FilterPolicy: ").unwrap_or(&problem);
            let message = format!("this filter matches nothing: {told}");
            let problem = Problem::new(Code::Pattern, message).at(filter.span, "");
            self.problems
                .push(problem.help("write names with lists of values: `{ kind: [order] }`"));
        }
        subscription.raw = written.raw.as_ref().is_some_and(|raw| raw.value);
        if let (true, Some(raw)) = (subscription.raw, &written.raw)
            && !matches!(
                subscription.endpoint.protocol(),
                Protocol::Sqs | Protocol::Http | Protocol::Https
            )
        {
            let message = "raw messages go to queues and URLs only";
            let problem = Problem::new(Code::Conflict, message).at(raw.span, "");
            self.problems.push(problem.help("remove `raw`"));
        }
        subscription.dead_letters = written.dead_letters.as_ref().map(|name| {
            if name.value.0.is_fifo() != topic.is_fifo() {
                let kind = if topic.is_fifo() { "FIFO" } else { "standard" };
                let message = format!("the dead letters of a {kind} topic go to a {kind} queue");
                self.problems.push(Problem::new(Code::Redrive, message).at(name.span, ""));
            }
            self.queue_arn(name)
        });
        Some(subscription)
    }

    fn endpoint(
        &mut self,
        topic: &TopicName,
        written: &manifest::Subscription,
    ) -> Option<Endpoint> {
        if let Some(name) = &written.queue {
            if name.value.0.is_fifo() && !topic.is_fifo() {
                let message = "a FIFO queue subscribes to FIFO topics only";
                let problem = Problem::new(Code::Conflict, message).at(name.span, "");
                self.problems.push(problem.help(format!("call the topic `{topic}.fifo`")));
            }
            return Some(Endpoint::Queue(self.queue_arn(name)));
        }
        if let Some(name) = &written.function {
            self.only_queues(topic, name.span);
            return Some(Endpoint::Function(self.function_arn(name)));
        }
        if let Some(url) = &written.url {
            self.only_queues(topic, url.span);
            let is_secure = url.value.0.starts_with("https:");
            let protocol = if is_secure { Protocol::Https } else { Protocol::Http };
            return self.parsed(protocol, url, "write `https://host/path`");
        }
        let email = written.email.as_ref()?;
        self.only_queues(topic, email.span);
        self.parsed(Protocol::Email, email, "write `name@host`")
    }

    fn only_queues(&mut self, topic: &TopicName, span: Span) {
        if topic.is_fifo() {
            let message = "a FIFO topic's messages go to queues only";
            let problem = Problem::new(Code::Conflict, message).at(span, "");
            self.problems
                .push(problem.help("subscribe a queue, and let a trigger take it from there"));
        }
    }

    fn parsed(
        &mut self,
        protocol: Protocol,
        text: &Spanned<Filled>,
        help: &str,
    ) -> Option<Endpoint> {
        match Endpoint::parse(protocol, &text.value.0) {
            Ok(endpoint) => Some(endpoint),
            Err(problem) => {
                let what = match problem {
                    EndpointProblem::Email => "an e-mail address",
                    _ => "a URL of HTTP",
                };
                let message = format!("`{}` is not {what}", text.value.0);
                self.problems.push(Problem::new(Code::Url, message).at(text.span, "").help(help));
                None
            }
        }
    }
}
