use proptest::prelude::*;

use super::*;

/// One permit in 10 units, a burst of 10.
const TERMS: Terms = Terms { emission: 10, tolerance: 100 };

#[test]
fn an_ask_gets_half_of_what_is_there() {
    let mut books = Account::open(0);
    let granted: Vec<_> = (0..6).map(|_| books.lease(TERMS, 100, 0).permits).collect();
    assert_eq!(granted, [5, 3, 1, 1, 0, 0]);
    assert_eq!(books.lease(TERMS, 100, 9).permits, 0);
    assert_eq!(books.lease(TERMS, 100, 10).permits, 1);
}

#[test]
fn unused_permits_are_there_again_unless_time_brought_them_already() {
    let mut books = Account::open(0);
    let grant = books.lease(TERMS, 4, 0);
    assert_eq!((grant.permits, grant.remaining), (4, 6));
    books.take_back(TERMS, 4, grant.receipt, 0);
    assert_eq!((books.tat, books.returned), (0, 40));

    let grant = books.lease(TERMS, 4, 0);
    // A full bucket has not been waiting for them.
    books.take_back(TERMS, 4, grant.receipt, 50);
    assert_eq!((books.tat, books.returned), (50, 40));
}

#[test]
fn receipts_of_other_books_are_void() {
    let mut books = Account::open(0);
    let grant = books.lease(TERMS, 4, 0);
    let mut anew = Account { tat: 90, ..Account::open(1) };
    anew.take_back(TERMS, 4, grant.receipt, 1);
    assert_eq!(anew.tat, 90);
}

/// One permit came back at 40, so the second grant's debit ends 10 earlier than its receipt says.
#[test]
fn what_came_back_since_a_grant_counts_against_its_receipt() {
    let mut books = Account::open(0);
    let first = books.lease(TERMS, 5, 0);
    let second = books.lease(TERMS, 3, 0);
    books.take_back(TERMS, 1, first.receipt, 40);
    let all = |books: &mut Account, now| (0..6).map(|_| books.lease(TERMS, 9, now).permits).sum();
    let mut near: u32 = all(&mut books, 55);
    books.take_back(TERMS, 2, second.receipt, 60);
    near += all(&mut books, 60);
    // Ten of the burst, and half of one that five units bring.
    assert_eq!(near, 10);
}

/// The clock went back an hour: the key is empty, not closed for an hour.
#[test]
fn a_clock_that_steps_back_costs_one_burst() {
    let mut books = Account::open(1_000_000);
    books.lease(TERMS, 1, 1_000_000);
    assert_eq!(books.lease(TERMS, 1, 1_000).permits, 0);
    assert_eq!(books.lease(TERMS, 1, 1_010).permits, 1);
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Lease(u32),
    /// Hands back all but this many of the grant with this number.
    TakeBack(usize, u32),
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![
        (1..12_u32).prop_map(Act::Lease),
        (0..40_usize, 0..3_u32).prop_map(|(grant, used)| Act::TakeBack(grant, used)),
    ];
    proptest::collection::vec((prop_oneof![Just(0), 0..15_u64, 0..80_u64], act), 1..60)
}

/// The most permits that stay debited of a window, over what its length may bring.
fn worst(stays: &[(u64, u32)]) -> i64 {
    let mut worst = i64::MIN;
    for (first, (start, _)) in stays.iter().enumerate() {
        let mut permits = 0;
        for (at, stay) in &stays[first..] {
            permits += i64::from(*stay);
            let brought = TERMS.tolerance + (at - start);
            worst = worst.max(permits * 10 - i64::try_from(brought).expect("small"));
        }
    }
    worst
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever is handed back and whenever: permits that were not obey the bucket's law.
    #[test]
    fn permits_that_stay_debited_obey_the_bucket(acts in acts()) {
        let mut books = Account::open(0);
        let mut now = 0;
        let mut grants: Vec<(u64, Grant, bool)> = Vec::new();
        let mut stays: Vec<(u64, u32)> = Vec::new();
        for (wait, act) in acts {
            now += wait;
            match act {
                Act::Lease(want) => {
                    let grant = books.lease(TERMS, want, now);
                    grants.push((now, grant, true));
                    stays.push((now, grant.permits));
                }
                Act::TakeBack(number, used) => {
                    let Some((_, grant, is_open)) = grants.get_mut(number) else { continue };
                    if !std::mem::take(is_open) {
                        continue;
                    }
                    let unused = grant.permits.saturating_sub(used);
                    books.take_back(TERMS, unused, grant.receipt, now);
                    stays[number].1 = grant.permits - unused;
                }
            }
        }
        // Grants still open are used in full.
        prop_assert!(worst(&stays) <= 0, "{} too much", worst(&stays));
    }
}
