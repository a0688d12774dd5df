//! What the readers of other tools' files share: their keys, and a manifest in the making.

mod draft;
mod fields;
pub(crate) mod file;
pub(crate) mod handover;
pub(crate) mod json;
mod throttle;
pub(crate) mod validation;

pub(crate) use draft::{Draft, Section, escaped};
pub(crate) use fields::{Fields, Key, Use};
pub(crate) use throttle::{Throttle, quota};
