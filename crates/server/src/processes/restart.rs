//! Decides when a process that died is started again.

use std::time::Duration;

use model::Restart;

/// Deaths without a long life between them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Deaths {
    in_a_row: u32,
}

impl Deaths {
    /// How long to wait after a life this long. Whoever outlived the longest pause has no past;
    /// after the first death there is no pause, and then it doubles.
    pub(super) fn pause(&mut self, lived: Duration, policy: &Restart) -> Duration {
        if lived > policy.longest {
            self.in_a_row = 0;
        }
        let before = self.in_a_row;
        self.in_a_row = before.saturating_add(1);
        match before.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => {
                policy.first.saturating_mul(1 << doublings.min(24)).min(policy.longest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lives: &[u64], expected: &[u64]) {
        let policy =
            Restart { first: Duration::from_millis(100), longest: Duration::from_millis(1_000) };
        let mut deaths = Deaths::default();
        let pauses: Vec<_> = lives
            .iter()
            .map(|life| deaths.pause(Duration::from_millis(*life), &policy).as_millis())
            .collect();
        assert_eq!(pauses, expected.iter().copied().map(u128::from).collect::<Vec<_>>());
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        check(&[0; 8], &[0, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
    }

    #[test]
    fn a_long_life_is_a_new_start() {
        check(&[0, 0, 0, 1_001, 0], &[0, 100, 200, 0, 100]);
        check(&[0, 0, 1_000, 0], &[0, 100, 200, 400]);
        check(&[5_000, 5_000], &[0, 0]);
    }

    #[test]
    fn a_process_that_never_lives_is_not_started_too_often() {
        let policy = Restart::default();
        let mut deaths = Deaths { in_a_row: u32::MAX };
        assert_eq!(deaths.pause(Duration::ZERO, &policy), policy.longest);
    }
}
