//! What every backend does alike: a backend's tests run these cases against it.
//!
//! ```ignore
//! limits::conformance!(Bed::start, block_on);
//! ```

mod bed;
mod kinds;
mod rates;

pub use bed::{Bed, Bench};

use std::future::Future;
use std::pin::Pin;

/// A case or a step of one under way.
pub type Pending<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// One fact, as an async function of a backend that nobody else uses.
pub struct Case {
    pub name: &'static str,
    pub run: fn(Box<dyn Bed>) -> Pending<'static>,
}

macro_rules! cases {
    ($($module:ident: $($name:ident),+;)+) => {
        /// All cases.
        pub const CASES: &[Case] = &[$($(Case {
            name: stringify!($name),
            run: |bed| Box::pin($module::$name(Bench::of(bed))),
        }),+),+];

        /// Makes one test of each case. `$bed` starts a fresh backend: `fn() -> impl Bed + 'static`;
        /// `$block_on` drives a future to its end.
        #[macro_export]
        macro_rules! conformance {
            ($bed:expr, $block_on:expr) => {
                $crate::conformance_cases!($bed, $block_on; $($($name),+),+);
            };
        }
    };
}

/// One test for each name.
#[macro_export]
macro_rules! conformance_cases {
    ($bed:expr, $block_on:expr; $($name:ident),+) => {
        $(#[test]
        fn $name() {
            let name = stringify!($name);
            let case = $crate::conformance::CASES.iter().find(|case| case.name == name);
            let bed = $bed;
            ($block_on)((case.expect("a case").run)(::std::boxed::Box::new(bed())));
        })+
    };
}

cases! {
    rates:
        a_burst_passes_and_the_rate_refills_it,
        standings_say_what_is_left,
        a_denial_debits_nothing_and_names_its_policy,
        one_key_asked_twice_takes_both_permits_or_none,
        a_cost_above_the_limit_is_denied_and_no_cost_is_not,
        a_request_without_limits_is_allowed,
        a_refund_fills_up_to_full,
        a_cost_settled_later_makes_the_next_caller_wait,
        whatever_a_cost_settled_later_says_a_key_owes_two_years_at_most,
        a_paused_key_is_denied_until_it_is_over,
        a_pause_without_end_is_one,
        a_pause_outlives_a_change_of_its_rule,
        a_reset_key_is_full,
        a_named_key_is_found,
        a_key_is_shown_under_the_limit_that_holds_now,
        a_key_that_has_all_again_is_known;
    kinds:
        a_fixed_window_starts_anew,
        a_sliding_window_counts_part_of_the_one_before,
        a_quota_starts_anew_at_midnight_of_its_zone,
        a_rolling_quota_holds_over_any_span,
        slots_are_held_until_given_back,
        a_refund_of_a_window_that_is_over_gives_nothing,
        a_cost_settled_later_overdraws_a_quota,
        what_a_key_has_used_is_lowered_and_never_raised,
        mixed_kinds_are_debited_together_or_not_at_all,
        a_raised_quota_counts_on;
}
