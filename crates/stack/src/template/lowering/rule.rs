//! Event rules and schedules.

use super::Lowering;
use super::target::{Named, named};
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::document::Resource;
use crate::template::native::Draft;
use crate::yaml::Node;

impl<'a> Lowering<'a> {
    pub(super) fn rule(&mut self, resource: &'a Resource<'a>) {
        let whole = Node::mapping(resource.key.span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["Name"]);
        bag.note(&["RoleArn"], self.told);
        self.default_bus(&mut bag);
        let span = resource.key.span;
        let mut targets = Vec::new();
        for target in bag.take("Targets").map(Node::items).unwrap_or_default() {
            targets.extend(self.rule_target(target));
        }
        let name = self.values.name(resource);
        self.rule_of(&name, span, &mut bag, targets);
        bag.finish(self.told);
    }

    /// A rule by pattern, by time, or both.
    pub(super) fn rule_of(
        &mut self,
        name: &str,
        span: Span,
        bag: &mut Bag<'_>,
        targets: Vec<Node>,
    ) {
        if targets.is_empty() {
            self.told.note(format!("the rule `{name}` has no targets, and is left out"), span);
        }
        let pattern = bag.take("EventPattern").or_else(|| bag.take("Pattern"));
        let when = bag.take("ScheduleExpression").or_else(|| bag.take("Schedule"));
        let mut common = Draft::new(span);
        let state = bag.take("State");
        let enabled = self.evaluated(state).map(|state| is_enabled(&state).to_string());
        common.put_some("enabled", enabled.map(|text| Node::plain(span, text)));
        let enabled = bag.take("Enabled");
        common.put_some("enabled", self.plain_of(enabled, "").map(super::trigger::lower));
        common.put_some("description", bag.take("Description").cloned());
        if when.is_none() && pattern.is_none() {
            return self.refuse("this says neither when, nor which events start it", span);
        }
        if targets.is_empty() {
            return;
        }
        if let Some(when) = when {
            self.when(when, &mut common);
        }
        if let Some(pattern) = pattern {
            common.put_some("pattern", self.parsed(Some(pattern)));
        }
        common.put("targets", Node::list(span, targets));
        self.native.add("rules", name, span, common.node(), self.told);
    }

    /// Events of other buses come from nowhere here.
    pub(super) fn default_bus(&mut self, bag: &mut Bag<'_>) {
        let Some(bus) = bag.take("EventBusName") else { return };
        let name = self.evaluated(Some(bus)).unwrap_or_default();
        if name != "default" && !name.ends_with("event-bus/default") {
            self.told.unsupported("event buses beside the default one are not supported", bus.span);
        }
    }

    fn rule_target(&mut self, target: &Node) -> Option<Node> {
        let mut bag = Bag::of("a target", target);
        bag.accept(&["Id"]);
        bag.note(&["RoleArn"], self.told);
        let arn = bag.take("Arn");
        let draft = arn.and_then(|arn| self.target(arn, &mut bag));
        bag.finish(self.told);
        draft.map(Draft::node)
    }

    /// What takes events: the resource of an ARN, and what it gets.
    pub(super) fn target(&mut self, arn: &Node, bag: &mut Bag<'_>) -> Option<Draft> {
        let text = self.evaluated(Some(arn))?;
        let mut draft = Draft::new(arn.span);
        match named(&text) {
            Some(Named::Function(name)) => draft.put("function", Node::text(arn.span, name)),
            Some(Named::Queue(name)) => draft.put("queue", Node::text(arn.span, name)),
            Some(Named::Topic(name)) => draft.put("topic", Node::text(arn.span, name)),
            None => {
                self.told.unsupported(format!("`{text}` cannot take events here"), arn.span);
                return None;
            }
        }
        self.target_settings(&mut draft, bag);
        Some(draft)
    }

