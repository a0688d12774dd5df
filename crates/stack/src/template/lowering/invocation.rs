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
            Some(this.asynchronous(bag, span))
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
        let auth = self.evaluated(bag.take("AuthType"));
        let auth = if auth.as_deref() == Some("NONE") { "none" } else { "iam" };
        draft.put("auth", Node::plain(span, auth));
        if self.evaluated(bag.take("InvokeMode")).as_deref() == Some("RESPONSE_STREAM") {
            draft.put("mode", Node::plain(span, "stream"));
        }
        if let Some(cors) = bag.take("Cors") {
            draft.put_some("cors", self.cors(cors));
        }
        draft.node()
    }

    pub(super) fn asynchronous(&mut self, bag: &mut Bag<'_>, span: Span) -> Node {
        let mut draft = Draft::new(span);
        let retries = bag.take("MaximumRetryAttempts");
        draft.put_some("retries", self.plain_of(retries, ""));
        let age = bag.take("MaximumEventAgeInSeconds");
        draft.put_some("max_age", self.plain_of(age, "s"));
        if let Some(destinations) = bag.take("DestinationConfig") {
            let mut bag = Bag::of("DestinationConfig", destinations);
            let (success, failure) = (bag.take("OnSuccess"), bag.take("OnFailure"));
            bag.finish(self.told);
            draft.put_some("on_success", success.and_then(|node| self.destination(node)));
            draft.put_some("on_failure", failure.and_then(|node| self.destination(node)));
        }
        draft.node()
    }

    fn destination(&mut self, written: &Node) -> Option<Node> {
        let mut bag = Bag::of("a destination", written);
        bag.accept(&["Type"]);
        let arn = bag.take("Destination");
        bag.finish(self.told);
        let arn = arn?;
        let text = self.evaluated(Some(arn))?;
        let mut draft = Draft::new(arn.span);
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
