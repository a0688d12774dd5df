//! Limits that a leased one denies together with.

use super::*;

/// What the first of the asks is denied, the second stands at.
fn beside(taken: u64) -> (Vec<usize>, u64) {
    let mut bench = Bench::new();
    let narrow = policy("narrow", 1, 1);
    let rule = Rule::Quota { limit: 10, period: model::Period::Day, zone: model::Zone::UTC };
    let exact = Policy::new("public", "daily", rule).expect("a policy").with_mode(Mode::Exact);
    let both = [ask(&narrow, 1), ask(&exact, 2)];
    assert!(bench.decided(&both).is_allowed());
    bench.decided(&[ask(&exact, 2).cost(taken - 1)]);
    let denied = bench.decided(&both);
    (denied.violated().collect(), denied.standings()[1].remaining)
}

#[test]
fn a_limit_that_did_not_deny_says_what_is_left() {
    assert_eq!(beside(1), (vec![0], 9));
}

#[test]
fn a_limit_that_denies_as_well_is_named() {
    assert_eq!(beside(10), (vec![0, 1], 0));
}

#[test]
fn a_limit_that_waits_for_its_first_permits_says_what_is_known() {
    let mut bench = Bench::new();
    let (narrow, wide) = (policy("narrow", 1, 1), policy("wide", 1000, 100));
    assert!(bench.decided(&[ask(&narrow, 1)]).is_allowed());
    assert!(!bench.decided(&[ask(&narrow, 1)]).is_allowed());
    let both = [ask(&narrow, 1), ask(&wide, 2)];
    let denied = poll(&mut bench.decide(&both)).expect("a denial waits for nobody");
    assert_eq!((denied.denied_by(), denied.standings()[1].remaining), (Some(0), 100));
}
