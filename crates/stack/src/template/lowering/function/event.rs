//! What starts a function of the Serverless Application Model.

mod route;

use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::Draft;
use crate::yaml::{Entry, Key, Node, Value};

impl Lowering<'_> {
    /// `function` is its logical id, `name` what it is called here.
    pub(super) fn event(&mut self, function: &str, name: &str, event: &Entry) {
        let Entry { key, value } = event;
        let Some(kind) = self.text(value.get("Type")) else {
            self.refuse(format!("the event `{}` has no type", key.text), key.span);
            return;
        };
        let properties = self.value(value.get("Properties"));
        let properties = properties.unwrap_or_else(|| Node::mapping(key.span, Vec::new()));
        match &*kind {
            "Api" => self.rest_route(name, key, &properties),
            "HttpApi" => self.http_route(name, key, &properties),
            "SQS" => {
                let mut bag = Bag::of("an SQS event", &properties);
                let queue = bag.take("Queue");
                let id = format!("{function}{}", key.text);
                self.trigger(&id, key.span, name.to_owned(), queue, bag);
            }
            "SNS" => self.topic_event(function, name, key, &properties),
            "Schedule" | "EventBridgeRule" | "CloudWatchEvent" => {
                let id = self.event_name(function, key, &properties);
                let properties = self.dead_queue(function, key, properties);
                self.rule_event(&id, name, key, &properties);
            }
            "ScheduleV2" => {
                // Unless told otherwise, schedules are called by their logical ids alone.
                let own = format!("{function}{}", key.text);
                let omits =
                    self.evaluated(properties.get("OmitName")).is_some_and(|it| it == "true");
                let id = match self.evaluated(properties.get("Name")) {
                    Some(name) => name,
                    None if omits => self.values.name_of(&own, ""),
                    None => own,
                };
                let properties = self.dead_queue(function, key, properties);
                let mut bag = Bag::of("a ScheduleV2 event", &properties);
                bag.accept(&["Name", "OmitName"]);
                bag.note(&["RoleArn", "PermissionsBoundary"], self.told);
                let target = self.function_target(name, key.span, &mut bag);
                self.schedule_of(&id, key.span, bag, Some(target.node()));
            }
            _ => {
                let span = value.get("Type").map_or(key.span, |node| node.span);
                self.told.unsupported(format!("events of type `{kind}` are not supported"), span);
            }
        }
    }

    /// What an event's own resource is called.
    fn event_name(&mut self, function: &str, event: &Key, properties: &Node) -> String {
        let named = properties.get("Name").or_else(|| properties.get("RuleName"));
        let own = self.evaluated(named);
        own.unwrap_or_else(|| self.values.name_of(&format!("{function}{}", event.text), ""))
    }

    fn function_target(&mut self, function: &str, span: Span, bag: &mut Bag<'_>) -> Draft {
        let mut target = Draft::new(span);
        target.put("function", Node::text(span, function));
        self.target_settings(&mut target, bag);
        target
    }

    fn rule_event(&mut self, id: &str, function: &str, event: &Key, properties: &Node) {
        let mut bag = Bag::of("an event of the event bus", properties);
        bag.accept(&["Name", "RuleName"]);
        // It names the rule's target, which is the function.
        bag.accept(&["Target"]);
        self.default_bus(&mut bag);
        let target = self.function_target(function, event.span, &mut bag);
        self.rule_of(id, event.span, &mut bag, vec![target.node()]);
        bag.finish(self.told);
    }

    fn topic_event(&mut self, id: &str, function: &str, event: &Key, properties: &Node) {
        let span = event.span;
        let mut bag = Bag::of("an SNS event", properties);
        let Some(written) = bag.take("Topic") else {
            return self.refuse("an SNS event needs `Topic`", span);
        };
        let topic = self.topic_named(written);
        let mut draft = Draft::new(span);
        match bag.take("SqsSubscription").filter(|it| !is_false(it)) {
            Some(queue) => {
                let queue =
                    self.queue_between(&format!("{id}{}", event.text), function, span, queue);
                draft.put_some("queue", queue);
            }
            None => draft.put("function", Node::text(span, function)),
        }
        self.delivered(&mut draft, &mut bag);
        bag.note(&["Region"], self.told);
        bag.finish(self.told);
        self.subscriptions.extend(topic.map(|topic| (topic, span, draft.node())));
    }

    /// The queue through which a function gets the messages of a topic: one that is made, or the template's.
    fn queue_between(
        &mut self,
        id: &str,
        function: &str,
        span: Span,
        written: &Node,
    ) -> Option<Node> {
        let mut bag = Bag::of("SqsSubscription", written);
        bag.accept(&["QueueUrl", "QueuePolicyLogicalId"]);
        let queue = match bag.take("QueueArn") {
            Some(arn) => self.queue_named(arn)?,
            None => self.made_queue(&format!("{id}Queue"), span),
        };
        let reference = format!("${{queue:{}.arn}}", queue.as_text().unwrap_or_default());
        let source = Node::text(span, reference);
        let mapping = format!("{id}EventSourceMapping");
        self.trigger(&mapping, span, function.to_owned(), Some(&source), bag);
        Some(queue)
    }

    /// A queue that the Serverless Application Model makes, and its name.
    fn made_queue(&mut self, id: &str, span: Span) -> Node {
        let name = self.values.name_of(id, "");
        self.native.add("queues", &name, span, Node::mapping(span, Vec::new()), self.told);
        Node::text(span, name)
    }

    /// The properties of an event with the queue for what its function did not take, where one is to be made.
    fn dead_queue(&mut self, function: &str, event: &Key, mut properties: Node) -> Node {
        let Value::Mapping(entries) = &mut properties.value else { return properties };
        let Some(config) = entries.iter_mut().find(|it| it.key.text == "DeadLetterConfig") else {
            return properties;
        };
        if config.value.get("Arn").is_some() || config.value.get("Type").is_none() {
            return properties;
        }
        let span = config.key.span;
        let own = config.value.get("QueueLogicalId").and_then(Node::as_text);
        let id = own.map_or_else(|| format!("{function}{}Queue", event.text), str::to_owned);
        let name = self.made_queue(&id, span);
        let reference = format!("${{queue:{}.arn}}", name.as_text().unwrap_or_default());
        let arn = Entry::new("Arn", span, Node::text(span, reference));
        config.value = Node::mapping(span, vec![arn]);
        properties
    }
}

fn is_false(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.eq_ignore_ascii_case("false"))
}
