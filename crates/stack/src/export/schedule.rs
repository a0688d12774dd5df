//! Schedules and event rules.

use model::schedule::{Missed, Timetable};
use model::topic::function_of;
use model::{EventRule, EventTarget, RetryPolicy, Schedule, TargetInput, Timestamp, Zone};

use super::Export;
use super::block::{self, Block};
use super::event;
use super::ids::{Sort, pascal};
use super::queue::tagged;
use crate::yaml::Node;

/// The role of schedules that send to queues and topics.
const ROLE: &str = "SchedulerRole";

impl Export<'_> {
    /// AWS's schedules have one target each.
    pub(super) fn schedule(&mut self, schedule: &Schedule) {
        let path = ["schedules", schedule.name.as_str()];
        if schedule.missed != Missed::default() {
            let message = "what is done about missed times cannot be said: `missed`";
            self.gap(message, &[path[0], path[1], "missed"]);
        }
        if schedule.targets.len() > 1 {
            let message = "on AWS a schedule has one target: each has a schedule of its own there";
            self.note(message, &[path[0], path[1], "targets"]);
        }
        for (target, number) in schedule.targets.iter().zip(1..) {
            let name = match number {
                1 => schedule.name.to_string(),
                number => format!("{}-{number}", schedule.name),
            };
            self.schedule_of(schedule, &name, target);
        }
    }

    fn schedule_of(&mut self, schedule: &Schedule, name: &str, target: &EventTarget) {
        let Schedule { timetable, window, enabled, description, .. } = schedule;
        let Timetable { expression, zone, start, end } = timetable;
        let mut block = Block::new();
        block.text("Name", name);
        block.some("Description", description.as_deref().map(block::text));
        block.text("ScheduleExpression", &expression.to_string());
        if *zone != Zone::UTC {
            block.text("ScheduleExpressionTimezone", zone.name());
        }
        for (key, date) in [("StartDate", start), ("EndDate", end)] {
            block.some(key, date.map(|date| block::text(&written(date))));
        }
        if !enabled {
            block.text("State", "DISABLED");
        }
        let mut flexible = Block::new();
        match window.as_secs() {
            0 => flexible.text("Mode", "OFF"),
            seconds => {
                flexible.text("Mode", "FLEXIBLE");
                flexible.plain("MaximumWindowInMinutes", seconds.div_ceil(60));
            }
        }
        block.put("FlexibleTimeWindow", flexible.node());
        if let Some((function, None)) = function_of(&target.arn) {
            block.append(self.target_settings(target));
            let event = event::of("ScheduleV2", block);
            return self.start(&function, &pascal(name), event);
        }
        let mut settings = Block::new();
        settings.put("Arn", self.text(target.arn.as_str(), &[]));
        settings.put("RoleArn", block::attribute(ROLE, "Arn"));
        settings.append(self.target_settings(target));
        block.put("Target", settings.node());
        let id = match name == schedule.name.as_str() {
            true => self.id(Sort::Schedule, name),
            false => self.ids.free(&(pascal(name) + "Schedule")),
        };
        self.add(&id, "AWS::Scheduler::Schedule", block);
        self.scheduler_role();
    }

    /// Once.
    fn scheduler_role(&mut self) {
        if self.resources.iter().any(|entry| entry.key.text == ROLE) {
            return;
        }
        let allow = |key: &str, value: Node, action: Node| {
            let mut statement = Block::new();
            statement.text("Effect", "Allow");
            statement.put(key, value);
            statement.put("Action", action);
            let mut document = Block::new();
            document.text("Version", "2012-10-17");
            document.put("Statement", block::list(vec![statement.node()]));
            document.node()
        };
        let mut service = Block::new();
        service.text("Service", "scheduler.amazonaws.com");
        let mut policy = Block::new();
        policy.text("PolicyName", "send");
        let actions = ["sqs:SendMessage", "sns:Publish"].map(block::text).to_vec();
        policy.put("PolicyDocument", allow("Resource", block::text("*"), block::list(actions)));
        let mut properties = Block::new();
        let assumed = allow("Principal", service.node(), block::text("sts:AssumeRole"));
        properties.put("AssumeRolePolicyDocument", assumed);
        properties.put("Policies", block::list(vec![policy.node()]));
        self.add(ROLE, "AWS::IAM::Role", properties);
    }

    pub(super) fn rule(&mut self, rule: &EventRule) {
        let EventRule { name, pattern, expression, enabled, description, role: _, targets, tags } =
            rule;
        let mut block = Block::new();
        block.text("Name", name.as_str());
        block.some("Description", description.as_deref().map(block::text));
        block.some("EventPattern", pattern.as_deref().map(block::parsed));
        if let Some(expression) = expression {
            block.text("ScheduleExpression", &expression.to_string());
        }
        if !enabled {
            block.text("State", "DISABLED");
        }
        let id = self.id(Sort::Rule, name.as_str());
        let mut all = Vec::new();
        for target in targets {
            let mut settings = Block::new();
            settings.text("Id", &target.id);
            settings.put("Arn", self.text(target.arn.as_str(), &[]));
            settings.append(self.target_settings(target));
            all.push(settings.node());
            match function_of(&target.arn) {
                Some((function, _)) => self.permit(&id, function.as_str()),
                None if target.arn.service() == "sqs" => {
                    self.sends("events.amazonaws.com", target.arn.resource());
                }
                None => {}
            }
        }
        block.put("Targets", block::list(all));
        block.some("Tags", tagged(tags));
        self.add(&id, "AWS::Events::Rule", block);
    }

    /// Lets a rule invoke a function.
    fn permit(&mut self, rule: &str, function: &str) {
        let function = self.id(Sort::Function, function);
        let mut block = Block::new();
        block.put("FunctionName", block::reference(&function));
        block.text("Action", "lambda:InvokeFunction");
        block.text("Principal", "events.amazonaws.com");
        block.put("SourceArn", block::attribute(rule, "Arn"));
        let id = self.ids.free(&format!("{rule}{function}Permission"));
        self.add(&id, "AWS::Lambda::Permission", block);
    }

    /// What a target gets, and how long that is tried.
    fn target_settings(&mut self, target: &EventTarget) -> Block {
        let EventTarget { id: _, arn: _, group, input, retry, dead_letters, role: _ } = target;
        let mut block = Block::new();
        match input {
            TargetInput::Event => {}
            TargetInput::Text(text) => block.text("Input", text),
            TargetInput::Path(path) => block.text("InputPath", path),
            TargetInput::Transformer { paths, template } => {
                let mut map = Block::new();
                paths.iter().for_each(|(name, path)| map.text(name, path));
                let mut transformer = Block::new();
                transformer.put("InputPathsMap", map.node());
                transformer.text("InputTemplate", template);
                block.put("InputTransformer", transformer.node());
            }
        }
        let RetryPolicy { most_age, most_attempts } = *retry;
        if *retry != RetryPolicy::default() {
            let mut policy = Block::new();
            policy.plain("MaximumEventAgeInSeconds", most_age.as_secs());
            policy.plain("MaximumRetryAttempts", most_attempts);
            block.put("RetryPolicy", policy.node());
        }
        if let Some(arn) = dead_letters {
            let mut dead = Block::new();
            dead.put("Arn", self.text(arn.as_str(), &[]));
            block.put("DeadLetterConfig", dead.node());
            self.sends("events.amazonaws.com", arn.resource());
        }
        if let Some(group) = group {
            let mut parameters = Block::new();
            parameters.text("MessageGroupId", group);
            block.put("SqsParameters", parameters.node());
        }
        block
    }
}

/// To the second, as schedules have dates.
fn written(date: Timestamp) -> String {
    let text = date.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}
