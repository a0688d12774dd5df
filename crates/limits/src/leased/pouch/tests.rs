use std::time::Duration;

use super::*;

fn at(micros: u64) -> Moment {
    Moment(micros * 1000)
}

#[test]
fn permits_are_taken_until_none_is_left_or_the_lease_is_over() {
    let pouch = Pouch::new();
    assert!(pouch.take(1, at(0)).is_none());
    let expiry = Expiry::by(at(1_000));
    pouch.fill(3, expiry);
    assert_eq!(pouch.take(2, at(10)), Some((1, expiry)));
    assert!(pouch.take(2, at(10)).is_none());
    assert_eq!((pouch.left(at(10)), pouch.left(at(1_000))), (1, 0));
    assert!(pouch.take(1, at(1_000)).is_none());
    assert_eq!(pouch.collect(), 1);
    assert_eq!(pouch.collect(), 0);
}

/// Rounding never makes a lease longer.
#[test]
fn a_lease_is_over_in_time() {
    for micros in [100, 983, 984, 50_000, 1 << 40] {
        let end = at(micros);
        assert!(Expiry::by(end).is_over(end));
        assert!(!Expiry::by(end.plus(Duration::from_micros(66))).is_over(end));
    }
}

#[test]
fn leases_of_one_key_are_told_apart() {
    let one = Expiry::by(at(5_000));
    assert_ne!(one.apart_from(one), one);
    assert!(one.apart_from(one) < one);
}

#[test]
fn what_is_put_back_can_be_taken_again() {
    let pouch = Pouch::new();
    let expiry = Expiry::by(at(1_000));
    pouch.fill(1, expiry);
    assert!(pouch.take(1, at(0)).is_some());
    pouch.put_back(1, Expiry::by(at(9_000)));
    assert!(pouch.take(1, at(0)).is_none());
    pouch.put_back(1, expiry);
    assert!(pouch.take(1, at(0)).is_some());
    pouch.collect();
    pouch.put_back(1, expiry);
    assert_eq!(pouch.collect(), 0);
}
