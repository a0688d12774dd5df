use limits::{Ask, Policy};
use model::{ManualClock, Rule, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SLOTS: u64 = 5;

/// A node whose requests take slots one by one, and a store that hears of it when it likes.
struct World {
    clock: Arc<ManualClock>,
    slots: Slots,
    line: Line,
    /// What the store has counted for the node.
    counted: u64,
    /// Not heard of by the store, and nothing once nobody waits for an answer.
    sent: VecDeque<(Asked, Option<UnderWay>, Moment)>,
    /// Done by the store and not answered.
    done: VecDeque<(UnderWay, Outcome)>,
    /// Of requests that know that they were admitted.
    in_use: u64,
    beat: Beat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Take,
    GiveBack,
}

enum Beat {
    Over,
    Looked(Look),
    Told(Look, u64),
    Correcting(Correction, Option<UnderWay>),
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp(1_790_000_000_000)));
        let rule = Rule::Concurrency { slots: u32::try_from(SLOTS).expect("few") };
        let policy = Policy::new("test", "slots", rule).expect("policy");
        let line = Line::of(&Ask::one(&policy, Key::from_hash(7)), clock.now());
        let slots = Slots::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let (sent, done) = (VecDeque::new(), VecDeque::new());
        Self { clock, slots, line, counted: 0, sent, done, in_use: 0, beat: Beat::Over }
    }

    fn request(&self, verb: Verb, cost: u64) -> Arc<Request> {
        Arc::new(Request { verb, lines: vec![Line { cost, ..self.line.clone() }] })
    }

    fn send(&mut self, asked: Asked) {
        let under_way = match asked {
            Asked::Take => self.slots.ask(&self.request(Verb::Decide, 1)),
            Asked::GiveBack if self.in_use == 0 => return,
            Asked::GiveBack => {
                self.in_use -= 1;
                self.slots.give_back(&self.request(Verb::Credit, 1))
            }
        };
        self.sent.push_back((asked, under_way, self.clock.moment()));
    }

    fn arrive(&mut self) {
        let Some((asked, under_way, _)) = self.sent.pop_front() else { return };
        let outcome = match asked {
            Asked::Take if self.counted < SLOTS => Outcome::Taken,
            _ => Outcome::NotTaken,
        };
        self.counted = match asked {
            Asked::Take => self.counted + u64::from(outcome == Outcome::Taken),
            Asked::GiveBack => self.counted.saturating_sub(1),
        };
        self.done.extend(under_way.map(|under_way| (under_way, outcome)));
    }

    fn answer(&mut self) {
        let Some((under_way, outcome)) = self.done.pop_front() else { return };
        under_way.answered(outcome);
        self.in_use += u64::from(outcome == Outcome::Taken);
    }

    /// An answer, or the patience of who waits for one.
    fn lose(&mut self) {
        match self.done.pop_front() {
            Some(lost) => drop(lost),
            None => self.sent.iter_mut().for_each(|(_, under_way, _)| *under_way = None),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.clock.advance(time);
        let now = self.clock.moment();
        // What nobody waits for arrives soon or not at all.
        self.sent.retain(|(_, under_way, at)| under_way.is_some() || now.since(*at) < DOUBT);
    }

    fn beat(&mut self) {
        self.beat = match std::mem::replace(&mut self.beat, Beat::Over) {
            Beat::Over => match self.slots.look(&[self.line.key]).pop() {
                Some(look) => Beat::Looked(look),
                None => Beat::Over,
            },
            Beat::Looked(look) => Beat::Told(look, self.counted),
            Beat::Told(look, counted) => match self.slots.compare(&look, counted) {
                Some(correction) => {
                    let cost = match correction {
                        Correction::Take(cost) | Correction::GiveBack(cost) => cost,
                    };
                    let request = self.request(Verb::Credit, cost);
                    Beat::Correcting(correction, self.slots.ask(&request))
                }
                None => Beat::Over,
            },
            Beat::Correcting(correction, under_way) => {
                self.counted = match correction {
                    Correction::Take(cost) => self.counted + cost,
                    Correction::GiveBack(cost) => self.counted.saturating_sub(cost),
                };
                under_way.expect("slots").answered(Outcome::NotTaken);
                Beat::Over
            }
        };
    }

    fn act(&mut self, action: u8) {
        match action {
            0 | 1 => self.send(Asked::Take),
            2 => self.send(Asked::GiveBack),
            3 | 4 => self.arrive(),
            5 | 6 => self.answer(),
            7 => self.lose(),
            8 => self.pass(Duration::from_secs(4)),
            _ => self.beat(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// In whatever order requests arrive, are answered or lost beside a beat, the store never has less than is
    /// in use, and in the end exactly that.
    #[test]
    fn the_store_never_has_less_than_is_in_use(actions in vec(0..14_u8, 0..120)) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
            prop_assert!(world.counted >= world.in_use, "{} of {}", world.counted, world.in_use);
        }
        world.pass(DOUBT);
        while !world.sent.is_empty() || !world.done.is_empty() {
            world.arrive();
            world.answer();
        }
        world.pass(DOUBT + TOGETHER);
        (0..8).for_each(|_| world.beat());
        while !matches!(world.beat, Beat::Over) {
            world.beat();
        }
        prop_assert_eq!(world.counted, world.in_use);
    }
}

#[test]
fn what_the_store_has_lost_is_told_and_an_idle_book_closed() {
    let mut world = World::new();
    (0..3).for_each(|_| world.send(Asked::Take));
    (0..3).for_each(|_| world.arrive());
    (0..3).for_each(|_| world.answer());
    world.counted = 0;
    (0..4).for_each(|_| world.beat());
    assert_eq!(world.counted, 3);
    (0..3).for_each(|_| world.send(Asked::GiveBack));
    (0..3).for_each(|_| world.arrive());
    (0..3).for_each(|_| world.answer());
    assert_eq!((world.counted, world.slots.keys().len()), (0, 1));
    (0..3).for_each(|_| world.beat());
    assert_eq!(world.slots.keys(), []);
}

/// As of every caller that comes while the store does not answer.
#[test]
fn a_book_that_the_store_has_no_part_in_is_closed_with_its_last_slot() {
    let world = World::new();
    let lines = [Line { cost: 1, ..world.line.clone() }];
    world.slots.take_alone(&lines);
    world.slots.take_alone(&lines);
    world.slots.give_back_alone(&lines);
    let look = world.slots.look(&[world.line.key]).pop().expect("a book");
    world.slots.give_back_alone(&lines);
    assert_eq!(world.slots.keys(), []);
    world.slots.take_alone(&lines);
    assert_eq!(world.slots.compare(&look, 0), None, "it is of a book that is closed");
    assert_eq!(world.slots.held(world.line.key), 1);
}

/// It may have counted some, and is told once it is back.
#[test]
fn a_book_of_slots_that_the_store_gave_stays_until_it_says_that_it_has_none() {
    let mut world = World::new();
    world.send(Asked::Take);
    world.arrive();
    world.answer();
    world.slots.give_back_alone(&[Line { cost: 1, ..world.line.clone() }]);
    assert_eq!(world.slots.keys(), [world.line.key]);
}

#[test]
fn slots_that_are_held_are_told_before_those_that_are_not() {
    let world = World::new();
    let line = |key| Line { cost: 1, key: Key::from_hash(key), ..world.line.clone() };
    let lines: Vec<_> = (0..100).map(line).collect();
    let request = Arc::new(Request { verb: Verb::Decide, lines: lines.clone() });
    world.slots.ask(&request).expect("slots").answered(Outcome::NotTaken);
    world.slots.take_alone(&lines[40..60]);
    let first: Vec<_> = world.slots.keys().into_iter().take(20).collect();
    assert!(lines[40..60].iter().all(|line| first.contains(&line.key)));
}
