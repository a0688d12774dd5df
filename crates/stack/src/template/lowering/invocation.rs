//! How functions are reached beside events: addresses of their own, and asynchronous invocations.

use super::Lowering;
use super::target::{Named, named};
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    /// What `AWS::Lambda::Url` says of a function.
    pub(super) fn url_of(&mut self, resource: &'a Resource<'a>) {
        self.about_a_function(resource, "TargetFunctionArn", "url", |this, bag, span| {
            Some(this.function_url(bag, span))
        });
    }

    /// What `AWS::Lambda::EventInvokeConfig` says of a function.
    pub(super) fn event_invoke(&mut self, resource: &'a Resource<'a>) {
        self.about_a_function(resource, "FunctionName", "async", |this, bag, span| {
            Some(this.asynchronous(bag, span, None))
        });
    }

    /// A resource that is a setting of a function here.
    fn about_a_function(
        &mut self,
        resource: &'a Resource<'a>,
        function: &'static str,
        key: &'static str,
        setting: impl FnOnce(&mut Self, &mut Bag<'_>, Span) -> Option<Node>,
    ) {
        let span = resource.key.span;
        let whole = Node::mapping(span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["Qualifier"]);
        let name = bag.take(function).and_then(|node| self.function_named(node));
        let value = setting(self, &mut bag, span);
        bag.finish(self.told);
        if let (Some(name), Some(value)) = (name, value) {
            self.settings.push((name, key, value));
        }
    }

    pub(super) fn function_url(&mut self, bag: &mut Bag<'_>, span: Span) -> Node {
        let mut draft = Draft::new(span);
        let written = bag.take("AuthType");
        match self.evaluated(written).as_deref() {
            Some("NONE") => draft.put("auth", Node::plain(span, "none")),
            Some("AWS_IAM") => draft.put("auth", Node::plain(span, "iam")),
            _ => {
                let span = written.map_or(span, |node| node.span);
                self.refuse("a function URL needs `AuthType`: `AWS_IAM` or `NONE`", span);
                draft.put("auth", Node::plain(span, "iam"));
            }
        }
        if self.evaluated(bag.take("InvokeMode")).as_deref() == Some("RESPONSE_STREAM") {
            draft.put("mode", Node::plain(span, "stream"));
        }
        if let Some(cors) = bag.take("Cors") {
            draft.put_some("cors", self.cors(cors));
        }
        draft.node()
    }

    /// Where events go that are given up: `DeadLetterQueue` of the Serverless Application Model, which says
    /// its type as well, or `DeadLetterConfig`.
    pub(super) fn dead_letters(&mut self, bag: &mut Bag<'a>) -> Option<Node> {
        let written = bag.take("DeadLetterQueue").or_else(|| bag.take("DeadLetterConfig"));
        let config = self.value(written)?;
        let mut bag = Bag::of("a dead-letter target", &config);
        let kind = bag.take("Type");
        let arn = bag.take("TargetArn");
        bag.finish(self.told);
        if let Some(kind) = kind
            && let Some(text) = self.evaluated(Some(kind))
            && !["SQS", "SNS"].contains(&&*text)
        {
            self.refuse(format!("dead letters go to `SQS` or `SNS`, not to `{text}`"), kind.span);
        }
        let Some(arn) = arn else {
            self.refuse("a dead-letter target needs `TargetArn`", config.span);
            return None;
        };
        let mut draft = Draft::new(config.span);
        draft.put("dead_letters", self.told_at(arn)?);
        Some(draft.node())
    }

    /// `made` begins the names of what is made for it.
    pub(super) fn asynchronous(
        &mut self,
        bag: &mut Bag<'_>,
        span: Span,
        made: Option<&str>,
    ) -> Node {
        let mut draft = Draft::new(span);
        let retries = bag.take("MaximumRetryAttempts");
        draft.put_some("retries", self.plain_of(retries, ""));
        let age = bag.take("MaximumEventAgeInSeconds");
        draft.put_some("max_age", self.plain_of(age, "s"));
        if let Some(destinations) = bag.take("DestinationConfig") {
            let mut bag = Bag::of("DestinationConfig", destinations);
            let (success, failure) = (bag.take("OnSuccess"), bag.take("OnFailure"));
            bag.finish(self.told);
            draft.put_some(
                "on_success",
                success.and_then(|it| self.destination(it, made, "OnSuccess")),
            );
            draft.put_some(
                "on_failure",
                failure.and_then(|it| self.destination(it, made, "OnFailure")),
            );
        }
        draft.node()
    }

    /// `made` begins the names of what the Serverless Application Model makes where no destination is named.
    fn destination(&mut self, written: &Node, made: Option<&str>, when: &str) -> Option<Node> {
        let span = written.span;
        let mut bag = Bag::of("a destination", written);
        let kind = bag.take("Type");
        let arn = bag.take("Destination");
        bag.finish(self.told);
        if let (Some(made), None) = (made, arn) {
            let mut draft = Draft::new(span);
            let (section, noun, what) = match self.evaluated(kind).as_deref() {
                Some("SQS") => ("queues", "queue", "Queue"),
                Some("SNS") => ("topics", "topic", "Topic"),
                _ => {
                    self.refuse("this destination needs `Destination`", span);
                    return None;
                }
            };
            let name = self.values.name_of(&format!("{made}{when}{what}"), "");
            self.native.add(section, &name, span, Node::mapping(span, Vec::new()), self.told);
            draft.put(noun, Node::text(span, name));
            return Some(draft.node());
        }
        self.told_at(arn?)
    }

    /// Whom an ARN has told of events.
    fn told_at(&mut self, arn: &Node) -> Option<Node> {
        let text = self.evaluated(Some(arn))?;
        let mut draft = Draft::new(arn.span);
        if model::Arn::parse(&text).is_some_and(|arn| arn.is_event_bus()) {
            draft.put("bus", Node::text(arn.span, "default"));
            return Some(draft.node());
        }
        match named(&text) {
            Some(Named::Function(name)) => draft.put("function", Node::text(arn.span, name)),
            Some(Named::Queue(name)) => draft.put("queue", Node::text(arn.span, name)),
            Some(Named::Topic(name)) => draft.put("topic", Node::text(arn.span, name)),
            None => {
                let message = format!("`{text}` cannot be told outcomes here");
                self.told.unsupported(message, arn.span);
                return None;
            }
        }
        Some(draft.node())
    }
}
