//! Bounds that the models of AWS's services have for members of inputs, and how they say that one is broken.
//! <https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html>

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::error::AwsError;

/// Members that broke a bound: all of an input are told at once.
#[derive(Debug, Default)]
pub(crate) struct Broken(Vec<String>);

impl Broken {
    fn note(&mut self, value: impl Display, member: &str, rule: impl Display) {
        self.0.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must {rule}"
        ));
    }

    pub(crate) fn null(&mut self, member: &str) {
        self.0.push(format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ));
    }

    pub(crate) fn pattern(&mut self, value: &str, member: &str, pattern: &str, holds: bool) {
        if !holds {
            let rule = format_args!("satisfy regular expression pattern: {pattern}");
            self.note(value, member, rule);
        }
    }

    pub(crate) fn not_in(&mut self, value: impl Display, member: &str, all: &str) {
        self.note(value, member, format_args!("satisfy enum value set: {all}"));
    }

    pub(crate) fn within(&mut self, value: i64, member: &str, range: RangeInclusive<i64>) {
        if value < *range.start() {
            let rule = format_args!("have value greater than or equal to {}", range.start());
            self.note(value, member, rule);
        } else if value > *range.end() {
            let rule = format_args!("have value less than or equal to {}", range.end());
            self.note(value, member, rule);
        }
    }

    pub(crate) fn at_most(&mut self, text: &str, member: &str, most: usize) {
        if text.chars().count() > most {
            let rule = format_args!("have length less than or equal to {most}");
            self.note(text, member, rule);
        }
    }

    pub(crate) fn refuse(&self) -> Result<(), AwsError> {
        if self.0.is_empty() { Ok(()) } else { Err(self.refusal()) }
    }

    fn refusal(&self) -> AwsError {
        let count = match self.0.len() {
            1 => "1 validation error".to_owned(),
            more => format!("{more} validation errors"),
        };
        let message = format!("{count} detected: {}", self.0.join("; "));
        AwsError::bad("ValidationException", message)
    }
}

/// One member that must be there.
pub(crate) fn null(member: &str) -> AwsError {
    let mut broken = Broken::default();
    broken.null(member);
    broken.refusal()
}

/// One member that broke its bound.
pub(crate) fn broken(value: impl Display, member: &str, rule: impl Display) -> AwsError {
    let mut broken = Broken::default();
    broken.note(value, member, rule);
    broken.refusal()
}

/// One member whose text does not have its form.
pub(crate) fn no_match(value: impl Display, member: &str, pattern: &str) -> AwsError {
    broken(value, member, format_args!("satisfy regular expression pattern: {pattern}"))
}

/// One member that is none of the values that it can be.
pub(crate) fn not_in(value: impl Display, member: &str, all: &str) -> AwsError {
    let mut broken = Broken::default();
    broken.not_in(value, member, all);
    broken.refusal()
}

/// A number within its bounds.
pub(crate) fn within(
    value: i64,
    member: &str,
    range: RangeInclusive<i64>,
) -> Result<u32, AwsError> {
    let mut broken = Broken::default();
    broken.within(value, member, range);
    broken.refuse()?;
    Ok(u32::try_from(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_broken_is_told_at_once() {
        let mut broken = Broken::default();
        broken.within(0, "timeout", 1..=900);
        broken.within(900, "timeout", 1..=900);
        broken.at_most("four", "description", 3);
        broken.null("role");
        let refused = broken.refuse().expect_err("three are broken");
        assert_eq!(refused.code(), "ValidationException");
        assert_eq!(
            refused.message(),
            "3 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: \
             Member must have value greater than or equal to 1; Value 'four' at 'description' \
             failed to satisfy constraint: Member must have length less than or equal to 3; Value \
             null at 'role' failed to satisfy constraint: Member must not be null"
        );
        assert!(Broken::default().refuse().is_ok());
    }
}
