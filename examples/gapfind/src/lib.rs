//! Finds the free hours that a group of class-mates have in common, ranked by how near they are to
//! everybody's classes.
//!
//! Three functions answer over HTTP: [`registration`] keeps a schedule, [`search`] ranks the gaps
//! of a group, [`survey`] counts who is free in each hour. Their rules live in [`week`],
//! [`distance`], [`gaps`] and [`availability`]; schedules are kept behind [`store::ScheduleStore`].

pub mod answer;
pub mod availability;
pub mod distance;
pub mod event;
pub mod gaps;
pub mod lax;
pub mod multipart;
pub mod refusal;
pub mod registration;
pub mod search;
pub mod serve;
pub mod store;
pub mod survey;
pub mod username;
pub mod week;
