use std::time::Duration;

use super::*;
use crate::count::FEW_WORDS;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn counts(keys: usize, on_full: OnFull) -> Counts {
    let memory = Memory::new(Counts::words_for(keys, FEW_WORDS));
    Counts::new(memory, FEW_WORDS, 1, on_full)
}

fn window(seconds: u64) -> Count {
    Count::fixed(1, Duration::from_secs(seconds))
}

fn key(number: u64) -> Key {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Key((mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

fn take(counts: &Counts, number: u64, count: &Count, now: Timestamp) -> &'static str {
    match counts.pend(key(number), count, now).take(count, 1, now) {
        Taken::Counted => "counted",
        Taken::Refused => "refused",
        Taken::Crowded => "crowded",
    }
}

#[test]
fn what_ended_makes_room() {
    let (counts, window) = (counts(8, OnFull::DenyNew), window(1));
    for number in 0..1000 {
        let now = Timestamp(NOW.0 + number * 1000);
        assert_eq!(take(&counts, number, &window, now), "counted");
        assert_eq!(take(&counts, number, &window, now), "refused");
    }
    assert_eq!(counts.evictions(), 0);
}

#[test]
fn a_full_table_forgets_what_ends_first_and_counts_it() {
    let counts = counts(8, OnFull::Evict);
    assert_eq!(take(&counts, 0, &window(60), NOW), "counted");
    for number in 1..8 {
        assert_eq!(take(&counts, number, &window(86_400), NOW), "counted");
    }
    assert_eq!((take(&counts, 8, &window(86_400), NOW), counts.evictions()), ("counted", 1));
    assert!(counts.raw(key(0)).is_none());
    for number in 1..9 {
        assert_eq!(take(&counts, number, &window(86_400), NOW), "refused");
    }
}

#[test]
fn a_full_table_can_deny_new_keys_instead() {
    let (counts, window) = (counts(8, OnFull::DenyNew), window(60));
    for number in 0..8 {
        assert_eq!(take(&counts, number, &window, NOW), "counted");
    }
    assert_eq!(take(&counts, 8, &window, NOW), "crowded");
    assert_eq!(take(&counts, 0, &window, NOW), "refused");
    assert_eq!(take(&counts, 8, &window, Timestamp(NOW.0 + 60_000)), "counted");
    assert_eq!(counts.evictions(), 0);
}

/// To forget a slot in use would give it to two.
#[test]
fn slots_in_use_are_never_forgotten() {
    let (counts, slots) = (counts(8, OnFull::Evict), Count::held(1));
    for number in 0..8 {
        assert_eq!(take(&counts, number, &slots, NOW), "counted");
    }
    assert_eq!(take(&counts, 8, &slots, NOW), "crowded");
    counts.credit(key(3), &slots, 1, [NOW; 2]);
    assert_eq!(take(&counts, 8, &slots, NOW), "counted");
    assert_eq!(counts.evictions(), 0);
}

/// A clock that steps back over midnight opens no second window; one that was wrong by days does not
/// keep a key closed for days.
#[test]
fn a_window_is_not_reopened_when_the_clock_steps_back() {
    let (counts, day) = (counts(8, OnFull::Evict), window(86_400));
    let midnight = Timestamp(NOW.0.next_multiple_of(86_400_000));
    let before = Timestamp(midnight.0 - 1);
    assert_eq!(take(&counts, 0, &day, before), "counted");
    assert_eq!(take(&counts, 0, &day, midnight), "counted");
    assert_eq!(take(&counts, 0, &day, before), "refused");
    assert_eq!(take(&counts, 0, &day, midnight), "refused");

    let years_ahead = Timestamp(midnight.0 + 1000 * 86_400_000);
    assert_eq!(take(&counts, 1, &day, years_ahead), "counted");
    assert_eq!(take(&counts, 1, &day, midnight), "counted");
}

#[test]
fn three_quarters_of_the_keys_fit() {
    let (counts, window) = (counts(1 << 14, OnFull::Evict), window(60));
    let live = (1 << 14) * 3 / 4;
    for number in 0..live {
        assert_eq!(take(&counts, number, &window, NOW), "counted");
    }
    assert!(counts.evictions() < live / 100, "{} of {live} forgotten", counts.evictions());
}
