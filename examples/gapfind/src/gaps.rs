//! The free hours that everybody of a group has, best first.

use serde::Serialize;

use crate::distance::distances;
use crate::week::{DAYS, DAYS_PER_WEEK, Grid, HOURS, HOURS_PER_DAY, Schedule, Slot, WEEKDAYS};

/// The farthest an hour can be from a class is 13, the nearest 1.
const DISTANCE_RANGE: f64 = 12.0;
/// The largest standard deviation that distances of 1 to 13 can have.
const DEVIATION_RANGE: f64 = 6.0;

/// Which free hours count, and how they are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ranking {
    /// Rank hours lower whose distance differs between the members.
    pub by_deviation: bool,
    pub free_days: FreeDays,
}

/// What a day without any class means for its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FreeDays {
    /// Nobody comes to campus on a day without classes.
    Unavailable,
    /// As good as an hour next to a class, from Monday to Friday.
    FreeOnWeekdays,
    /// As good as an hour next to a class, on any day.
    Free,
}

impl FreeDays {
    fn counts(self, day: usize) -> bool {
        match self {
            Self::Unavailable => false,
            Self::FreeOnWeekdays => day < WEEKDAYS,
            Self::Free => true,
        }
    }
}

/// An hour in which every member is free.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub day: &'static str,
    pub hour: &'static str,
    /// Mean distance to the members' nearest classes.
    pub avg: f64,
    /// 1 is best.
    pub quality: f64,
    /// Population standard deviation of the distances, if it was asked for.
    pub sd: Option<f64>,
    pub day_index: usize,
    pub hour_index: usize,
}

/// The gaps of a group, the best first and equally good ones in the order of the week.
pub fn common_gaps(schedules: &[Schedule], ranking: Ranking) -> Vec<Gap> {
    let members: Vec<Grid<u8>> =
        schedules.iter().map(|schedule| reach(*schedule, ranking.free_days)).collect();
    let mut gaps: Vec<Gap> =
        Slot::all().filter_map(|slot| common_gap(&members, slot, ranking.by_deviation)).collect();
    gaps.sort_by(|one, other| other.quality.total_cmp(&one.quality));
    gaps
}

/// Distances with the days that count as free filled in.
fn reach(schedule: Schedule, free_days: FreeDays) -> Grid<u8> {
    let mut grid = distances(schedule);
    for day in (0..DAYS_PER_WEEK).filter(|day| free_days.counts(*day)) {
        if schedule.is_day_free(day) {
            (0..HOURS_PER_DAY).for_each(|hour| grid[hour][day] = 1);
        }
    }
    grid
}

fn common_gap(members: &[Grid<u8>], slot: Slot, by_deviation: bool) -> Option<Gap> {
    let distances: Vec<f64> =
        members.iter().map(|grid| f64::from(grid[slot.hour()][slot.day()])).collect();
    if distances.is_empty() || distances.contains(&0.0) {
        return None;
    }
    let avg = mean(distances.iter().copied());
    let sd = by_deviation
        .then(|| mean(distances.iter().map(|distance| (distance - avg) * (distance - avg))).sqrt());
    let quality = match sd {
        None => 1.0 - (avg - 1.0) / DISTANCE_RANGE,
        Some(sd) => 1.0 - ((avg - 1.0) + sd) / (DISTANCE_RANGE + DEVIATION_RANGE),
    };
    Some(Gap {
        day: DAYS[slot.day()],
        hour: HOURS[slot.hour()],
        avg,
        quality,
        sd,
        day_index: slot.day(),
        hour_index: slot.hour(),
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(slots: &[(i64, i64)]) -> Schedule {
        slots.iter().filter_map(|(hour, day)| Slot::new(*hour, *day)).collect()
    }

    fn places(gaps: &[Gap]) -> Vec<(usize, usize)> {
        gaps.iter().map(|gap| (gap.hour_index, gap.day_index)).collect()
    }

    const PLAIN: Ranking = Ranking { by_deviation: false, free_days: FreeDays::Unavailable };

    #[test]
    fn only_hours_free_for_all_are_gaps() {
        let group = [schedule(&[(0, 0), (2, 0)]), schedule(&[(1, 0), (4, 0)])];
        assert!(!places(&common_gaps(&group, PLAIN)).iter().any(|place| place.0 < 3));
        assert_eq!(common_gaps(&[], PLAIN), []);
    }

    #[test]
    fn nearer_gaps_come_first_and_ties_keep_the_week_s_order() {
        let same = schedule(&[(10, 0), (13, 1)]);
        let gaps = common_gaps(&[same, same], PLAIN);
        assert_eq!(places(&gaps)[..4], [(9, 0), (11, 0), (12, 1), (8, 0)]);
        assert_eq!((gaps[0].quality, gaps[3].avg), (1.0, 2.0));
    }

    #[test]
    fn a_free_day_is_near_for_its_owner_but_a_full_day_is_not_free() {
        let on_monday = schedule(&[(0, 0)]);
        let full_monday: Schedule = Slot::all().filter(|slot| slot.day() == 0).collect();
        let ranking = Ranking { free_days: FreeDays::FreeOnWeekdays, ..PLAIN };
        let gaps = common_gaps(&[on_monday, full_monday], ranking);
        assert!(places(&gaps).iter().all(|(_, day)| (1..WEEKDAYS).contains(day)));
        assert_eq!(gaps.len(), 4 * HOURS_PER_DAY);
        let ranking = Ranking { free_days: FreeDays::Free, ..PLAIN };
        assert_eq!(common_gaps(&[on_monday, full_monday], ranking).len(), 6 * HOURS_PER_DAY);
    }

    #[test]
    fn deviation_lowers_the_quality() {
        let near = schedule(&[(4, 0)]);
        let far = schedule(&[(2, 0)]);
        let ranking = Ranking { by_deviation: true, ..PLAIN };
        let gaps = common_gaps(&[near, far], ranking);
        let between = gaps.iter().find(|gap| gap.hour_index == 5).expect("a gap at the sixth hour");
        assert_eq!((between.avg, between.sd), (2.0, Some(1.0)));
        assert_eq!(between.quality, 1.0 - 2.0 / 18.0);
    }
}
