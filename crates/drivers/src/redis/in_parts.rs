//! What the watch has to say of many keys, in calls that each carry some of them.

use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::problem::Problem;

/// How many keys a call carries, and how many calls are under way at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    per_call: usize,
    calls: usize,
}

impl Parts {
    /// One call after the other: the store serves nobody else meanwhile.
    pub(crate) const OF_SERVER: Self = Self { per_call: 64, calls: 1 };
    /// A call reaches one slot, and a node that waits for each would be forgotten before it has told all.
    pub(crate) const OF_CLUSTER: Self = Self { per_call: 1, calls: 256 };
}

/// Makes a call for each part of the items. Nothing more is asked of a band where a call has failed; the others
/// go on.
pub(crate) async fn in_parts<'a, T, F>(
    parts: Parts,
    items: &'a [T],
    band: impl Fn(&T) -> usize,
    call: impl Fn(&'a [T]) -> F,
) -> Result<(), Problem>
where
    F: Future<Output = Result<(), Problem>>,
{
    let mut rest = items.chunks(parts.per_call);
    let mut under_way = FuturesUnordered::new();
    let (mut failed, mut outcome) = (Vec::new(), Ok(()));
    loop {
        while under_way.len() < parts.calls
            && let Some(part) = rest.next()
        {
            let band = part.first().map_or(0, &band);
            if !failed.contains(&band) {
                let called = call(part);
                under_way.push(async move { (band, called.await) });
            }
        }
        let Some((band, called)) = under_way.next().await else { return outcome };
        if called.is_err() {
            failed.push(band);
            outcome = outcome.and(called);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::{pending, ready};

    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_cluster_is_told_of_many_keys_at_a_time() {
        let (keys, asked) = (vec![0; 1000], RefCell::new(0));
        let call = |_: &[i32]| {
            *asked.borrow_mut() += 1;
            pending()
        };
        assert!(in_parts(Parts::OF_CLUSTER, &keys, |_| 0, call).now_or_never().is_none());
        assert_eq!(*asked.borrow(), 256);
    }

    #[test]
    fn a_band_that_fails_keeps_no_other_from_being_told() {
        let (keys, told) = ((0..4000).collect::<Vec<usize>>(), RefCell::new(Vec::new()));
        let call = |part: &[usize]| {
            told.borrow_mut().extend_from_slice(part);
            let silent = || Problem::Busy { at: String::new() };
            ready(if part[0].is_multiple_of(16) { Err(silent()) } else { Ok(()) })
        };
        let outcome = in_parts(Parts::OF_CLUSTER, &keys, |key| key % 16, call).now_or_never();
        assert!(outcome.expect("nobody waits").is_err());
        let (dead, well): (Vec<usize>, Vec<_>) =
            told.borrow().iter().partition(|key| key.is_multiple_of(16));
        assert!(dead.len() < 20, "{} calls to what has failed", dead.len());
        assert_eq!(well.len(), 4000 - 250);
    }
}
