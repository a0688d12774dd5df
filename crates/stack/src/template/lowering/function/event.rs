//! What starts a function of the Serverless Application Model.

mod route;

use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::Lowering;
use crate::template::native::Draft;
use crate::yaml::{Entry, Key, Node};

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
            "SNS" => self.topic_event(name, key, &properties),
            "Schedule" | "EventBridgeRule" | "CloudWatchEvent" => {
                let id = self.event_name(function, key, &properties);
                self.rule_event(&id, name, key, &properties);
            }
            "ScheduleV2" => {
                let id = self.event_name(function, key, &properties);
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
        self.default_bus(&mut bag);
        let target = self.function_target(function, event.span, &mut bag);
        self.rule_of(id, event.span, &mut bag, vec![target.node()]);
        bag.finish(self.told);
    }

    fn topic_event(&mut self, function: &str, event: &Key, properties: &Node) {
        let mut bag = Bag::of("an SNS event", properties);
        let Some(topic) = bag.take("Topic").and_then(|node| self.topic_named(node)) else { return };
        let mut draft = Draft::new(event.span);
        draft.put("function", Node::text(event.span, function));
        self.delivered(&mut draft, &mut bag);
        bag.note(&["Region"], self.told);
        bag.finish(self.told);
        self.subscriptions.push((topic, event.span, draft.node()));
    }
}
