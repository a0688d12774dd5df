//! How far each free hour is from the nearest class of its day.

use crate::week::{DAYS_PER_WEEK, Grid, HOURS_PER_DAY, Schedule, Slot};

/// Hours to the nearest class, 1 being next to it. Class hours are 0, and so is every hour of a
/// day without classes: there is nothing to be near to.
pub fn distances(schedule: Schedule) -> Grid<u8> {
    let mut grid = [[0; DAYS_PER_WEEK]; HOURS_PER_DAY];
    for slot in Slot::all() {
        grid[slot.hour()][slot.day()] = distance(schedule, slot);
    }
    grid
}

fn distance(schedule: Schedule, slot: Slot) -> u8 {
    let same_day = Slot::all().filter(|other| other.day() == slot.day());
    let classes = same_day.filter(|other| schedule.has_class(*other));
    let nearest = classes.map(|class| class.hour().abs_diff(slot.hour())).min();
    nearest.map_or(0, |hours| hours as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `day` and `expected` are one day, from the first hour to the last.
    fn check(day: &str, expected: [u8; HOURS_PER_DAY]) {
        let classes = day.bytes().enumerate().filter(|(_, byte)| *byte == b'1');
        let schedule = classes.filter_map(|(hour, _)| Slot::new(hour as i64, 2)).collect();
        let grid = distances(schedule);
        assert_eq!(grid.map(|hour| hour[2]), expected, "{day}");
        assert!(grid.iter().all(|hour| hour[3] == 0), "{day}: another day changed");
    }

    #[test]
    fn distance_grows_away_from_classes() {
        check("00000000000000", [0; 14]);
        check("11111111111111", [0; 14]);
        check("00110001000000", [2, 1, 0, 0, 1, 2, 1, 0, 1, 2, 3, 4, 5, 6]);
        check("10000100000010", [0, 1, 2, 2, 1, 0, 1, 2, 3, 3, 2, 1, 0, 1]);
        check("00000000000001", [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        check("10000000000000", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    }
}
