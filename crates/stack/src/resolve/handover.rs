//! Routes that hand something over: to a queue, a topic, or a function that runs later.

use model::api::PayloadFormat;
use model::handover::{Handover, Receiver};
use model::{Integration, PathPattern, Protocol};

use super::Scope;
use super::reference::Defined;
use super::sequence::{Names, Raw};
use crate::manifest::{self, Dedup, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::{Filled, Map, Placed, Spanned};
use crate::source::Span;

/// A queue's, where the stack does not say.
const QUEUE_BYTES: u32 = 1 << 20;

impl Scope<'_> {
    pub(super) fn later(
        &mut self,
        api: &manifest::Api,
        route: &RouteKey,
        written: &manifest::Route,
    ) -> Option<Integration> {
        let function = written.function.as_ref()?;
        let name = function.value.0.clone();
        self.refer(Defined::Function, name.as_str(), function.span);
        let payload = written.payload.unwrap_or(match api.protocol {
            Protocol::Http => PayloadFormat::V2,
            Protocol::Rest => PayloadFormat::Rest,
        });
        Some(self.handover(Receiver::Function { name, payload }, api, route, written))
    }

    pub(super) fn queue_call(
        &mut self,
        api: &manifest::Api,
        route: &RouteKey,
        written: &manifest::Route,
    ) -> Option<Integration> {
        let queue = written.queue.as_ref()?;
        let name = queue.value.0.clone();
        self.refer(Defined::Queue, name.as_str(), queue.span);
        let queues = self.manifest.queues.iter().flat_map(Map::readable);
        let declared = queues.filter(|(named, _)| named.key.0 == name).map(|(_, queue)| queue);
        let declared = declared.last();
        let most_bytes = declared.and_then(|queue| u32::try_from(queue.max_size.0.0).ok());
        let dedup = declared.and_then(|queue| queue.dedup.as_ref());
        let is_fifo = name.is_fifo();
        self.check_order(is_fifo, dedup, queue.span, written);
        let most_bytes = most_bytes.unwrap_or(QUEUE_BYTES);
        Some(self.handover(Receiver::Queue { name, most_bytes }, api, route, written))
    }

    pub(super) fn topic_call(
        &mut self,
        api: &manifest::Api,
        route: &RouteKey,
        written: &manifest::Route,
    ) -> Option<Integration> {
        let topic = written.topic.as_ref()?;
        let name = topic.value.0.clone();
        self.refer(Defined::Topic, name.as_str(), topic.span);
        let topics = self.manifest.topics.iter().flat_map(Map::readable);
        let declared = topics.filter(|(named, _)| named.key.0 == name).map(|(_, topic)| topic);
        let dedup = declared.last().and_then(|topic| topic.dedup.as_ref());
        let is_fifo = name.is_fifo();
        self.check_order(is_fifo, dedup, topic.span, written);
        Some(self.handover(Receiver::Topic(name), api, route, written))
    }

    fn handover(
        &mut self,
        to: Receiver,
        api: &manifest::Api,
        route: &RouteKey,
        written: &manifest::Route,
    ) -> Integration {
        let names = Names::of_request(route);
        let place = match &route.path {
            PathPattern::Default => format!("{}/$default", api.stage.0),
            PathPattern::Path { text, .. } => format!("{}/{}{text}", api.stage.0, route.method),
        };
        if let Some(body) = &written.body {
            self.check_json(body, &names, Raw::Alone);
        }
        let mut attributes = Vec::new();
        for (name, text) in written.attributes.iter().flat_map(Map::readable) {
            self.check_text(&text.value, text.span, &names, Raw::Refused);
            attributes.push((name.text.clone(), text.value.clone()));
        }
        let mut text = |text: &Option<Spanned<Filled>>| {
            let text = text.as_ref()?;
            self.check_text(&text.value.0, text.span, &names, Raw::Refused);
            Some(text.value.0.clone())
        };
        let (group, deduplication) = (text(&written.group), text(&written.deduplication));
        let subject = text(&written.subject);
        Integration::Handover(Handover {
            to,
            source: self.account.arn("execute-api", place),
            body: written.body.as_ref().map(|body| body.value.clone()),
            group,
            deduplication,
            attributes,
            subject,
        })
    }

    /// A FIFO receiver needs a group, and something that tells duplicates.
    fn check_order(
        &mut self,
        is_fifo: bool,
        dedup: Option<&Spanned<Dedup>>,
        receiver: Span,
        written: &manifest::Route,
    ) {
        if !is_fifo {
            if let Some(group) = &written.deduplication {
                let message = "only FIFO receivers tell duplicates";
                let problem = Problem::new(Code::Conflict, message).at(group.span, "");
                self.problems.push(problem.help("remove `deduplication`"));
            }
            return;
        }
        if written.record().key("group").is_none() {
            let message = "a FIFO receiver needs a message group";
            let problem = Problem::new(Code::MissingKey, message).at(receiver, "");
            let help = "add `group`: messages of one group keep their order";
            self.problems.push(problem.help(help));
        }
        let by_content = dedup.is_some_and(|dedup| dedup.value == Dedup::Content);
        if !by_content && written.record().key("deduplication").is_none() {
            let message = "a FIFO receiver needs something that tells duplicates";
            let problem = Problem::new(Code::MissingKey, message).at(receiver, "");
            let help = "add `deduplication: \"{body.id}\"`, or `dedup: content` to the receiver";
            self.problems.push(problem.help(help));
        }
    }
}
