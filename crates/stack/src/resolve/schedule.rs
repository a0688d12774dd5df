//! Schedules and event rules.

use model::schedule::Dialect;
use model::{
    EventRule, Pattern, RuleName, Schedule, ScheduleExpression, ScheduleName, Timestamp, Timetable,
};

use super::Scope;
use crate::manifest::{self, schedule::expression};
use crate::problem::{Code, Problem};
use crate::shape::{Filled, Map, Spanned};
use crate::source::Span;

const WHEN: [&str; 3] = ["rate", "cron", "at"];

impl Scope<'_> {
    pub(super) fn schedules(&mut self) -> Vec<Schedule> {
        let mut all = Vec::new();
        for (named, written) in self.manifest.schedules.iter().flat_map(Map::readable) {
            let targets = self.targets(&written.targets.0);
            let Some((expression, span)) = self.expression(written) else { continue };
            let Ok(name) = ScheduleName::parse(&named.text) else { continue };
            let mut schedule = Schedule::new(name, expression);
            schedule.timetable = Timetable {
                zone: written.zone.0.clone(),
                start: written.start.as_ref().map(|start| start.value.0),
                end: written.end.as_ref().map(|end| end.value.0),
                ..schedule.timetable
            };
            self.check_due(&schedule.timetable, written, span);
            schedule.window = written.window.0;
            schedule.missed = written.missed;
            schedule.enabled = written.enabled;
            schedule.description.clone_from(&written.description);
            schedule.targets = targets;
            all.push(schedule);
        }
        all
    }

    fn expression(&mut self, written: &manifest::Schedule) -> Option<(ScheduleExpression, Span)> {
        self.exactly_one(written, "a schedule", &WHEN)?;
        let texts = [&written.rate, &written.cron, &written.at];
        let found = WHEN.iter().zip(texts).find_map(|(kind, text)| Some((kind, text.as_ref()?)));
        let (kind, text) = found?;
        Some((self.timing(kind, text, Dialect::Scheduler)?, text.span))
    }

    fn timing(
        &mut self,
        kind: &str,
        text: &Spanned<Filled>,
        dialect: Dialect,
    ) -> Option<ScheduleExpression> {
        let Spanned { value, span } = text;
        match expression(kind, &value.0, dialect) {
            Ok(expression) => Some(expression),
            Err(refused) => {
                let problem = Problem::new(refused.code, refused.why).at(*span, "");
                self.problems.push(problem.maybe_help(refused.help));
                None
            }
        }
    }

    /// Reports what is never due. A time that has passed was due once: a server that starts again
    /// finds it in its manifest.
    fn check_due(&mut self, timetable: &Timetable, written: &manifest::Schedule, span: Span) {
        if let ScheduleExpression::At(_) = timetable.expression {
            for (key, bound) in [("start", &written.start), ("end", &written.end)] {
                let Some(bound) = bound else { continue };
                let message = format!("`{key}` is nothing to a schedule of one time");
                let warning = Problem::new(Code::IdleSetting, message).at(bound.span, "");
                self.warnings.push(warning.help("remove it"));
            }
        } else if let (Some(start), Some(end)) = (&written.start, &written.end)
            && end.value.0 <= start.value.0
        {
            let problem = Problem::new(Code::Schedule, "the schedule ends before it starts");
            let problem = problem.at(end.span, "").related(start.span, "it starts here");
            self.problems.push(problem.help("choose a later end"));
            return;
        }
        if timetable.next(Timestamp(0), Timestamp(0)).is_none() {
            let problem = Problem::new(Code::Schedule, "this is never due").at(span, "");
            let help = match timetable.expression {
                ScheduleExpression::At(_) => {
                    "clocks in its `zone` skip it, where they are set forward"
                }
                _ => "no date fits: compare its day, month and year, and `end`",
            };
            self.problems.push(problem.help(help));
        }
    }

    pub(super) fn event_rules(&mut self) -> Vec<EventRule> {
        let mut all = Vec::new();
        for (named, written) in self.manifest.rules.iter().flat_map(Map::readable) {
            let Ok(name) = RuleName::parse(&named.text) else { continue };
            let pattern = self.pattern(written);
            let expression = match (&written.rate, &written.cron) {
                (Some(_), Some(_)) => {
                    let _ = self.exactly_one(written, "an event rule", &WHEN[..2]);
                    continue;
                }
                (Some(rate), None) => self.timing("rate", rate, Dialect::Rules),
                (None, Some(cron)) => self.timing("cron", cron, Dialect::Rules),
                (None, None) => None,
            };
            if written.pattern.is_none() && written.rate.is_none() && written.cron.is_none() {
                let message =
                    format!("the event rule `{}` says which events in no way", named.text);
                let problem = Problem::new(Code::MissingKey, message).at(named.span, "");
                self.problems.push(problem.help("give it a `pattern`, a `rate` or a `cron`"));
            }
            all.push(EventRule {
                pattern,
                expression,
                enabled: written.enabled,
                description: written.description.clone(),
                targets: self.targets(&written.targets.0),
                tags: super::queue::tags(written.tags.as_ref()),
                ..EventRule::new(name)
            });
        }
        all
    }

    fn pattern(&mut self, written: &manifest::EventRule) -> Option<String> {
        let manifest::sequence::JsonText { value, span, .. } = written.pattern.as_ref()?;
        let pattern = value.to_string();
        if let Err(problem) = Pattern::compile(&pattern) {
            let message = format!("this event pattern matches nothing: {problem}");
            let problem = Problem::new(Code::Pattern, message).at(*span, "");
            self.problems
                .push(problem.help("write names with lists of values: `{ source: [shop] }`"));
        }
        Some(pattern)
    }
}
