//! How many of a group are free in each hour of the working week.

use serde::Serialize;

use crate::week::{Schedule, Slot, WEEKDAYS};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HourAvailability {
    pub day_index: usize,
    pub hour_index: usize,
    pub number_of_students: usize,
    /// The share of the group that is free, 0 to 1.
    pub availability: f64,
}

/// Monday to Friday, without the hours in which `host` has class.
pub fn availability(group: &[Schedule], host: Option<Schedule>) -> Vec<HourAvailability> {
    let host = host.unwrap_or_default();
    Slot::all()
        .filter(|slot| slot.day() < WEEKDAYS && !host.has_class(*slot))
        .map(|slot| {
            let free = group.iter().filter(|schedule| !schedule.has_class(slot)).count();
            HourAvailability {
                day_index: slot.day(),
                hour_index: slot.hour(),
                number_of_students: free,
                availability: free as f64 / group.len() as f64,
            }
        })
        .collect()
}