    pub(super) fn target_settings(&mut self, draft: &mut Draft, bag: &mut Bag<'_>) {
        let input = bag.take("Input");
        draft.put_some("input", self.parsed(input));
        if let Some(policy) = bag.take("RetryPolicy") {
            let mut bag = Bag::of("RetryPolicy", policy);
            let attempts = bag.take("MaximumRetryAttempts");
            draft.put_some("retries", self.plain_of(attempts, ""));
            let age = bag.take("MaximumEventAgeInSeconds");
            draft.put_some("max_age", self.plain_of(age, "s"));
            bag.finish(self.told);
        }
        if let Some(dead) = bag.take("DeadLetterConfig") {
            let mut bag = Bag::of("DeadLetterConfig", dead);
            let arn = bag.take("Arn");
            bag.accept(&["Type", "QueueLogicalId"]);
            bag.finish(self.told);
            draft.put_some("dead_letters", arn.and_then(|node| self.queue_named(node)));
        }
        if let Some(group) = bag.take("SqsParameters").and_then(|it| it.get("MessageGroupId")) {
            draft.put("group", group.clone());
        }
    }

    /// `rate(5 minutes)`, as the keys that the manifest has for it.
    fn when(&mut self, expression: &Node, draft: &mut Draft) {
        let Some(text) = self.evaluated(Some(expression)) else { return };
        let inner = text.strip_suffix(')').and_then(|text| text.split_once('('));
        match inner {
            Some((kind @ ("rate" | "cron" | "at"), inner)) => {
                draft.put(kind, Node::text(expression.span, inner));
            }
            _ => self.refuse(
                format!("`{text}` is not `rate(..)`, `cron(..)` or `at(..)`"),
                expression.span,
            ),
        }
    }

    pub(super) fn schedule(&mut self, resource: &'a Resource<'a>) {
        let whole = Node::mapping(resource.key.span, resource.properties.to_vec());
        let Some(properties) = self.value(Some(&whole)) else { return };
        let mut bag = Bag::of(resource.kind, &properties);
        bag.accept(&["Name"]);
        let target = bag.take("Target").and_then(|target| self.rule_target(target));
        let name = self.values.name(resource);
        self.schedule_of(&name, resource.key.span, bag, target);
    }

    /// `bag` holds what a schedule says of itself beside its target.
    pub(super) fn schedule_of(
        &mut self,
        name: &str,
        span: Span,
        mut bag: Bag<'_>,
        target: Option<Node>,
    ) {
        bag.note(&["KmsKeyArn", "GroupName"], self.told);
        let mut draft = Draft::new(span);
        match bag.take("ScheduleExpression") {
            Some(when) => self.when(when, &mut draft),
            None => self.refuse("a schedule needs `ScheduleExpression`", span),
        }
        draft.put_some("zone", bag.take("ScheduleExpressionTimezone").cloned());
        draft.put_some("start", bag.take("StartDate").cloned());
        draft.put_some("end", bag.take("EndDate").cloned());
        draft.put_some("description", bag.take("Description").cloned());
        let state = bag.take("State");
        let enabled = self.evaluated(state).map(|state| is_enabled(&state).to_string());
        draft.put_some("enabled", enabled.map(|text| Node::plain(span, text)));
        if let Some(window) = bag.take("FlexibleTimeWindow") {
            let mut bag = Bag::of("FlexibleTimeWindow", window);
            bag.accept(&["Mode"]);
            let minutes = bag.take("MaximumWindowInMinutes");
            draft.put_some("window", self.plain_of(minutes, "m"));
            bag.finish(self.told);
        }
        bag.finish(self.told);
        let Some(target) = target else { return };
        draft.put("targets", Node::list(span, vec![target]));
        self.native.add("schedules", name, span, draft.node(), self.told);
    }
}

/// `ENABLED`, or of rules another state that begins so. People write `Enabled`, too.
fn is_enabled(state: &str) -> bool {
    state.to_ascii_uppercase().starts_with("ENABLED")
}
