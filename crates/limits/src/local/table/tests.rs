use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use model::Rate;

use super::*;

const SECOND: u64 = 64_000_000_000;
const START: u64 = 86_400 * SECOND;

fn bucket(permits: u32, burst: u32) -> Bucket {
    Bucket::new(Rate { permits, per: Duration::from_secs(1) }, burst)
}

fn table(rows: u64) -> Table {
    Table::new(ByteSize(rows * ROW_BYTES as u64), OnFull::Evict)
}

/// Keys that spread over the table as hashes do.
fn key(number: u64) -> Key {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Key((mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

fn take(table: &Table, key: Key, bucket: Bucket, now: u64) -> bool {
    table.debit(key, bucket, bucket.debt(1), Ticks(now)).is_ok()
}

#[test]
fn rows_are_two_cache_lines() {
    let table = table(8);
    assert_eq!((table.capacity(), ROW_BYTES), (64, 128));
    for row in 0..8 {
        assert_eq!(std::ptr::from_ref(table.row(row, key(row)).words).addr() % ROW_BYTES, 0);
    }
}

#[test]
fn a_full_bucket_needs_no_slot() {
    let (table, bucket) = (table(2), bucket(10, 1));
    for number in 0..1000 {
        let now = START + number * 2 * SECOND;
        assert!(take(&table, key(number), bucket, now));
        assert!(!take(&table, key(number), bucket, now));
    }
    assert_eq!(table.evictions(), 0);
}

#[test]
fn a_full_table_forgets_the_least_debt_and_counts_it() {
    let (table, bucket) = (table(2), bucket(1, 20));
    for number in 0..16 {
        for _ in 0..=number {
            assert!(take(&table, key(number), bucket, START));
        }
    }
    assert_eq!(table.evictions(), 0);
    assert!(take(&table, key(99), bucket, START));
    assert_eq!(table.evictions(), 1);
    assert_eq!(table.peek(key(0)), 0);
    for number in 1..16 {
        assert_eq!(table.peek(key(number)), START + (number + 1) * SECOND);
    }
}

#[test]
fn a_full_table_can_deny_new_keys_instead() {
    let bucket = bucket(1, 20);
    let table = Table::new(ByteSize(2 * ROW_BYTES as u64), OnFull::DenyNew);
    for number in 0..16 {
        assert!(take(&table, key(number), bucket, START));
    }
    let denied = table.debit(key(99), bucket, bucket.debt(1), Ticks(START));
    assert!(matches!(denied, Err(Refused::Crowded)));
    assert!(take(&table, key(0), bucket, START));
    assert!(take(&table, key(99), bucket, START + 2 * SECOND + GRACE));
    assert_eq!(table.evictions(), 0);
}

#[test]
fn a_slot_stays_its_keys_for_a_grace_period() {
    let (table, slow, fast) = (table(2), bucket(1, 1), bucket(2, 1));
    assert!(take(&table, key(0), fast, START));
    for number in 1..16 {
        assert!(take(&table, key(number), slow, START));
    }
    // Nothing is owed for the first key now, and no slot is free otherwise: it loses its slot, but
    // no debt.
    assert!(take(&table, key(100), slow, START + SECOND / 2));
    assert_eq!((table.peek(key(0)), table.evictions()), (0, 0));
    // Two seconds after the start fifteen slots are free, and the key of the sixteenth keeps it.
    assert!(take(&table, key(101), slow, START + SECOND + GRACE));
    assert!(!take(&table, key(100), slow, START + SECOND));
    assert_eq!(table.evictions(), 0);
}

#[test]
fn a_debit_taken_back_leaves_what_time_and_others_made_of_it() {
    let (table, bucket, me) = (table(2), bucket(1, 5), key(1));
    let debit = table.debit(me, bucket, bucket.debt(3), Ticks(START)).expect("a full bucket");
    assert!(take(&table, me, bucket, START + SECOND));
    // One of three seconds has drained, and the other debit stands.
    table.take_back(me, debit, Ticks(START + SECOND));
    assert_eq!(table.peek(me), START + 2 * SECOND);
    table.take_back(
        me,
        Debit { base: START, after: START + SECOND, is_first: false },
        Ticks(START + 9 * SECOND),
    );
    assert_eq!(table.peek(me), START + 2 * SECOND);
}

#[test]
fn nothing_is_forgotten_at_85_percent_of_the_capacity() {
    for percent in [80, 85] {
        let (table, bucket) = (table(1 << 14), bucket(1, 5));
        let live = table.capacity() as u64 * percent / 100;
        for number in 0..live {
            assert!(take(&table, key(number), bucket, START));
        }
        assert_eq!(table.evictions(), 0, "at {percent} %");
        for number in 0..live {
            assert_eq!(table.peek(key(number)), START + SECOND, "{number} at {percent} %");
        }
    }
}

/// Threads ask for a few keys as fast as they can while time moves on under them: each key is
/// admitted its burst and what its rate earned, to the unit.
#[test]
fn contention_admits_exactly_burst_and_rate() {
    const THREADS: usize = 4;
    const STEPS: u64 = 20_000;
    // A tenth of an emission interval.
    const STEP: u64 = SECOND / 10_000;
    const END: u64 = START + STEPS * STEP;
    let (table, bucket) = (table(2), bucket(1000, 50));
    let admitted = [const { AtomicU64::new(0) }; 3];
    let clock = AtomicU64::new(START);
    let barrier = Barrier::new(THREADS);
    let take_all = |now| {
        for (number, count) in (0..).zip(&admitted) {
            while take(&table, key(number), bucket, now) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    // A full bucket earns nothing: its time starts with the first permit taken.
    take_all(START);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                barrier.wait();
                while clock.load(Ordering::Relaxed) < END {
                    take_all(clock.fetch_add(STEP, Ordering::Relaxed).min(END));
                }
                take_all(END);
            });
        }
    });
    for count in &admitted {
        assert_eq!(count.load(Ordering::Relaxed), 50 + STEPS / 10);
    }
    assert_eq!(table.evictions(), 0);
}

/// Every key is new to all threads at once, again and again, in a table whose slots are recycled all
/// the time.
#[test]
fn a_key_claimed_by_many_at_once_has_one_bucket() {
    const THREADS: usize = 4;
    const ROUNDS: u64 = 3_000;
    let (table, bucket) = (table(2), bucket(1_000_000, 3));
    let admitted = AtomicU64::new(0);
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for round in 0..ROUNDS {
                    barrier.wait();
                    let now = START + round * 2 * GRACE;
                    let mine = (0..3).filter(|_| take(&table, key(round), bucket, now)).count();
                    admitted.fetch_add(mine as u64, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(admitted.load(Ordering::Relaxed), ROUNDS * 3);
    assert_eq!(table.evictions(), 0);
}
