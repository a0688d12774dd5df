//! Names of rules and schedules, in which EventBridge allows dots.

use super::{MAX_NAME, NameProblem};

/// Accepts 1 to 64 ASCII letters, digits, `-`, `_` and `.`.
fn check(text: &str) -> Result<(), NameProblem> {
    super::check(text, text, &['-', '_', '.'], MAX_NAME)
}

names! {
    check;
    /// Names a rule of the event bus.
    RuleName,
    /// Names a schedule within its group.
    ScheduleName,
    /// Names a group of schedules.
    ScheduleGroupName,
}

impl Default for ScheduleGroupName {
    /// The group of schedules that name none.
    fn default() -> Self {
        Self("default".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_allowed() {
        assert!(RuleName::parse("every.day-at_noon").is_ok());
        assert_eq!(ScheduleName::parse("a b"), Err(NameProblem::Character(' ')));
        assert_eq!(RuleName::parse(""), Err(NameProblem::Empty));
        assert_eq!(ScheduleGroupName::default().as_str(), "default");
    }
}
