use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::*;

fn fixed(most: u32, wait: Duration, queue: u32) -> Arc<Gate> {
    Gate::new(Concurrency { bound: ConcurrencyBound::Fixed(most), wait, queue })
}

fn enter(gate: &Arc<Gate>) -> Result<Slot, Busy> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(gate.enter())
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_slot_is_free_again_when_its_request_ends() {
    let gate = fixed(2, Duration::ZERO, 0);
    let first = enter(&gate).expect("a slot");
    let second = enter(&gate).expect("a slot");
    assert_eq!(enter(&gate).map(drop), Err(Busy));
    drop(first);
    let third = enter(&gate).expect("a slot");
    drop((second, third));
    let expected = Gauge { bound: 2, in_flight: 0, waiting: 0, refused: 1 };
    assert_eq!(gate.gauge(), expected);
}

#[tokio::test(start_paused = true)]
async fn the_line_is_in_order_and_has_an_end() {
    let gate = fixed(1, Duration::from_secs(1), 2);
    let held = gate.enter().await.expect("a slot");
    let (mut second, mut third) = (pin!(gate.enter()), pin!(gate.enter()));
    assert!(poll(second.as_mut()).is_pending() && poll(third.as_mut()).is_pending());
    assert_eq!(gate.gauge().waiting, 2);
    assert_eq!(gate.enter().await.map(drop), Err(Busy), "the line is full");
    drop(held);
    assert!(poll(third.as_mut()).is_pending(), "it is not its turn");
    let Poll::Ready(Ok(slot)) = poll(second.as_mut()) else { panic!("it is its turn") };
    assert_eq!(third.await.map(drop), Err(Busy), "a second is over");
    drop(slot);
    let expected = Gauge { bound: 1, in_flight: 0, waiting: 0, refused: 2 };
    assert_eq!(gate.gauge(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_gives_its_place_up() {
    let gate = fixed(1, Duration::from_secs(1), 1);
    let held = gate.enter().await.expect("a slot");
    {
        let mut waiting = Box::pin(gate.enter());
        assert!(poll(waiting.as_mut()).is_pending());
    }
    assert_eq!(gate.gauge().waiting, 0);
    let mut next = pin!(gate.enter());
    assert!(poll(next.as_mut()).is_pending());
    drop(held);
    drop(next.await.expect("the slot that nobody else took"));
}

#[test]
fn a_bound_that_shrinks_takes_slots_as_they_come_back() {
    let bound = ConcurrencyBound::Adaptive { floor: 1, ceiling: 20 };
    let gate = Gate::new(Concurrency { bound, wait: Duration::ZERO, queue: 0 });
    let held: Vec<Slot> = (0..20).map(|_| enter(&gate).expect("a slot")).collect();
    let mut now = 0;
    while gate.gauge().bound > 5 {
        now += 10_000_000;
        held[0].learn(Outcome::Overload, Moment(now));
    }
    assert_eq!(enter(&gate).map(drop), Err(Busy));
    drop(held);
    let bound = gate.gauge().bound as usize;
    let mut held: Vec<Slot> = (0..bound).map(|_| enter(&gate).expect("a slot")).collect();
    assert_eq!(enter(&gate).map(drop), Err(Busy), "no more than the bound");
    for _ in 0..10_000 {
        now += 1_000_000;
        held[0].learn(Outcome::Answered(Duration::from_millis(5)), Moment(now));
        held.extend(enter(&gate));
    }
    assert_eq!((gate.gauge().bound, held.len()), (20, 20), "as many as the ceiling lets in");
}
