//! When a delivery that failed is tried again.
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>

use std::time::Duration;

/// Four phases: at once, at the smallest delay, with growing delays, at the largest delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Retries {
    /// Seconds.
    pub min_delay_target: u32,
    /// Seconds.
    pub max_delay_target: u32,
    /// In all phases together.
    pub num_retries: u32,
    pub num_max_delay_retries: u32,
    pub num_no_delay_retries: u32,
    pub num_min_delay_retries: u32,
    pub backoff_function: Backoff,
}

/// How delays grow from the smallest to the largest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backoff {
    #[default]
    Linear,
    Arithmetic,
    Geometric,
    Exponential,
}

/// What AWS does for HTTP endpoints without a policy.
impl Default for Retries {
    fn default() -> Self {
        Self {
            min_delay_target: 20,
            max_delay_target: 20,
            num_retries: 3,
            num_max_delay_retries: 0,
            num_no_delay_retries: 0,
            num_min_delay_retries: 0,
            backoff_function: Backoff::Linear,
        }
    }
}

impl Retries {
    /// To queues and functions: over 23 days.
    pub const INTERNAL: Self = Self {
        min_delay_target: 1,
        max_delay_target: 20,
        num_retries: 100_015,
        num_max_delay_retries: 100_000,
        num_no_delay_retries: 3,
        num_min_delay_retries: 2,
        backoff_function: Backoff::Exponential,
    };

    /// By e-mail: over six hours.
    pub const MAIL: Self = Self {
        min_delay_target: 10,
        max_delay_target: 600,
        num_retries: 50,
        num_max_delay_retries: 38,
        num_no_delay_retries: 0,
        num_min_delay_retries: 2,
        backoff_function: Backoff::Exponential,
    };

    /// How long to wait before retry `nth`, which is 1 after the first failure; `None` once there
    /// are no more.
    pub fn delay(&self, nth: u32) -> Option<Duration> {
        if nth == 0 || nth > self.num_retries {
            return None;
        }
        let Some(nth) = nth.checked_sub(self.num_no_delay_retries).filter(|nth| *nth > 0) else {
            return Some(Duration::ZERO);
        };
        let min = Duration::from_secs(self.min_delay_target.into());
        let Some(nth) = nth.checked_sub(self.num_min_delay_retries).filter(|nth| *nth > 0) else {
            return Some(min);
        };
        let growing = self.growing();
        if nth > growing {
            return Some(Duration::from_secs(self.max_delay_target.into()));
        }
        let seconds = self.backoff_function.at(
            f64::from(nth),
            f64::from(growing),
            f64::from(self.min_delay_target),
            f64::from(self.max_delay_target),
        );
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(min))
    }

    /// Retries of the phase in which delays grow.
    fn growing(&self) -> u32 {
        let others =
            self.num_no_delay_retries + self.num_min_delay_retries + self.num_max_delay_retries;
        self.num_retries.saturating_sub(others)
    }

    /// All delays together.
    pub fn total(&self) -> Duration {
        (1..=self.num_retries).filter_map(|nth| self.delay(nth)).sum()
    }
}

impl Backoff {
    /// The delay of step `nth` of `steps`; the last one has the largest.
    fn at(self, nth: f64, steps: f64, min: f64, max: f64) -> f64 {
        let share = match self {
            Self::Linear => nth / steps,
            Self::Arithmetic => nth * (nth + 1.0) / (steps * (steps + 1.0)),
            Self::Geometric => return min * (max / min).powf(nth / steps),
            Self::Exponential => nth.exp2() / steps.exp2(),
        };
        min + (max - min) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(retries: &Retries) -> Vec<u64> {
        let delays = (1..).map_while(|nth| retries.delay(nth));
        delays.take(20).map(|delay| delay.as_secs()).collect()
    }

    #[test]
    fn the_phases_follow_each_other() {
        let retries = Retries {
            min_delay_target: 1,
            max_delay_target: 60,
            num_retries: 10,
            num_no_delay_retries: 2,
            num_min_delay_retries: 2,
            num_max_delay_retries: 2,
            backoff_function: Backoff::Linear,
        };
        assert_eq!(delays(&retries), [0, 0, 1, 1, 15, 30, 45, 60, 60, 60]);
    }

    #[test]
    fn functions_grow_differently_to_the_same_end() {
        let of = |backoff_function| Retries {
            min_delay_target: 10,
            max_delay_target: 160,
            num_retries: 4,
            backoff_function,
            ..Retries::default()
        };
        assert_eq!(delays(&of(Backoff::Linear)), [47, 85, 122, 160]);
        assert_eq!(delays(&of(Backoff::Arithmetic)), [25, 55, 100, 160]);
        assert_eq!(delays(&of(Backoff::Geometric)), [20, 40, 80, 160]);
        assert_eq!(delays(&of(Backoff::Exponential)), [28, 47, 85, 160]);
    }

    #[test]
    fn without_a_policy_http_is_tried_three_times_again() {
        assert_eq!(delays(&Retries::default()), [20, 20, 20]);
    }

    #[test]
    fn queues_and_functions_are_tried_for_days_and_mail_for_hours() {
        assert_eq!(delays(&Retries::INTERNAL)[..6], [0, 0, 0, 1, 1, 1]);
        assert_eq!(Retries::INTERNAL.delay(100_015), Some(Duration::from_secs(20)));
        assert_eq!(Retries::INTERNAL.delay(100_016), None);
        assert!(Retries::INTERNAL.total() > Duration::from_hours(23 * 24));
        assert!(Retries::MAIL.total() > Duration::from_hours(6));
    }
}
