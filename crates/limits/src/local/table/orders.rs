//! Tries every order in which two threads' steps can happen, and every value that a weakly ordered
//! machine may show them, on a table of two rows with one slot each, and a third for spilled keys:
//! `RUSTFLAGS="--cfg loom" cargo test -p tidegate-limits --lib orders`.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use model::Rate;

use super::*;

const SECOND: u64 = 64_000_000_000;
const START: u64 = 86_400 * SECOND;
/// When all that happened at the start is long forgotten.
const LATER: u64 = START + 10 * SECOND;

/// Halves of the hash choose the rows: this key's home is row 0, and 1 its other.
const FIRST: Key = Key(0x1111_1111_ffff_1110);
/// At home in row 1.
const SECOND_KEY: Key = Key(0xffff_2222_1111_2220);
const STALE: [Key; 2] = [Key(0x1111_3333_ffff_3330), Key(0xffff_4444_1111_4440)];

fn orders(test: impl Fn(Arc<Table>, Bucket) + Sync + Send + 'static) {
    orders_on(2, test);
}

fn orders_on(rows: usize, test: impl Fn(Arc<Table>, Bucket) + Sync + Send + 'static) {
    loom::model(move || {
        let table = Table::new(ByteSize((rows * ROW_BYTES) as u64), OnFull::Evict);
        let rate = Rate { permits: 1, per: Duration::from_secs(1) };
        test(Arc::new(table), Bucket::new(rate, 1));
    });
}

fn take(table: &Table, key: Key, bucket: Bucket, now: u64) -> bool {
    table.debit(key, bucket, bucket.debt(1), Ticks(now)).is_ok()
}

/// Both slots held by keys that no longer matter.
fn fill(table: &Table, bucket: Bucket) {
    assert!(STALE.iter().all(|key| take(table, *key, bucket, START)));
}

#[test]
fn a_new_key_gets_one_slot() {
    orders(|table, bucket| {
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        let here = take(&table, FIRST, bucket, LATER);
        assert_ne!(here, there.join().expect("the other thread"));
        assert!(!take(&table, FIRST, bucket, LATER));
    });
}

#[test]
fn a_new_key_gets_one_slot_of_a_used_table() {
    orders(|table, bucket| {
        fill(&table, bucket);
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        let here = take(&table, FIRST, bucket, LATER);
        assert_ne!(here, there.join().expect("the other thread"));
    });
}

#[test]
fn a_new_key_gets_one_slot_though_its_rows_are_full() {
    orders_on(3, |table, bucket| {
        assert!(STALE.iter().all(|key| take(&table, *key, bucket, LATER)));
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        let here = take(&table, FIRST, bucket, LATER);
        assert_ne!(here, there.join().expect("the other thread"));
        assert!(!take(&table, FIRST, bucket, LATER));
        assert_eq!(table.evictions(), 0);
    });
}

/// Of two keys whose rows are full, one finds a slot and the other evicts someone.
#[test]
fn two_spilled_keys_never_share_a_slot() {
    orders_on(3, |table, bucket| {
        assert!(STALE.iter().all(|key| take(&table, *key, bucket, LATER)));
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        assert!(take(&table, SECOND_KEY, bucket, LATER));
        assert!(there.join().expect("the other thread"));
        assert_eq!(table.evictions(), 1);
    });
}

#[test]
fn two_keys_never_share_a_slot() {
    orders(|table, bucket| {
        fill(&table, bucket);
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        assert!(take(&table, SECOND_KEY, bucket, LATER));
        assert!(there.join().expect("the other thread"));
        assert!(!take(&table, FIRST, bucket, LATER));
        assert!(!take(&table, SECOND_KEY, bucket, LATER));
        assert_eq!(table.evictions(), 0);
    });
}

/// One thread comes back for a key whose slot another thread is taking for its own.
#[test]
fn a_debit_never_lands_on_another_key() {
    orders(|table, bucket| {
        fill(&table, bucket);
        let other = table.clone();
        let there = thread::spawn(move || take(&other, FIRST, bucket, LATER));
        assert!(take(&table, STALE[0], bucket, LATER));
        assert!(there.join().expect("the other thread"));
        assert!(!take(&table, STALE[0], bucket, LATER));
        assert!(!take(&table, FIRST, bucket, LATER));
    });
}

/// What is read for a key is what was written for that key.
#[test]
fn a_look_never_sees_another_key() {
    orders(|table, bucket| {
        fill(&table, bucket);
        let other = table.clone();
        // The looking thread is the second: the checker would not interrupt loads of the first.
        let looks = thread::spawn(move || (other.peek(FIRST), other.peek(STALE[0])));
        assert!(take(&table, FIRST, bucket, LATER));
        let (new, stale) = looks.join().expect("the other thread");
        assert!([0, LATER + SECOND].contains(&new), "{new}");
        assert!([0, START + SECOND].contains(&stale), "{stale}");
    });
}
