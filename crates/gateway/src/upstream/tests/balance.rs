//! Who gets the next request.

use model::{ManualClock, Timestamp};

use super::upstream;
use crate::upstream::balance::{Tried, pick};
use crate::upstream::fleet::Fleet;

fn fleet(count: u16) -> std::sync::Arc<Fleet> {
    let addresses: Vec<_> = (1..=count).map(|port| ([127, 0, 0, 1], port).into()).collect();
    Fleet::new([&upstream(&addresses)], None)
}

#[test]
fn of_two_the_less_busy_is_picked() {
    let fleet = fleet(2);
    let clock = ManualClock::at(Timestamp(0));
    let sites = &fleet.members[0].sites;
    sites[0].health.enter();
    for _ in 0..50 {
        assert_eq!(pick(sites, Tried::default(), &clock), 1);
    }
}

#[test]
fn the_busiest_of_many_is_never_picked() {
    let fleet = fleet(5);
    let clock = ManualClock::at(Timestamp(0));
    let sites = &fleet.members[0].sites;
    sites[3].health.enter();
    let mut picked = [0; 5];
    for _ in 0..500 {
        picked[pick(sites, Tried::default(), &clock)] += 1;
    }
    assert_eq!(picked[3], 0);
    assert!(picked.iter().enumerate().all(|(index, times)| index == 3 || *times > 0));
}

#[test]
fn an_address_that_was_tried_is_avoided_while_another_is_left() {
    let fleet = fleet(2);
    let clock = ManualClock::at(Timestamp(0));
    let sites = &fleet.members[0].sites;
    let mut tried = Tried::default();
    tried.add(0);
    sites[1].health.enter();
    assert_eq!(pick(sites, tried, &clock), 1);
    tried.add(1);
    assert!(pick(sites, tried, &clock) < 2);
}
